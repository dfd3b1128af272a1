#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Packet player: puts hand-made IPv4 packets on the wires of the lab.

Reads commands from standard input, one a line, and answers each with one
line, "ok TEXT" or "error TEXT". One process serves all namespaces: a socket
stays in the namespace in which it was made.

Why not scapy: its import takes 4 to 10 s in the emulator, this file 1 s, and
malformed packets need every byte under control anyway. Packets leave through
AF_PACKET, so no stack corrects them, and the addresses that they bear belong
to no stack, so none answers them with a RST: no packet filter is needed to
keep the lab quiet (and none may be, it could load nf_conntrack).

Sides:
  side NAME NAMESPACE DEVICE ADDRESS NEXT-HOP-MAC
      A packet "from NAME" has ADDRESS as its source and leaves DEVICE. The
      first two sides are each other's destination; so are the next two.
      A packet sent from one is then awaited at the other (2 s).

  forget NAME                 its device is about to go

Packets (SIDE is who sends):
  conn [sport=N] [dport=N]    begin a conversation with fresh ports and
                              sequence numbers; the first SIDE that sends
                              afterwards is its client
  tcp SIDE FLAGS [opt]        FLAGS out of S A F R P U E W, or "-" for none;
                              seq and ack follow the conversation by
                              themselves
      seq=N ack=N             absolute, or relative with a sign: seq=+9
      win=N doff=N opts=HEX urg=N
  udp SIDE [opt]              ulen=N: the length that the header claims
  icmp SIDE TYPE [code=N] [id=N] [iseq=N] [quote=SIDE2]
                              quote=: an error about SIDE2's last packet; its
                              first 28 bytes are quoted, or qlen=
  ip SIDE PROTOCOL [opt]      any protocol, the payload is zeroes
  raw SIDE HEX                an IP packet as it stands
  flood SIDE KIND COUNT [opt] COUNT packets (udp, syn or ack), each from a
                              source port of its own, counted up from sport=
  options of all of them:
      len=N  payload          cut=N     keep N bytes of the packet only
      badsum wrong checksum   badipsum  wrong header checksum
      sport= dport= src= dst= ttl= id= tos=
      ihl=N iplen=N ipver=N   what the IP header claims
      pad=N                   zeroes behind the packet, as Ethernet pads
      frag=N                  in fragments of N bytes; order=reverse|1,0,2
      lost                    success if it does not arrive (waits 0.5 s)
      nowait                  do not look whether it arrives

Real TCP and UDP stacks in the same namespaces:
  listen ID NAMESPACE ADDRESS PORT
  connect ID NAMESPACE ADDRESS PORT [sport=N]   ID names a listener; both ends
                                                are then ID.c and ID.s
  refused NAMESPACE ADDRESS PORT [sport=N]      nobody listens there
  send END COUNT     and the other end has read it
  shut END           half-close: FIN
  close END          abort END: close with RST
  bind ID NAMESPACE ADDRESS PORT    UDP
  ask ID NAMESPACE ADDRESS PORT [sport=N]   answer ID
"""

import ctypes
import os
import select
import socket
import struct
import sys
import time

ETH_P_IP = 0x0800
CLONE_NEWNET = 0x40000000
FLAGS = {'F': 1, 'S': 2, 'R': 4, 'P': 8, 'A': 16, 'U': 32, 'E': 64, 'W': 128}
NAMES = (('S', 'SYN'), ('F', 'FIN'), ('R', 'RST'), ('P', 'PSH'), ('A', 'ACK'),
         ('U', 'URG'), ('E', 'ECE'), ('W', 'CWR'))
LIBC = ctypes.CDLL(None, use_errno=True)


class In:
    """The thread is in the network namespace NAME inside the block."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        self.back = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
        there = os.open('/run/netns/' + self.name, os.O_RDONLY)
        enter(there)
        os.close(there)

    def __exit__(self, *_):
        enter(self.back)
        os.close(self.back)


def enter(fd):
    if LIBC.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), 'setns')


class Side:
    def __init__(self, name, namespace, device, address, mac):
        self.name = name
        self.address = address
        self.peer = None
        with In(namespace):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                        socket.htons(ETH_P_IP))
            self.socket.bind((device, ETH_P_IP))
        own = self.socket.getsockname()[4]
        self.ethernet = bytes.fromhex(mac.replace(':', '')) + own + \
            struct.pack('!H', ETH_P_IP)

    def send(self, packet):
        self.socket.send(self.ethernet + packet)

    def drain(self):
        while select.select([self.socket], [], [], 0)[0]:
            self.socket.recv(65536)

    def arrives(self, source, ident, seconds):
        """Does a packet (or fragment) with this source and id come in?"""
        end = time.monotonic() + seconds
        while True:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.socket], [], [], left)[0]:
                return False
            frame, where = self.socket.recvfrom(65536)
            if where[2] == socket.PACKET_OUTGOING or len(frame) < 34:
                continue
            if frame[26:30] == source and frame[18:20] == ident:
                return True


class Conversation:
    """Ports and next sequence numbers of the two ends."""

    def __init__(self, sport, dport, sides=()):
        self.sport = sport
        self.dport = dport
        self.client = None
        self.next = {}
        for side in sides:
            self.join(side)

    def join(self, side):
        if self.client is None:
            self.client = side
            self.next[side] = 1000000
            self.next[side.peer] = 2000000

    def ports(self, side):
        if side is self.client:
            return self.sport, self.dport
        return self.dport, self.sport


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def number(text):
    return int(text, 0)


class Player:
    def __init__(self):
        self.sides = {}
        self.order = []
        self.port = 40000
        self.ident = 1
        self.talk = None
        self.real = {}

    def options(self, words):
        known = {}
        for word in words:
            key, _, value = word.partition('=')
            known[key] = value
        return known

    # --- sides and conversations

    def do_side(self, name, namespace, device, address, mac):
        side = Side(name, namespace, device, address, mac)
        self.sides[name] = side
        self.order.append(side)
        if len(self.order) % 2 == 0:
            side.peer = self.order[-2]
            self.order[-2].peer = side
        return name

    def do_forget(self, name):
        """Close a side's socket; its name and those of its peer are free."""
        self.sides.pop(name).socket.close()
        return name

    def do_conn(self, *words):
        opt = self.options(words)
        self.port += 1
        sport = number(opt.get('sport', str(self.port)))
        self.talk = Conversation(sport, number(opt.get('dport', '80')))
        return 'sport=%d dport=%d' % (self.talk.sport, self.talk.dport)

    def begin(self, name, opt):
        side = self.sides[name]
        if self.talk is None:
            self.do_conn()
        self.talk.join(side)
        sport, dport = self.talk.ports(side)
        return (side, number(opt.get('sport', str(sport))),
                number(opt.get('dport', str(dport))))

    # --- IP

    def address(self, side, opt):
        return (socket.inet_aton(opt.get('src', side.address)),
                socket.inet_aton(opt.get('dst', side.peer.address)))

    def header(self, opt, src, dst, proto, length, ident, fragment=0):
        ihl = number(opt.get('ihl', '5'))
        head = struct.pack(
            '!BBHHHBBH4s4s',
            number(opt.get('ipver', '4')) << 4 | ihl,
            number(opt.get('tos', '0')),
            number(opt.get('iplen', str(20 + length))), ident, fragment,
            number(opt.get('ttl', '64')), proto, 0, src, dst)
        total = checksum(head)
        if 'badipsum' in opt:
            total ^= 0x5555
        return head[:10] + struct.pack('!H', total) + head[12:]

    def packets(self, side, proto, payload, opt, ident):
        src, dst = self.address(side, opt)
        if 'frag' not in opt:
            packet = self.header(opt, src, dst, proto, len(payload), ident) \
                + payload
            if 'cut' in opt:
                packet = packet[:number(opt['cut'])]
            return [packet + bytes(number(opt.get('pad', '0')))]
        size = number(opt['frag'])
        pieces = []
        for at in range(0, len(payload), size):
            piece = payload[at:at + size]
            more = 0x2000 if at + size < len(payload) else 0
            pieces.append(self.header(opt, src, dst, proto, len(piece), ident,
                                      at // 8 | more) + piece)
        order = opt.get('order', '')
        if order == 'reverse':
            pieces.reverse()
        elif order:
            pieces = [pieces[number(i)] for i in order.split(',')]
        return pieces

    def put(self, side, proto, payload, opt, text):
        ident = number(opt.get('id', str(self.ident)))
        self.ident = self.ident % 65000 + 1
        src, _ = self.address(side, opt)
        side.peer.drain()
        for packet in self.packets(side, proto, payload, opt, ident):
            side.send(packet)
            side.last = packet
        if 'nowait' in opt:
            return text
        wait = 0.5 if 'lost' in opt else 2
        came = side.peer.arrives(src, struct.pack('!H', ident), wait)
        if came and 'lost' in opt:
            raise ValueError(text + ': was to be lost, and came through')
        if not came and 'lost' not in opt:
            raise ValueError(text + ': did not come through the firewall')
        return text

    def line(self, side, opt, sport, dport, text):
        return '%s:%d > %s:%d %s' % (
            opt.get('src', side.address), sport,
            opt.get('dst', side.peer.address), dport, text)

    def seal(self, side, proto, payload, offset, opt):
        """Transport checksum, right unless asked for a wrong one."""
        src, dst = self.address(side, opt)
        pseudo = src + dst + struct.pack('!BBH', 0, proto, len(payload))
        total = checksum(pseudo + payload) or 0xffff
        if 'badsum' in opt:
            total ^= 0x5555
        return payload[:offset] + struct.pack('!H', total) + \
            payload[offset + 2:]

    # --- packets

    def follow(self, opt, key, usual):
        text = opt.get(key, '+0')
        if text[0] in '+-':
            return (usual + number(text)) % 2**32
        return number(text) % 2**32

    def do_tcp(self, name, flags, *words):
        opt = self.options(words)
        side, sport, dport = self.begin(name, opt)
        bits = 0
        for letter in flags.replace('-', ''):
            bits |= FLAGS[letter]
        data = bytes(number(opt.get('len', '0')))
        seq = self.follow(opt, 'seq', self.talk.next[side])
        ack = self.follow(opt, 'ack', self.talk.next[side.peer]) \
            if bits & FLAGS['A'] or 'ack' in opt else 0
        extra = bytes.fromhex(opt.get('opts', ''))
        extra += bytes(-len(extra) % 4)
        doff = number(opt.get('doff', str(5 + len(extra) // 4)))
        segment = struct.pack('!HHIIBBHHH', sport, dport, seq, ack,
                              (doff & 15) << 4, bits,
                              number(opt.get('win', '65535')), 0,
                              number(opt.get('urg', '0'))) + extra + data
        if 'seq' not in opt:
            self.talk.next[side] = (seq + len(data) + bool(bits & 2) +
                                    bool(bits & 1)) % 2**32
        names = '/'.join(n for f, n in NAMES if bits & FLAGS[f]) or 'no flags'
        if data:
            names += ' %d bytes' % len(data)
        return self.put(side, 6, self.seal(side, 6, segment, 16, opt), opt,
                        self.line(side, opt, sport, dport, names))

    def do_udp(self, name, *words):
        opt = self.options(words)
        side, sport, dport = self.begin(name, opt)
        data = bytes(number(opt.get('len', '8')))
        claimed = number(opt.get('ulen', str(8 + len(data))))
        datagram = struct.pack('!HHHH', sport, dport, claimed, 0) + data
        if 'nosum' not in opt:
            datagram = self.seal(side, 17, datagram, 6, opt)
        return self.put(side, 17, datagram, opt,
                        self.line(side, opt, sport, dport,
                                  'UDP %d bytes' % len(data)))

    def do_icmp(self, name, kind, *words):
        opt = self.options(words)
        side, _, _ = self.begin(name, opt)
        data = bytes(number(opt.get('len', '56')))
        ident = number(opt.get('id', str(self.talk.sport)))
        if 'quote' in opt:
            data = self.sides[opt['quote']].last[:number(opt.get('qlen', '28'))]
        opt.pop('id', None)
        message = struct.pack('!BBHHH', number(kind),
                              number(opt.get('code', '0')), 0, ident,
                              number(opt.get('iseq', '1'))) + data
        total = checksum(message)
        if 'badsum' in opt:
            total ^= 0x5555
        message = message[:2] + struct.pack('!H', total) + message[4:]
        return self.put(side, 1, message, opt, '%s > %s ICMP type %s id %d' % (
            opt.get('src', side.address), opt.get('dst', side.peer.address),
            kind, ident))

    def do_ip(self, name, proto, *words):
        opt = self.options(words)
        side, _, _ = self.begin(name, opt)
        return self.put(side, number(proto), bytes(number(opt.get('len', '8'))),
                        opt, '%s > %s protocol %s' % (
                            opt.get('src', side.address),
                            opt.get('dst', side.peer.address), proto))

    def do_raw(self, name, text, *words):
        opt = self.options(words)
        side = self.sides[name]
        packet = bytes.fromhex(text)
        side.peer.drain()
        side.send(packet)
        if 'nowait' not in opt:
            came = side.peer.arrives(packet[12:16], packet[4:6],
                                     0.5 if 'lost' in opt else 2)
            if came == ('lost' in opt):
                raise ValueError('raw packet: ' + (
                    'came through' if came else 'did not come through'))
        return 'raw packet of %d bytes' % len(packet)

    def do_flood(self, name, kind, count, *words):
        opt = self.options(words)
        side = self.sides[name]
        first = number(opt.get('sport', '1024'))
        count = number(count)
        dport = number(opt.get('dport', '9'))
        src, dst = self.address(side, opt)
        proto = 17 if kind == 'udp' else 6
        sent = 0
        for i in range(count):
            sport = first + i % (65536 - first)
            if kind == 'udp':
                data = struct.pack('!HHHH', sport, dport, 8, 0)
            else:
                data = struct.pack('!HHIIBBHHH', sport, dport, 1000000 + i, 0,
                                   0x50, 2 if kind == 'syn' else 16, 65535,
                                   0, 0)
                data = self.seal(side, 6, data, 16, opt)
            packet = self.header(opt, src, dst, proto, len(data),
                                 i & 0xffff) + data
            try:
                side.send(packet)
                sent += 1
            except OSError:
                time.sleep(0.001)
        side.peer.drain()
        return '%d of %d %s packets sent' % (sent, count, kind)

    # --- real stacks

    def tcp_socket(self, namespace):
        with In(namespace):
            s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.settimeout(10)
        return s

    def do_listen(self, ident, namespace, address, port):
        s = self.tcp_socket(namespace)
        s.bind((address, number(port)))
        s.listen(8)
        self.real[ident] = s
        return 'listening at %s:%s' % (address, port)

    def do_connect(self, ident, namespace, address, port, *words):
        opt = self.options(words)
        s = self.tcp_socket(namespace)
        if 'sport' in opt:
            s.bind(('', number(opt['sport'])))
        s.connect((address, number(port)))
        self.real[ident + '.c'] = s
        self.real[ident + '.s'], where = self.real[ident].accept()
        return '%s:%d > %s:%s connected' % (where[0], where[1], address, port)

    def do_refused(self, namespace, address, port, *words):
        opt = self.options(words)
        s = self.tcp_socket(namespace)
        s.bind(('', number(opt.get('sport', '0'))))
        sport = s.getsockname()[1]
        try:
            s.connect((address, number(port)))
        except ConnectionRefusedError:
            return '%s:%d > %s:%s refused' % (namespace, sport, address,
                                              port)
        finally:
            s.close()
        raise ValueError('somebody listens')

    def other(self, end):
        ident, _, which = end.rpartition('.')
        return ident + ('.s' if which == 'c' else '.c')

    def do_send(self, end, count):
        left = number(count)
        self.real[end].sendall(bytes(left))
        there = self.real[self.other(end)]
        there.settimeout(10)
        while left > 0:
            got = len(there.recv(left))
            if not got:
                raise ValueError('end of stream with %d bytes missing' % left)
            left -= got
        return '%s bytes' % count

    def do_shut(self, end):
        self.real[end].shutdown(socket.SHUT_WR)
        there = self.real[self.other(end)]
        there.settimeout(10)
        if there.recv(1):
            raise ValueError('data where the end was awaited')
        return 'half-closed'

    def do_close(self, end):
        self.real.pop(end).close()
        return 'closed'

    def do_abort(self, end):
        s = self.real.pop(end)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack('ii', 1, 0))
        s.close()
        return 'aborted'

    def do_bind(self, ident, namespace, address, port):
        with In(namespace):
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address, number(port)))
        s.settimeout(10)
        self.real[ident] = s
        return 'bound to %s:%s' % (address, port)

    def do_ask(self, ident, namespace, address, port, *words):
        opt = self.options(words)
        if ident + '.c' not in self.real:
            with In(namespace):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.settimeout(10)
            s.bind(('', number(opt.get('sport', '0'))))
            s.connect((address, number(port)))
            self.real[ident + '.c'] = s
        s = self.real[ident + '.c']
        s.send(b'?')
        _, self.asker = self.real[ident].recvfrom(16)
        return '%s:%d > %s:%s UDP question' % (*self.asker, address, port)

    def do_answer(self, ident):
        self.real[ident].sendto(b'!', self.asker)
        self.real[ident + '.c'].recv(16)
        return 'UDP answer to %s:%d' % self.asker


def main():
    player = Player()
    print('ok ready', flush=True)
    for line in sys.stdin:
        words = line.split()
        if not words:
            continue
        try:
            command = getattr(player, 'do_' + words[0], None)
            if command is None:
                raise ValueError('no such command: ' + words[0])
            print('ok', command(*words[1:]), flush=True)
        except (OSError, ValueError, KeyError, TypeError, IndexError) as e:
            print('error %s: %s' % (line.strip(), e), flush=True)


if __name__ == '__main__':
    main()
