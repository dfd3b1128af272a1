#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""vm-frozen.py SOCKET KALLSYMS: where the processors of a guest are.

Asks QEMU (its QMP socket) five times in a second where each processor is, and
names the kernel's function there by the guest's own /proc/kallsyms. For a guest
that does not say any more what it does (scripts/vm.sh).
"""

import bisect
import json
import re
import socket
import sys
import time

SAMPLES = 5


def symbols(path):
    """Start addresses and names of functions, sorted by address."""
    rows = []
    try:
        with open(path, encoding='ascii', errors='replace') as file:
            for line in file:
                part = line.split()
                if len(part) >= 3 and part[1] in 'tTwW':
                    module = ' ' + part[3] if len(part) > 3 else ''
                    rows.append((int(part[0], 16), part[2] + module))
    except (OSError, ValueError):
        pass
    rows.sort()
    return [row[0] for row in rows], [row[1] for row in rows]


def name_of(addr, starts, names):
    """The function that holds the address."""
    at = bisect.bisect_right(starts, addr) - 1
    if addr < 1 << 47:
        return '%#x of a program' % addr
    return names[at] if at >= 0 else '%#x' % addr


class Monitor:
    """QEMU's control socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(5)
        self.socket.connect(path)
        self.lines = self.socket.makefile('r', encoding='utf-8')
        self.lines.readline()
        self.ask('qmp_capabilities')

    def ask(self, command, **arguments):
        """One command's answer; what comes unasked is passed over."""
        message = {'execute': command, 'arguments': arguments}
        self.socket.sendall(json.dumps(message).encode())
        for _ in range(100):
            answer = json.loads(self.lines.readline())
            if 'return' in answer:
                return answer['return']
            if 'error' in answer:
                break
        return ''


def main():
    """Print a line for each processor."""
    monitor = Monitor(sys.argv[1])
    starts, names = symbols(sys.argv[2])
    seen = {}
    for _ in range(SAMPLES):
        text = monitor.ask('human-monitor-command',
                           **{'command-line': 'info registers -a'})
        for cpu, body in re.findall(r'CPU#(\d+)(.*?)(?=CPU#|\Z)', text, re.S):
            rip = re.search(r'RIP=([0-9a-f]+)', body)
            idle = re.search(r'HLT=1', body)
            if rip:
                where = 'idle' if idle else name_of(int(rip.group(1), 16),
                                                    starts, names)
                seen.setdefault(int(cpu), []).append(where)
        time.sleep(1.0 / SAMPLES)
    for cpu, where in sorted(seen.items()):
        print('processor %d: %s' % (cpu, ', '.join(where)))


if __name__ == '__main__':
    main()
