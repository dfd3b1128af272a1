#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Real TCP connections through the lab: client in namespace client, server in
namespace server, what is sent compared with what is received.

  real.py transfer LIMIT PORT SPEC...
      One connection per SPEC, all at once, to PORT, PORT + 1, ...; each must be
      over within LIMIT seconds. A SPEC is a list of words with commas between:
      up=BYTES    from client to server        down=BYTES  the other way
      rcvbuf=N    SO_RCVBUF of both ends        slow        both ends read late
      half        the server answers when it has seen the client's FIN
      tfo         TCP Fast Open: the data begin with the SYN
      serial      waits for the SPECs before it

  real.py trickle PORT SECONDS
      One connection, a bit of data both ways ten times a second until standard
      input ends. Says "connected", and at the end the octets each way and the
      longest time without any. Fails if something was lost, or nothing came
      for SECONDS.

  real.py paced PORT MS
      A datagram every MS milliseconds, which the server sends back, until
      standard input ends. Says "connected" and the client's port, and at the
      end how many were sent, came there and came back. Fails if one was lost.

Exit status 0 if every octet arrived; the reason is on standard error.
"""

import ctypes
import hashlib
import os
import select
import socket
import sys
import threading
import time

SERVER = '10.0.2.2'
CLONE_NEWNET = 0x40000000
TCP_FASTOPEN = 23
LIBC = ctypes.CDLL(None, use_errno=True)


def socket_in(namespace, kind=socket.SOCK_STREAM):
    """A socket stays in the namespace in which it was made."""
    back = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
    there = os.open('/run/netns/' + namespace, os.O_RDONLY)
    try:
        if LIBC.setns(there, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), 'setns')
        made = socket.socket(type=kind)
        if LIBC.setns(back, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), 'setns')
    finally:
        os.close(back)
        os.close(there)
    return made


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


class End(threading.Thread):
    """One end: sends its data and a FIN, reads until the other's FIN."""

    def __init__(self, name, spec, data, deadline):
        super().__init__(daemon=True)
        self.name = name
        self.spec = spec
        self.data = data
        self.deadline = deadline
        self.sock = None
        self.got = bytearray()
        self.error = None

    def left(self):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError('time is up')
        return left

    def run(self):
        try:
            rest = self.open()
            self.sock.setblocking(False)
            self.pump(rest)
            self.sock.close()
        except OSError as error:
            self.error = '%s after %d octets read' % (error, len(self.got))

    def pump(self, rest):
        slow = 'slow' in self.spec
        wait_eof = 'half' in self.spec and self.name == 'server'
        open_out, open_in = True, True
        read_after = time.monotonic() + (1.0 if slow else 0)
        while open_out or open_in:
            now = time.monotonic()
            writes = open_out and not (wait_eof and open_in)
            reads = open_in and now >= read_after
            readable, writable, _ = select.select(
                [self.sock] if reads else [], [self.sock] if writes else [],
                [], min(self.left(), 1, max(read_after - now, 0)
                        if open_in and not reads else 1))
            if writable:
                if rest:
                    rest = rest[self.sock.send(rest[:262144]):]
                if not rest:
                    self.sock.shutdown(socket.SHUT_WR)
                    open_out = False
            if readable:
                data = self.sock.recv(1000 if slow else 262144)
                self.got += data
                open_in = bool(data)
                if slow:
                    read_after = time.monotonic() + 0.02


class Client(End):
    def __init__(self, sock, port, spec, data, deadline):
        super().__init__('client', spec, data, deadline)
        self.sock = sock
        self.port = port

    def open(self):
        rest = memoryview(self.data)
        self.sock.settimeout(self.left())
        if 'tfo' in self.spec:
            return rest[self.sock.sendto(rest[:1000], socket.MSG_FASTOPEN,
                                         (SERVER, self.port)):]
        self.sock.connect((SERVER, self.port))
        return rest


class Server(End):
    def __init__(self, listener, spec, data, deadline):
        super().__init__('server', spec, data, deadline)
        self.listener = listener

    def open(self):
        self.listener.settimeout(self.left())
        self.sock = self.listener.accept()[0]
        self.listener.close()
        return memoryview(self.data)


def listen(port, rcvbuf=0):
    listener = socket_in('server')
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 5)
    if rcvbuf:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    listener.bind((SERVER, port))
    listener.listen(5)
    return listener


def transfer(limit, port, specs):
    deadline = time.monotonic() + limit
    pairs = []
    for text in specs:
        spec = dict(word.partition('=')[::2] for word in text.split(','))
        rcvbuf = int(spec.get('rcvbuf', 0))
        if 'serial' in spec:
            for pair in pairs:
                for end in pair[1:]:
                    end.join(max(0, deadline - time.monotonic()))
        sock = socket_in('client')
        if rcvbuf:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
        server = Server(listen(port + len(pairs), rcvbuf), spec,
                        os.urandom(int(spec.get('down', 0))), deadline)
        client = Client(sock, port + len(pairs), spec,
                        os.urandom(int(spec.get('up', 0))), deadline)
        pairs.append((text, client, server))
        server.start()
        client.start()
    failed = 0
    for text, client, server in pairs:
        for end, other in (client, server), (server, client):
            end.join(max(0, deadline - time.monotonic()) + 2)
            what = end.error
            if end.is_alive():
                what = 'still busy after %d of %d octets' % (
                    len(end.got), len(other.data))
            elif not what and digest(end.got) != digest(other.data):
                what = 'has %s of %d octets, sent were %s of %d' % (
                    digest(end.got), len(end.got),
                    digest(other.data), len(other.data))
            if what:
                failed = 1
                print('%s, %s: %s' % (text, end.name, what), file=sys.stderr)
    return failed


def trickle(port, patience):
    listener = listen(port)
    ends = [socket_in('client'), None]
    ends[0].settimeout(20)
    ends[0].connect((SERVER, port))
    listener.settimeout(20)
    ends[1] = listener.accept()[0]
    sent = [hashlib.sha256(), hashlib.sha256()]
    got = [hashlib.sha256(), hashlib.sha256()]
    count_sent, count_got = [0, 0], [0, 0]
    last, longest = [time.monotonic()] * 2, 0
    for end in ends:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end.setblocking(False)
    print('connected', ends[0].getsockname()[1], flush=True)
    more, send_at, stop = True, 0, None
    while more or count_sent[0] != count_got[1] or \
            count_sent[1] != count_got[0]:
        now = time.monotonic()
        if stop and now > stop:
            break
        if more and now >= send_at:
            send_at = now + 0.1
            for i in 0, 1:
                data = os.urandom(200)
                try:
                    data = data[:ends[i].send(data)]
                except BlockingIOError:
                    continue
                sent[i].update(data)
                count_sent[i] += len(data)
        ready = select.select(ends + ([sys.stdin] if more else []), [], [],
                              0.05)[0]
        now = time.monotonic()
        for i in 0, 1:
            if ends[i] in ready:
                data = ends[i].recv(65536)
                if not data:
                    raise OSError('the connection was closed')
                got[i].update(data)
                count_got[i] += len(data)
                longest = max(longest, now - last[i])
                last[i] = now
            elif more and now - last[i] > patience:
                raise OSError('%d s without data for the %s' % (
                    patience, ('client', 'server')[i]))
        if sys.stdin in ready and not sys.stdin.buffer.read1(100):
            more, stop = False, now + patience
    print('%d octets up, %d down, at most %.1f s without any' % (
        count_got[1], count_got[0], longest), flush=True)
    same = sent[0].digest() == got[1].digest() and \
        sent[1].digest() == got[0].digest()
    for end in ends:
        end.close()
    if not same:
        print('not what was sent: %s of %s' % (count_got[::-1], count_sent),
              file=sys.stderr)
    return 0 if same else 1


def paced(port, step):
    client = socket_in('client', socket.SOCK_DGRAM)
    server = socket_in('server', socket.SOCK_DGRAM)
    server.bind((SERVER, port))
    sent, there, back = 0, set(), set()
    more, send_at, stop = True, 0, None
    while more or len(back) < sent:
        now = time.monotonic()
        if stop and now > stop:
            break
        if more and now >= send_at:
            send_at = now + step
            client.sendto(b'%08d' % sent * 25, (SERVER, port))
            sent += 1
        ready = select.select([client, server] + ([sys.stdin] if more else []),
                              [], [], step / 4)[0]
        if server in ready:
            data, peer = server.recvfrom(2048)
            there.add(data)
            server.sendto(data, peer)
        if client in ready:
            if not back:
                print('connected', client.getsockname()[1], flush=True)
            back.add(client.recv(2048))
        if sys.stdin in ready and not sys.stdin.buffer.read1(100):
            more, stop = False, now + 10
    print('%d sent, %d there, %d back' % (sent, len(there), len(back)),
          flush=True)
    return 0 if sent == len(there) == len(back) else 1


def main(words):
    try:
        if words[0] == 'transfer':
            return transfer(int(words[1]), int(words[2]), words[3:])
        if words[0] == 'paced':
            return paced(int(words[1]), int(words[2]) / 1000)
        return trickle(int(words[1]), int(words[2]))
    except OSError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
