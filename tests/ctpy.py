#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""pyroute2, as it is, on the connections of this namespace.

    ctpy.py CLIENT SERVER SPORT DPORT

Lists them, finds the UDP connection of these ends in three ways, marks it,
makes another one and deletes both, and hears of each of these events. Prints
what it did; status 1 and the reason if something was otherwise.
"""
import signal
import socket
import sys

from pyroute2 import NFCTSocket
from pyroute2.netlink.nfnetlink.nfctsocket import NFCTAttrTuple

UDP = socket.IPPROTO_UDP


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f'{what}: {got}, not {wanted}')


def ports(entries):
    """Source and destination ports of entries, of those that have them."""
    found = []
    for entry in entries:
        proto = entry.get_attr('CTA_TUPLE_ORIG').get_attr('CTA_TUPLE_PROTO')
        found.append((proto.get_attr('CTA_PROTO_SRC_PORT'),
                      proto.get_attr('CTA_PROTO_DST_PORT')))
    return found


def main():
    signal.alarm(60)    # an answer that never comes is a failure
    client, server = sys.argv[1:3]
    sport, dport = map(int, sys.argv[3:])
    with open('/proc/net/ip_conntrack', encoding='ascii') as proc:
        lines = len(proc.readlines())
    one = {'saddr': client, 'daddr': server, 'proto': UDP,
           'sport': sport, 'dport': dport}
    watch = NFCTSocket()
    watch.bind(groups=1 | 2 | 4)    # new, update, destroy
    ct = NFCTSocket()

    expect('entries', len(list(ct.dump())), lines)
    expect('count', [m.get_attr('CTA_STATS_GLOBAL_ENTRIES') for m in ct.count()],
           [lines])
    expect('by address and port', ports(ct.dump(
        tuple_orig=NFCTAttrTuple(saddr=client, proto=UDP, dport=dport))),
        [(sport, dport)])
    expect('by its answers', ports(ct.dump(
        tuple_reply=NFCTAttrTuple(saddr=server, proto=UDP, sport=dport))),
        [(sport, dport)])
    expect('by its tuple', ports(ct.entry('get', tuple_orig=NFCTAttrTuple(**one))),
           [(sport, dport)])

    ct.entry('set', mark=4242, tuple_orig=NFCTAttrTuple(**one))
    expect('by its mark', ports(ct.dump(mark=4242)), [(sport, dport)])
    other = NFCTAttrTuple(saddr=client, daddr=server, proto=UDP, sport=3, dport=4)
    ct.entry('add', timeout=50, tuple_orig=other, tuple_reply=other.reverse())
    expect('one more', len(list(ct.dump())), lines + 1)
    ct.entry('del', tuple_orig=other)
    ct.flush(mark=4242)
    expect('one fewer', len(list(ct.dump())), lines - 1)

    heard = []
    while len(heard) < 4:
        heard += [message['header']['type'] & 255 for message in watch.get()]
    expect('events', heard, [0, 0, 2, 2])   # update, new, destroy, destroy
    print(f'pyroute2: {lines} listed, found, marked, made, deleted, heard')


if __name__ == '__main__':
    main()
