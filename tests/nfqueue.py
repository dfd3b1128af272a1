#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Decides about packets behind "queue": a program on NFQUEUE, by raw netlink.

    nfqueue.py QUEUE VERDICT

VERDICT is one of
    accept      lets each packet go on
    drop        drops each packet
    pairs       waits for two, then accepts the later one before the earlier
    hold        says nothing, ever
    port=N      accepts it with another destination port (UDP or TCP)

Says "ready" when it is, and then the number of each packet that came.
"""

import socket
import struct
import sys

NETLINK_NETFILTER = 12
PACKET, VERDICT, CONFIG = 0x300, 0x301, 0x302
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NF_DROP, NF_ACCEPT = 0, 1
CMD_BIND, COPY_PACKET = 1, 2
CFG_CMD, CFG_PARAMS = 1, 2
ATTR_PACKET_HDR, ATTR_VERDICT_HDR, ATTR_PAYLOAD = 1, 2, 10


def attribute(kind, data):
    length = 4 + len(data)
    return struct.pack('=HH', length, kind) + data + bytes(-length % 4)


def attributes(data):
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from('=HH', data)
        found[kind & 0x3fff] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


class Queue:
    def __init__(self, number):
        self.number = number
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        self.config(attribute(CFG_CMD, struct.pack('!BBH', CMD_BIND, 0, 2)))
        self.config(attribute(CFG_PARAMS,
                              struct.pack('!IB', 0xffff, COPY_PACKET)))

    def send(self, kind, flags, body):
        head = struct.pack('=IHHII', 20 + len(body), kind,
                           NLM_F_REQUEST | flags, 1, 0)
        self.socket.send(head + struct.pack('!BBH', 0, 0, self.number) + body)

    def config(self, body):
        self.send(CONFIG, NLM_F_ACK, body)
        answer = self.socket.recv(4096)
        error = struct.unpack_from('=i', answer, 16)[0]
        if error:
            raise OSError(-error, 'NFQUEUE')

    def packets(self):
        """(id, payload) of each packet."""
        while True:
            data = self.socket.recv(65536 * 2)
            while len(data) >= 20:
                length, kind = struct.unpack_from('=IH', data)
                if kind == PACKET:
                    found = attributes(data[20:length])
                    yield (struct.unpack('!I', found[ATTR_PACKET_HDR][:4])[0],
                           found[ATTR_PAYLOAD])
                data = data[(length + 3) & ~3:]

    def verdict(self, ident, what, payload=None):
        body = attribute(ATTR_VERDICT_HDR, struct.pack('!II', what, ident))
        if payload is not None:
            body += attribute(ATTR_PAYLOAD, payload)
        self.send(VERDICT, 0, body)


def other_port(packet, port):
    """The packet with another port, and no UDP checksum."""
    ihl = packet[0] % 16 * 4
    packet = bytearray(packet)
    packet[ihl + 2:ihl + 4] = struct.pack('!H', port)
    packet[ihl + 6:ihl + 8] = bytes(2)
    return bytes(packet)


def main(number, how):
    queue = Queue(int(number))
    print('ready', flush=True)
    waiting = []
    for count, (ident, payload) in enumerate(queue.packets(), 1):
        print(count, flush=True)
        if how == 'accept':
            queue.verdict(ident, NF_ACCEPT)
        elif how == 'drop':
            queue.verdict(ident, NF_DROP)
        elif how.startswith('port='):
            queue.verdict(ident, NF_ACCEPT,
                          other_port(payload, int(how[5:])))
        elif how == 'pairs':
            waiting.append(ident)
            if len(waiting) == 2:
                queue.verdict(waiting[1], NF_ACCEPT)
                queue.verdict(waiting[0], NF_ACCEPT)
                waiting = []


if __name__ == '__main__':
    main(*sys.argv[1:])
