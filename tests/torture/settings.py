#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Writes nonsense into settings, and wants each to stay a number.

    settings.py FOLDER SECONDS SEED      the files of a folder of sysctls
    settings.py --parameters N SEED      prints N lists of module parameters

What is refused must leave the value as it was; what is taken must read back as
the number that was written. Prints how many writes were refused and taken.
Status 1 if a file does otherwise.
"""
import os
import random
import sys
import time

ODD = [b'', b'\n', b' ', b'0', b'1', b'-1', b'+1', b'00012', b'4294967295',
       b'4294967296', b'18446744073709551616', b'0x10', b'010', b'1 2',
       b'1\n2\n', b'1\x002', b'\x00', b'9' * 31, b'9' * 32, b'1' + b' ' * 40,
       b' 5 ', b'5\n\n', b'5;6', b'%s%n', b'\xff' * 8, b'A' * 4096, b'1e3',
       b'-0', b'2147483647', b'2147483648', b'-2147483649', b'inf', b'nan']


def nonsense(rng):
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(ODD)
    if kind == 1:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(40)))
    if kind == 2:
        return b'%d' % rng.getrandbits(rng.randrange(1, 70))
    text = bytearray(rng.choice(ODD) or b'1')
    text[rng.randrange(len(text))] = rng.randrange(256)
    return bytes(text)


def attempt(path, data):
    """Whether the write was taken."""
    try:
        fd = os.open(path, os.O_WRONLY)
    except OSError:
        return False
    try:
        return os.write(fd, data) == len(data)
    except OSError:
        return False
    finally:
        os.close(fd)


def value_of(path):
    with open(path, 'rb') as file:
        return file.read()


def fuzz(folder, seconds, rng):
    names = sorted(n for n in os.listdir(folder) if n.startswith('ip_c'))
    names = [n for n in names if n not in ('ip_conntrack_count',
                                           'ip_conntrack_buckets')]
    refused = taken = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        path = os.path.join(folder, rng.choice(names))
        data = nonsense(rng)
        before = value_of(path)
        ok = attempt(path, data)
        after = value_of(path)
        if ok and data and after.strip() != b'%d' % int(data):
            sys.exit('%s: wrote %r, reads %r' % (path, data, after))
        if not ok and after != before:
            sys.exit('%s: refused %r, was %r, is %r' % (path, data, before,
                                                        after))
        refused += not ok
        taken += ok
    print('%d writes refused, %d taken' % (refused, taken))
    if not names or not refused:
        sys.exit('nothing was refused')


def parameters(count, rng):
    """For insmod: printable, one word each."""
    names = ['ip_conntrack_max', 'hashsize', 'role', 'ip_ct_udp_timeout',
             'ip_conntrack_tcp_loose', 'ip_conntrack_log_invalid',
             'ip_conntrack_source_max', 'no_such_parameter']
    for _ in range(count):
        words = []
        for name in rng.sample(names, rng.randrange(1, 4)):
            value = ''.join(chr(c) for c in nonsense(rng) if 33 <= c < 127)
            words.append(name + '=' + value[:64].replace('"', ''))
        print(' '.join(words))


def main():
    if sys.argv[1] == '--parameters':
        parameters(int(sys.argv[2]), random.Random(int(sys.argv[3])))
    else:
        fuzz(sys.argv[1], float(sys.argv[2]), random.Random(int(sys.argv[3])))


main()
