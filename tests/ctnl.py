#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Speaks nfnetlink_conntrack with hand-made messages, wrong ones above all.

    ctnl.py wrong CLIENT SERVER SPORT DPORT
        Sends requests that must be refused, about the TCP connection CLIENT
        SPORT SERVER DPORT, which must be there, and about others, which must
        not. Prints each one that was not answered as it must be.
    ctnl.py echo CLIENT SERVER SPORT DPORT MARK
        Sets the mark with NLM_F_ECHO and prints the events that come back.
    ctnl.py message WHAT CLIENT SERVER SPORT DPORT
        Prints a request about that connection of UDP in hex: list, get, zero,
        new, change, delete, stats, or all-stats.
    ctnl.py fuzz SECONDS SEED
        Sends well-formed messages with broken insides, prints how many.

Status 1 if something is not as it should be.
"""
import errno
import random
import socket
import struct
import sys
import time

NETFILTER = 12
REQUEST, ACK, ECHO, DUMP = 1, 4, 8, 0x300
EXCL, CREATE = 0x200, 0x400
CT, EXP = 1, 2
NEW, GET, DELETE, CTRZERO, STATS_CPU, STATS, DYING, UNCONFIRMED = range(8)
NESTED = 0x8000

(TUPLE_ORIG, TUPLE_REPLY, STATUS, PROTOINFO, HELP, NAT_SRC, TIMEOUT, MARK,
 COUNTERS_ORIG, COUNTERS_REPLY, USE, ID, NAT_DST, TUPLE_MASTER, SEQ_ADJ_ORIG,
 SEQ_ADJ_REPLY, SECMARK, ZONE, SECCTX, TIMESTAMP, MARK_MASK, LABELS,
 LABELS_MASK, SYNPROXY, FILTER, STATUS_MASK) = range(1, 27)

SEEN_REPLY, ASSURED, CONFIRMED, SRC_NAT = 2, 4, 8, 16


def attr(kind, data):
    return struct.pack('=HH', 4 + len(data), kind) + data + \
        bytes(-len(data) % 4)


def nest(kind, *parts):
    return attr(kind | NESTED, b''.join(parts))


def be32(kind, value):
    return attr(kind, struct.pack('!I', value))


def be16(kind, value):
    return attr(kind, struct.pack('!H', value))


def u8(kind, value):
    return attr(kind, bytes([value]))


def addresses(src, dst):
    return nest(1, attr(1, socket.inet_aton(src)), attr(2, socket.inet_aton(dst)))


def ports(proto, sport, dport):
    return nest(2, u8(1, proto), be16(2, sport), be16(3, dport))


def tuple4(kind, src, dst, sport, dport, proto=6):
    return nest(kind, addresses(src, dst), ports(proto, sport, dport))


def message(kind, flags, body, seq=1, family=socket.AF_INET, subsystem=CT,
            version=0):
    """A request, as it is sent."""
    payload = struct.pack('=BBH', family, version, 0) + body
    return struct.pack('=IHHII', 16 + len(payload), subsystem << 8 | kind,
                       REQUEST | flags, seq, 0) + payload


def told(what, client, server, sport, dport):
    """The message of that name."""
    orig = tuple4(TUPLE_ORIG, client, server, sport, dport, 17)
    both = orig + tuple4(TUPLE_REPLY, server, client, dport, sport, 17)
    status = be32(STATUS, SEEN_REPLY | ASSURED | CONFIRMED)
    kind, flags, body = {
        'list': (GET, DUMP, b''),
        'get': (GET, 0, orig),
        'zero': (CTRZERO, DUMP, b''),
        'new': (NEW, CREATE | EXCL, both + be32(TIMEOUT, 600) + status),
        'change': (NEW, 0, orig + be32(MARK, 7) + be32(TIMEOUT, 500)),
        'delete': (DELETE, 0, orig),
        'stats': (STATS_CPU, DUMP, b''),
        'all-stats': (STATS, 0, b''),
    }[what]
    return message(kind, flags | ACK, body)


class Conntrack:
    """A socket of nfnetlink."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER)
        self.socket.bind((0, 0))
        self.socket.settimeout(20)
        self.seq = 0

    def send(self, kind, flags, body, family=socket.AF_INET, subsystem=CT,
             version=0):
        self.seq += 1
        self.socket.send(message(kind, flags, body, self.seq, family,
                                 subsystem, version))

    def answers(self):
        """(errno, messages) up to the acknowledgement or the end of a list."""
        messages = []
        while True:
            data = self.socket.recv(65536)
            while data:
                length, kind, _, seq, _ = struct.unpack_from('=IHHII', data)
                body, data = data[16:length], data[length + 3 & ~3:]
                if kind in (2, 3):      # NLMSG_ERROR, NLMSG_DONE
                    code = struct.unpack_from('=i', body)[0]
                    if seq == self.seq:
                        return -code, messages
                else:
                    messages.append((kind, seq, body))

    def ask(self, kind, flags, body, **more):
        # a list ends without an acknowledgement
        self.send(kind, flags | ACK, body, **more)
        return self.answers()


def wrong(client, server, sport, dport):
    """Requests that must be refused: what, errno, message."""
    orig = tuple4(TUPLE_ORIG, client, server, sport, dport)
    reply = tuple4(TUPLE_REPLY, server, client, dport, sport)
    other = tuple4(TUPLE_ORIG, client, server, 1, 2)
    answer = tuple4(TUPLE_REPLY, server, client, 2, 1)
    both = other + answer
    timeout = be32(TIMEOUT, 60)
    udp = tuple4(TUPLE_ORIG, client, server, 1, 2, 17) + \
        tuple4(TUPLE_REPLY, server, client, 2, 1, 17)
    odd = nest(TUPLE_ORIG, addresses(client, server), ports(132, 1, 2))
    state = nest(PROTOINFO, nest(1, u8(1, 3)))
    live = SEEN_REPLY | ASSURED | CONFIRMED
    v6 = nest(TUPLE_ORIG, nest(1, attr(3, bytes(16)), attr(4, bytes(16))),
              ports(6, 1, 2))

    def get(body, **more):
        return (GET, 0, body, more)

    def change(body, **more):
        return (NEW, 0, body, more)

    def create(body, **more):
        return (NEW, CREATE | EXCL, body, more)

    def delete(body, **more):
        return (DELETE, 0, body, more)

    none, bad, exists, unsupported = \
        errno.ENOENT, errno.EINVAL, errno.EEXIST, errno.EOPNOTSUPP
    yield 'no such connection', none, get(other)
    yield 'no such connection to zero', none, (CTRZERO, 0, other, {})
    yield 'no such connection to change', none, change(other + be32(MARK, 1))
    yield 'no such connection to delete', none, delete(other)
    yield 'another one has that id', none, delete(orig + be32(ID, 12345))
    yield 'another zone', none, get(orig + be16(ZONE, 7))
    yield 'another zone in the tuple', none, delete(nest(
        TUPLE_ORIG, addresses(client, server), ports(6, sport, dport), be16(3, 7)))
    yield 'IPv6', none, get(v6, family=socket.AF_INET6)
    yield 'it exists', exists, create(orig + reply + timeout)
    yield 'no tuple', bad, get(b'')
    yield 'no tuple to change', bad, change(be32(MARK, 1))
    yield 'a tuple without addresses', bad, get(
        nest(TUPLE_ORIG, ports(6, sport, dport)))
    yield 'a tuple without ports', bad, get(
        nest(TUPLE_ORIG, addresses(client, server), nest(2, u8(1, 6))))
    yield 'a tuple without a protocol', bad, get(
        nest(TUPLE_ORIG, addresses(client, server)))
    yield 'a protocol without its number', bad, get(
        nest(TUPLE_ORIG, addresses(client, server), nest(2, be16(2, 1))))
    yield 'ICMP without type and code', bad, get(
        nest(TUPLE_ORIG, addresses(client, server), nest(2, u8(1, 1), be16(4, 1))))
    yield 'IPv6 addresses in an IPv4 request', bad, get(v6)
    yield 'ports of a protocol tracked without', unsupported, get(odd)
    yield 'an address of 3 bytes', bad, get(
        nest(TUPLE_ORIG, nest(1, attr(1, b'abc'), attr(2, b'abcd')), ports(6, 1, 2)))
    yield 'an address of 8 bytes', bad, get(
        nest(TUPLE_ORIG, nest(1, attr(1, b'abcdefgh'), attr(2, b'abcd')),
             ports(6, 1, 2)))
    yield 'a port of 4 bytes', bad, get(
        nest(TUPLE_ORIG, addresses(client, server),
             nest(2, u8(1, 6), be32(2, 1), be16(3, 2))))
    yield 'an attribute of a tuple that nobody knows', bad, get(
        nest(TUPLE_ORIG, addresses(client, server), ports(6, 1, 2), be32(9, 1)))
    yield 'an attribute that nobody knows', bad, get(orig + be32(99, 1))
    yield 'a mark of 2 bytes', errno.ERANGE, change(orig + be16(MARK, 1))
    yield 'a mark of 8 bytes', bad, change(orig + attr(MARK, bytes(8)))
    yield 'junk behind the last attribute', bad, get(orig + b'\x01\x02')
    yield 'a nested attribute longer than its parent', bad, get(
        attr(TUPLE_ORIG | NESTED, struct.pack('=HH', 400, 1) + bytes(8)))
    yield 'no time-out', bad, create(both)
    yield 'no reply tuple', bad, create(other + timeout)
    yield 'a reply that is no answer', unsupported, create(
        other + tuple4(TUPLE_REPLY, server, '10.9.9.9', 2, 1) + timeout)
    yield 'a reply to another port', unsupported, create(
        other + tuple4(TUPLE_REPLY, server, client, 2, 7) + timeout)
    yield 'a new connection in a zone', unsupported, create(
        both + timeout + be16(ZONE, 3))
    yield 'a new IPv6 connection', unsupported, create(
        both + timeout, family=socket.AF_INET6)
    yield 'a time-out beyond reason', errno.ERANGE, create(
        both + be32(TIMEOUT, 0xffffffff))
    yield 'a state of UDP', bad, create(udp + timeout + state)
    yield 'a state that does not exist', errno.ERANGE, create(
        both + timeout + nest(PROTOINFO, nest(1, u8(1, 77))))
    yield 'the state NONE', errno.ERANGE, change(
        orig + nest(PROTOINFO, nest(1, u8(1, 0))))
    yield 'states of SCTP', unsupported, create(
        both + timeout + nest(PROTOINFO, nest(3, u8(1, 1))))
    for name, extra in (
            ('source translation', nest(NAT_SRC, attr(1, socket.inet_aton(client)))),
            ('destination translation', nest(NAT_DST, attr(1, socket.inet_aton(client)))),
            ('a helper', nest(HELP, attr(1, b'ftp\0'))),
            ('a master', tuple4(TUPLE_MASTER, client, server, 5, 6)),
            ('sequence adjustment', nest(SEQ_ADJ_ORIG, be32(1, 1))),
            ('labels', attr(LABELS, bytes(16))),
            ('a SYN proxy', nest(SYNPROXY, be32(1, 1))),
            ('translated, as a status', be32(STATUS, CONFIRMED | SRC_NAT))):
        yield name, unsupported, create(both + timeout + extra)
    yield 'a helper for what is there', unsupported, change(
        orig + nest(HELP, attr(1, b'ftp\0')))
    yield 'translation of what is there', unsupported, change(
        orig + be32(STATUS, live | SRC_NAT))
    yield 'no longer assured', errno.EBUSY, change(
        orig + be32(STATUS, SEEN_REPLY | CONFIRMED))
    yield 'never replied', errno.EBUSY, change(orig + be32(STATUS, CONFIRMED))
    yield 'a filter in a change', unsupported, change(
        orig + nest(FILTER, attr(1, struct.pack('=I', 1))))
    yield 'a flush by time-out', bad, delete(timeout)
    yield 'a flush by id', bad, delete(be32(ID, 1))
    yield 'a flush by a mask without a mark', bad, delete(be32(MARK_MASK, 1))
    yield 'a flush by a mask without a status', bad, delete(be32(STATUS_MASK, 1))
    yield 'a flush by no bit of the status', bad, delete(be32(STATUS, 0))
    yield 'a flush by an empty filter', bad, delete(nest(FILTER))
    yield 'a list by no bit of the status', bad, (GET, DUMP, be32(STATUS, 0), {})
    yield 'a list by time-out', bad, (GET, DUMP, timeout, {})
    yield 'a list by tuple without saying by which parts', bad, (GET, DUMP, orig, {})
    yield 'a filter without its tuple', bad, (
        GET, DUMP, nest(FILTER, attr(1, struct.pack('=I', 1))), {})
    yield 'a filter by a part that is not there', bad, (
        GET, DUMP, nest(TUPLE_ORIG, addresses(client, server)) +
        nest(FILTER, attr(1, struct.pack('=I', 1 << 4))), {})
    yield 'a filter by a part that nobody knows', unsupported, (
        GET, DUMP, orig + nest(FILTER, attr(1, struct.pack('=I', 1 << 20))), {})
    yield 'the dying, one of them', unsupported, (DYING, 0, orig, {})
    yield 'counters of CPUs, one of them', unsupported, (STATS_CPU, 0, b'', {})
    yield 'a message that nobody knows', bad, (42, 0, b'', {})
    yield 'a new expectation', unsupported, (NEW, CREATE, b'', {'subsystem': EXP})
    yield 'an expectation', none, (GET, 0, nest(2, addresses(client, server),
                                               ports(6, 1, 2)), {'subsystem': EXP})
    yield 'an expectation without a tuple', bad, (GET, 0, b'', {'subsystem': EXP})
    yield 'an expectation to delete', none, (
        DELETE, 0, nest(2, addresses(client, server), ports(6, 1, 2)),
        {'subsystem': EXP})


def run_wrong(client, server, sport, dport):
    ct = Conntrack()
    failed = count = 0
    for what, code, (kind, flags, body, more) in wrong(client, server, sport, dport):
        count += 1
        got, messages = ct.ask(kind, flags, body, **more)
        if got != code or messages:
            failed += 1
            print(f'{what}: {errno.errorcode.get(got, got)} and '
                  f'{len(messages)} messages, not {errno.errorcode[code]}')
    print(f'{count} wrong requests, {failed} answered otherwise')
    return failed


def run_echo(client, server, sport, dport, mark):
    ct = Conntrack()
    code, messages = ct.ask(NEW, ECHO, tuple4(TUPLE_ORIG, client, server, sport,
                                              dport) + be32(MARK, mark))
    print(f'errno {code}, {len(messages)} events')
    return code


def broken(rng, depth=0):
    """Attributes with something wrong with them, or not."""
    out = b''
    for _ in range(rng.randrange(5)):
        kind = rng.randrange(30 if depth == 0 else 6)
        data = broken(rng, depth + 1) if depth < 3 and rng.random() < 0.6 \
            else rng.randbytes(rng.choice((0, 1, 2, 3, 4, 4, 4, 8, 16, 17)))
        made = bytearray(attr(kind | rng.choice((0, NESTED)), data))
        if rng.random() < 0.1:
            struct.pack_into('=H', made, 0, rng.randrange(0, 64))
        out += bytes(made)
    return out


def run_fuzz(seconds, seed):
    rng = random.Random(seed)
    ct = Conntrack()
    count = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        kind = rng.choice((NEW, GET, CTRZERO, DYING, STATS, DELETE))
        body = broken(rng)
        if kind == DELETE and not body:
            continue    # that would be a flush, which is in order
        flags = rng.choice((0, CREATE, CREATE | EXCL, DUMP if kind != NEW else 0))
        ct.ask(kind, flags, body, subsystem=rng.choice((CT, CT, CT, EXP)),
               family=rng.choice((0, 2, 2, 2, 10)))
        count += 1
    print(f'{count} messages')
    return count < 10


def main():
    command, *rest = sys.argv[1:]
    if command == 'wrong':
        return run_wrong(*rest[:2], *map(int, rest[2:]))
    if command == 'echo':
        return run_echo(*rest[:2], *map(int, rest[2:]))
    if command == 'message':
        print(told(*rest[:3], *map(int, rest[3:])).hex())
        return True
    if command == 'fuzz':
        return run_fuzz(*map(int, rest))
    sys.exit(__doc__)


if __name__ == '__main__':
    sys.exit(1 if main() else 0)
