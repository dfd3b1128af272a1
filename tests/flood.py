#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A flood past the firewall of the lab, with honest connections in it.

    flood.py KIND COUNT ACTIVE

KIND is syn (random sources, never answered), udp (the same) or handshakes
(completed ones, from a botnet of 10,000 addresses). COUNT packets or
handshakes are sent in waves, from one processor after the other, so that the
tracker meets them there. In each wave every one of ACTIVE connections,
made before the flood, sends a segment either way, and ten honest clients open
a connection at once, with the flood going on between their packets, and close
it again.

The ends of an honest connection are like real ones: what answers a packet is
sent when that packet has come, and what was lost is sent again. So are the
bots of the handshakes, except that nothing is sent again.

Prints three lines: "active PORT PORT..." (client's ports), "most FLOWS", what
ip_conntrack_count said at the most, and "honest OPENED COMPLETE", where a
connection is complete if the tracker shows it as ESTABLISHED [ASSURED] after
its handshake; of any other, what it shows is on standard error. Transport
checksums are left 0: the scenario switches their verification off.
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
BETWEEN = 20  # packets or handshakes of the flood, between honest packets
AT_ONCE = 5  # handshakes under way at the same time
BOTS = 10000
SERVER = socket.inet_aton('10.0.2.100')
CLIENT = socket.inet_aton('10.0.1.100')
SYN, ACK, FIN = 2, 16, 1


def packet(src, dst, proto, payload, ident):
    return struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), ident, 0,
                       64, proto, 0, src, dst)[:10] + \
        struct.pack('!H', header_sum(src, dst, proto, len(payload), ident)) + \
        src + dst + payload


def header_sum(src, dst, proto, length, ident):
    total = 0x4500 + 20 + length + ident + (64 << 8 | proto)
    for address in (src, dst):
        total += sum(struct.unpack('!HH', address))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


class Wires:
    """The two sides; every packet has a number of its own."""

    def __init__(self):
        self.client = Side('c', 'client', 'eth0', '10.0.1.100',
                           '02:00:00:00:01:01')
        self.server = Side('s', 'server', 'eth0', '10.0.2.100',
                           '02:00:00:00:02:01')
        self.client.peer, self.server.peer = self.server, self.client
        self.ident = 0

    def send(self, side, src, dst, proto, payload):
        self.ident = self.ident % 65000 + 1
        side.send(packet(src, dst, proto, payload, self.ident))
        return src, struct.pack('!H', self.ident)

    def came(self, side, sent, seconds):
        return side.peer.arrives(*sent, seconds)

    def send_surely(self, side, *what):
        for _ in range(10):
            side.peer.drain()
            if self.came(side, self.send(side, *what), 1):
                return
        raise OSError('ten times the same packet, and none came')


def segment(sport, dport, flags, seq, ack, data=b''):
    return struct.pack('!HHIIBBHHH', sport, dport, seq, ack, 0x50, flags,
                       65535, 0, 0) + data


class Connection:
    """Both ends of a TCP connection."""

    def __init__(self, wires, sport, src=CLIENT, send=None):
        self.wires, self.sport, self.src = wires, sport, src
        self.send = send or wires.send_surely
        self.seq, self.ack = 1000, 5000

    def up(self, flags, data=b''):
        last = self.send(self.wires.client, self.src, SERVER, 6, segment(
            self.sport, 80, flags, self.seq,
            self.ack if flags & ACK else 0, data))
        self.seq += len(data) + bool(flags & (SYN | FIN))
        return last

    def down(self, flags, data=b''):
        last = self.send(self.wires.server, SERVER, self.src, 6, segment(
            80, self.sport, flags, self.ack, self.seq, data))
        self.ack += len(data) + bool(flags & (SYN | FIN))
        return last

    def steps(self):
        yield lambda: self.up(SYN)
        yield lambda: self.down(SYN | ACK)
        yield lambda: self.up(ACK)

    def talk(self):
        self.up(ACK, b'x')
        self.down(ACK, b'y')

    def close(self):
        self.up(FIN | ACK)
        self.down(FIN | ACK)
        self.up(ACK)


class Flood:
    def __init__(self, wires, kind):
        self.wires, self.kind = wires, kind

    def one(self):
        """A packet of it, or the three steps of a handshake."""
        sport, dport = random.randrange(1024, 65535), random.randrange(1, 1024)
        if self.kind == 'handshakes':
            source = struct.pack('!I', 0x0b000000 + random.randrange(BOTS))
            return Connection(self.wires, sport, source,
                              self.wires.send).steps()
        source = struct.pack('!I', 0x0b000000 + random.getrandbits(24))
        what = (17, struct.pack('!HHHH', sport, dport, 8, 0)) \
            if self.kind == 'udp' else \
            (6, segment(sport, dport, SYN, random.getrandbits(32), 0))
        return iter([lambda: self.wires.send(self.wires.client, source,
                                             SERVER, *what)])

    def batch(self, count):
        at_once = AT_ONCE if self.kind == 'handshakes' else count
        for _ in range(0, count, at_once):
            self.some(at_once)

    def some(self, count):
        """COUNT at once, step by step; the last of a step is waited for."""
        alive = [self.one() for _ in range(count)]
        side = self.wires.client
        while alive:
            steps = [(f, next(f, None)) for f in alive]
            alive = [f for f, step in steps if step]
            side.peer.drain()
            sent = [step() for _, step in steps if step]
            if sent:
                self.wires.came(side, sent[-1], 1)
                side = side.peer


def table():
    with open('/proc/net/ip_conntrack', encoding='ascii') as lines:
        return list(lines)


def whole(lines, sport):
    """Does the tracker show this connection with its whole handshake?"""
    wanted = 'src=10.0.1.100 dst=10.0.2.100 sport=%d dport=80 ' % sport
    return any(' ESTABLISHED ' + wanted in line and '[ASSURED]' in line
               for line in lines)


def complete(ports):
    """How many of the ports does the tracker show with a whole handshake?"""
    lines = table()
    missing = [port for port in ports if not whole(lines, port)]
    for port in missing:
        print('not complete: port %d' % port,
              *([line for line in lines if '=%d ' % port in line] or
                ['no entry']), file=sys.stderr)
    return len(ports) - len(missing)


def open_all(connections, meanwhile):
    steps = [connection.steps() for connection in connections]
    for number in range(3):
        if number:
            meanwhile()
        for step in steps:
            next(step)()


def count_now():
    with open('/proc/sys/net/ipv4/netfilter/ip_conntrack_count',
              encoding='ascii') as file:
        return int(file.read())


def main():
    kind, count, n_active = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    random.seed(1)
    wires = Wires()
    flood = Flood(wires, kind)
    active = [Connection(wires, 10000 + i) for i in range(n_active)]
    open_all(active, lambda: None)
    opened = done = most = 0
    processors = sorted(os.sched_getaffinity(0))
    for wave in range(WAVES):
        os.sched_setaffinity(0, {processors[wave // 3 % len(processors)]})
        for _ in range(count // WAVES // BETWEEN - 2):
            flood.batch(BETWEEN)
            most = max(most, count_now())
        for connection in active:
            connection.talk()
        honest = [Connection(wires, 20000 + wave * HONEST + i)
                  for i in range(HONEST)]
        open_all(honest, lambda: flood.batch(BETWEEN))
        opened += len(honest)
        done += complete([c.sport for c in honest])
        for connection in honest:
            connection.close()
    print('active', *(c.sport for c in active))
    print('most', most)
    print('honest', opened, done)


if __name__ == '__main__':
    main()
