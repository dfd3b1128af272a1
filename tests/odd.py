#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What Linux TCP does seldom, through the lab: odd.py KIND PORT

  urgent      urgent data both ways
  keepalive   silence for some seconds, kept up by probes of both ends
  window      a receiver that does not read: its window closes and is probed
  forgotten   the client vanishes without a word and connects again from the
              same port: its SYN meets a connection that the server still has
  lost        the server vanishes without a word, and the client sends on

Prints the client's port. Exit status 0 if every octet came that had to.
"""

import os
import select
import socket
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from real import SERVER, listen, socket_in  # noqa: E402

TCP_REPAIR = 19
PATIENCE = 40


def pair(port, rcvbuf=0, sport=0):
    listener = listen(port, rcvbuf)
    client = socket_in('client')
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(('', sport))
    ends = client, meet(client, listener, port)
    for end in ends:
        end.settimeout(PATIENCE)
    return ends


def meet(client, listener, port):
    for end in (client, listener):
        end.settimeout(PATIENCE)
    client.connect((SERVER, port))
    return listener.accept()[0]


def exchange(ends, size=20000):
    for sender, receiver in (ends, ends[::-1]):
        data = os.urandom(size)
        sender.sendall(data)
        if read(receiver, size) != data:
            raise OSError('other data than were sent')


def read(end, size):
    data = b''
    while len(data) < size:
        more = end.recv(size - len(data))
        if not more:
            raise OSError('end of data after %d octets' % len(data))
        data += more
    return data


def close(ends):
    for end in ends:
        end.close()


def urgent(port):
    ends = pair(port)
    print(ends[0].getsockname()[1], flush=True)
    for sender, receiver in (ends, ends[::-1]):
        sender.sendall(b'before')
        sender.send(b'!', socket.MSG_OOB)
        if not select.select([], [], [receiver], PATIENCE)[2]:
            raise OSError('no urgent data')
        if receiver.recv(1, socket.MSG_OOB) != b'!':
            raise OSError('other urgent data than were sent')
        sender.sendall(b'behind')
        # a read stops at the urgent mark
        if read(receiver, 12) != b'beforebehind':
            raise OSError('other data than were sent')
    exchange(ends)
    close(ends)


def keepalive(port):
    ends = pair(port)
    print(ends[0].getsockname()[1], flush=True)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
    exchange(ends, 100)
    time.sleep(6)
    exchange(ends)
    close(ends)


def window(port):
    ends = pair(port, rcvbuf=8000)
    print(ends[0].getsockname()[1], flush=True)
    for sender, receiver in (ends, ends[::-1]):
        sent = b''
        sender.setblocking(False)
        quiet = time.monotonic() + 4
        while time.monotonic() < quiet:
            try:
                data = os.urandom(4000)
                sent += data[:sender.send(data)]
            except BlockingIOError:
                time.sleep(0.05)
        sender.settimeout(PATIENCE)
        if read(receiver, len(sent)) != sent:
            raise OSError('other data than were sent')
    exchange(ends)
    close(ends)


def vanish(end):
    """Its stack forgets the connection and sends nothing."""
    end.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    end.close()


def forgotten(port):
    client, server = pair(port)
    sport = client.getsockname()[1]
    print(sport, flush=True)
    exchange((client, server))
    vanish(client)
    again = pair(port, sport=sport)
    exchange(again)
    close(again)
    server.close()


def lost(port):
    client, server = pair(port)
    print(client.getsockname()[1], flush=True)
    exchange((client, server))
    vanish(server)
    client.sendall(b'is anybody there?')
    try:
        client.recv(1)
    except ConnectionResetError:
        return
    raise OSError('no RST')


if __name__ == '__main__':
    KINDS = {f.__name__: f for f in
             (urgent, keepalive, window, forgotten, lost)}
    KINDS[sys.argv[1]](int(sys.argv[2]))
