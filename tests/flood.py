#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A flood past the firewall of the lab, with honest connections in it.

    flood.py KIND COUNT ACTIVE

KIND is syn (random sources, never answered), udp (the same) or handshakes
(completed ones, from a botnet of 10,000 addresses). COUNT packets or
handshakes are sent in waves; between them each of ACTIVE connections, made
before the flood, sends a segment either way, and ten honest clients open a
connection each and close it again.

Prints two lines: "active PORT PORT..." (client's ports) and "honest OPENED
COMPLETE", where a connection is complete if the tracker shows it as
ESTABLISHED [ASSURED] after its handshake. Transport checksums are left 0:
the scenario switches their verification off.
"""
import os
import random
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from player import Side  # noqa: E402

WAVES = 20
HONEST = 10
SERVER = socket.inet_aton('10.0.2.100')
CLIENT = socket.inet_aton('10.0.1.100')
SYN, ACK, FIN = 2, 16, 1


def packet(src, dst, proto, payload):
    return struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 0, 0, 64,
                       proto, 0, src, dst)[:10] + \
        struct.pack('!H', header_sum(src, dst, proto, len(payload))) + \
        src + dst + payload


def header_sum(src, dst, proto, length):
    total = 0x4500 + 20 + length + (64 << 8 | proto)
    for address in (src, dst):
        total += sum(struct.unpack('!HH', address))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def segment(src, dst, sport, dport, flags, seq, ack, data=b''):
    return packet(src, dst, 6, struct.pack(
        '!HHIIBBHHH', sport, dport, seq, ack, 0x50, flags, 65535, 0, 0) + data)


class Connection:
    """Both ends of an honest TCP connection."""

    def __init__(self, client, server, sport, src=CLIENT):
        self.client, self.server, self.sport, self.src = client, server, sport, src
        self.seq, self.ack = 1000, 5000

    def up(self, flags, data=b''):
        self.client.send(segment(self.src, SERVER, self.sport, 80, flags,
                                 self.seq, self.ack if flags & ACK else 0, data))
        self.seq += len(data) + bool(flags & (SYN | FIN))

    def down(self, flags, data=b''):
        self.server.send(segment(SERVER, self.src, 80, self.sport, flags,
                                 self.ack, self.seq, data))
        self.ack += len(data) + bool(flags & (SYN | FIN))

    def open(self):
        self.up(SYN)
        self.down(SYN | ACK)
        self.up(ACK)

    def talk(self):
        self.up(ACK, b'x')
        self.down(ACK, b'y')

    def close(self):
        self.up(FIN | ACK)
        self.down(FIN | ACK)
        self.up(ACK)


def stranger():
    return struct.pack('!I', 0x0b000000 + random.getrandbits(24))


def flood_one(kind, client, server, bots):
    if kind == 'handshakes':
        Connection(client, server, random.randrange(1024, 65535),
                   struct.pack('!I', 0x0b000000 + random.randrange(bots))).open()
        return
    sport, dport = random.randrange(1024, 65535), random.randrange(1, 1024)
    if kind == 'udp':
        client.send(packet(stranger(), SERVER, 17,
                           struct.pack('!HHHH', sport, dport, 8, 0)))
    else:
        client.send(segment(stranger(), SERVER, sport, dport, SYN,
                            random.getrandbits(32), 0))


def complete_now(want):
    with open('/proc/net/ip_conntrack', encoding='ascii') as table:
        return sum(1 for line in table
                   if 'src=10.0.1.100' in line and ' ESTABLISHED ' in line
                   and '[ASSURED]' in line and line.split()[6] in want)


def complete(ports):
    """How many of the ports does the tracker show with a whole handshake?

    Packets may be under way for a moment: a second for the last of them.
    """
    want = {'sport=%d' % p for p in ports}
    for _ in range(10):
        count = complete_now(want)
        if count == len(want):
            break
        time.sleep(0.1)
    return count


def main():
    kind, count, n_active = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    random.seed(1)
    client = Side('c', 'client', 'eth0', '10.0.1.100', '02:00:00:00:01:01')
    server = Side('s', 'server', 'eth0', '10.0.2.100', '02:00:00:00:02:01')
    active = [Connection(client, server, 10000 + i) for i in range(n_active)]
    for connection in active:
        connection.open()
    opened = done = 0
    for wave in range(WAVES):
        for _ in range(count // WAVES):
            flood_one(kind, client, server, 10000)
        for connection in active:
            connection.talk()
        honest = [Connection(client, server, 20000 + wave * HONEST + i)
                  for i in range(HONEST)]
        for connection in honest:
            connection.open()
        opened += len(honest)
        done += complete([c.sport for c in honest])
        for connection in honest:
            connection.close()
        for side in (client, server):
            side.drain()
    print('active', *(c.sport for c in active))
    print('honest', opened, done)


if __name__ == '__main__':
    main()
