#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Decides about packets behind "queue": a program on NFQUEUE, by raw netlink.

    nfqueue.py QUEUE VERDICT
    nfqueue.py GROUP log        listens to packets behind "log group" (NFLOG)

VERDICT is one of
    accept      lets each packet go on
    drop        drops each packet
    pairs       waits for two, then accepts the later one before the earlier
    hold        says nothing, ever
    port=N      accepts it with another destination port (UDP or TCP)
    ct=M        asks for the packet's connection, gives that the mark M and
                500 s to live
    ct          asks for it and changes nothing

Says "ready" when it is, and then the number of each packet that came, with its
connection behind it where that was asked for: what the packet is to it (0
established, 2 new, 3 reply, ...), protocol, ports, status, mark.
"""

import socket
import struct
import sys

NETLINK_NETFILTER = 12
PACKET, VERDICT, CONFIG = 0x300, 0x301, 0x302
LOG_PACKET, LOG_CONFIG = 0x400, 0x401
NLM_F_REQUEST, NLM_F_ACK = 1, 4
NF_DROP, NF_ACCEPT = 0, 1
CMD_BIND, COPY_PACKET = 1, 2
CFG_CMD, CFG_PARAMS, CFG_MASK, CFG_FLAGS = 1, 2, 4, 5
CFG_F_CONNTRACK = 2
ATTR_PACKET_HDR, ATTR_VERDICT_HDR, ATTR_PAYLOAD, ATTR_CT, ATTR_CT_INFO = \
    1, 2, 10, 11, 12
LOG_CFG_CMD, LOG_CFG_MODE, LOG_CFG_FLAGS = 1, 2, 6
LOG_CFG_F_CONNTRACK = 4
LOG_ATTR_CT, LOG_ATTR_CT_INFO = 18, 19
CT_TUPLE_ORIG, CT_STATUS, CT_TIMEOUT, CT_MARK = 1, 3, 7, 8
NESTED = 0x8000


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


def number_of(data):
    return int.from_bytes(data, 'big')


def connection(ct, info):
    """A connection in words, or nothing where the kernel tells of none."""
    if ct is None:
        return ''
    ct = attributes(ct)
    proto = attributes(attributes(ct[CT_TUPLE_ORIG])[2])
    return ' info=%d proto=%d sport=%d dport=%d status=%#x mark=%d' % (
        number_of(info), proto[1][0], number_of(proto.get(2, b'')),
        number_of(proto.get(3, b'')), number_of(ct[CT_STATUS]),
        number_of(ct[CT_MARK]))


class Queue:
    packet, configure = PACKET, CONFIG

    def __init__(self, number, connections=False):
        self.number = number
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                                    NETLINK_NETFILTER)
        self.socket.bind((0, 0))
        self.begin(connections)

    def begin(self, connections):
        self.config(attribute(CFG_CMD, struct.pack('!BBH', CMD_BIND, 0, 2)))
        self.config(attribute(CFG_PARAMS,
                              struct.pack('!IB', 0xffff, COPY_PACKET)))
        if connections:
            flags = struct.pack('!I', CFG_F_CONNTRACK)
            self.config(attribute(CFG_FLAGS, flags) + attribute(CFG_MASK, flags))

    def send(self, kind, flags, body):
        head = struct.pack('=IHHII', 20 + len(body), kind,
                           NLM_F_REQUEST | flags, 1, 0)
        self.socket.send(head + struct.pack('!BBH', 0, 0, self.number) + body)

    def config(self, body):
        self.send(self.configure, NLM_F_ACK, body)
        answer = self.socket.recv(4096)
        error = struct.unpack_from('=i', answer, 16)[0]
        if error:
            raise OSError(-error, 'NFQUEUE')

    def read(self, found):
        """(id, payload, connection) of a packet's attributes."""
        return (number_of(found[ATTR_PACKET_HDR][:4]), found[ATTR_PAYLOAD],
                connection(found.get(ATTR_CT), found.get(ATTR_CT_INFO)))

    def packets(self):
        """What read() makes of each packet."""
        while True:
            data = self.socket.recv(65536 * 2)
            while len(data) >= 20:
                length, kind = struct.unpack_from('=IH', data)
                if kind == self.packet:
                    yield self.read(attributes(data[20:length]))
                data = data[(length + 3) & ~3:]

    def verdict(self, ident, what, payload=None, mark=None):
        body = attribute(ATTR_VERDICT_HDR, struct.pack('!II', what, ident))
        if payload is not None:
            body += attribute(ATTR_PAYLOAD, payload)
        if mark is not None:
            body += attribute(ATTR_CT | NESTED, attribute(
                CT_MARK, struct.pack('!I', mark)) + attribute(
                    CT_TIMEOUT, struct.pack('!I', 500)))
        self.send(VERDICT, 0, body)


class Log(Queue):
    packet, configure = LOG_PACKET, LOG_CONFIG

    def begin(self, connections):
        self.config(attribute(LOG_CFG_CMD, bytes([CMD_BIND])))
        self.config(attribute(LOG_CFG_MODE,
                              struct.pack('!IBB', 0xffff, COPY_PACKET, 0)))
        self.config(attribute(LOG_CFG_FLAGS,
                              struct.pack('!H', LOG_CFG_F_CONNTRACK)))

    def read(self, found):
        return (None, None, connection(found.get(LOG_ATTR_CT),
                                       found.get(LOG_ATTR_CT_INFO)))


def other_port(packet, port):
    """The packet with another port, and no UDP checksum."""
    ihl = packet[0] % 16 * 4
    packet = bytearray(packet)
    packet[ihl + 2:ihl + 4] = struct.pack('!H', port)
    packet[ihl + 6:ihl + 8] = bytes(2)
    return bytes(packet)


def main(number, how):
    queue = Log(int(number)) if how == 'log' else \
        Queue(int(number), how[:2] == 'ct')
    print('ready', flush=True)
    waiting = []
    for count, (ident, payload, known) in enumerate(queue.packets(), 1):
        print(str(count) + known, flush=True)
        if how in ('accept', 'ct'):
            queue.verdict(ident, NF_ACCEPT)
        elif how.startswith('ct='):
            queue.verdict(ident, NF_ACCEPT, mark=int(how[3:]))
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
