#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The trackers that are measured, how the benchmark module is told what to do,
and where the figures go.
"""

import os
import subprocess
import time


def slab_memory(name):
    """Bytes in slabs of a cache (the VM is booted with slab_nomerge)."""
    with open('/proc/slabinfo') as file:
        for line in file:
            words = line.split()
            if words[0] == name:
                pages, slabs = int(words[5]), int(words[14])
                return pages * slabs * os.sysconf('SC_PAGE_SIZE')
    raise SystemExit(f'no slab cache {name}')


BENCH = '/proc/ip_ct_bench'


NF_ROOT = os.environ.get('IP_CONNTRACK_NF_ROOT')


class Tracker:
    """A tracker and the names that it has for things."""

    def __init__(self, name, sysctl=None, prefix='', listing=None):
        self.name = name
        self.module = name
        self.options = []
        self.sysctl = sysctl
        self.prefix = prefix
        self.listing = listing

    def load(self):
        if self.module == 'nf_conntrack':
            # User Mode Linux: its modules are in a folder of their own
            if NF_ROOT:
                subprocess.run(['modprobe', '-d', NF_ROOT, 'nf_conntrack'],
                               check=True)
            bench('nf_conntrack on=1')
        elif self.module == 'ip_conntrack':
            subprocess.run(['insmod', os.environ['IP_CONNTRACK_KO'],
                            *self.options], check=True)
        bench('forget')

    def unload(self):
        if self.name == 'none':
            return
        if self.module == 'nf_conntrack':
            bench('nf_conntrack on=0')
        # work that the kernel has put off (DO_ONCE) holds a module until one
        # who measures lets the only processor go
        for _ in range(50):
            if not subprocess.run(['rmmod', self.module],
                                  stderr=subprocess.DEVNULL).returncode:
                return
            time.sleep(0.2)
        raise SystemExit(f'{self.module} cannot be unloaded')

    def get(self, what):
        with open(f'{self.sysctl}/{self.prefix}{what}') as file:
            return int(file.read())

    def set(self, what, value):
        with open(f'{self.sysctl}/{self.prefix}{what}', 'w') as file:
            file.write(str(value))

    def count(self):
        return self.get('count')

    def settle(self):
        """Until the work is done that the kernel puts off while somebody
        measures on the only processor: a table that grows."""
        if self.name == 'none':
            return
        last = 0
        for _ in range(100):
            time.sleep(0.2)
            size = self.get('buckets')
            if size == last:
                return
            last = size
        raise SystemExit(f'the table of {self.name} does not come to rest')

    def memory(self):
        """Bytes that its flows and their table take."""
        return slab_memory(self.module) + 8 * self.get('buckets')


class NfConntrack(Tracker):
    def __init__(self):
        super().__init__('nf_conntrack', '/proc/sys/net/netfilter',
                         'nf_conntrack_', '/proc/net/nf_conntrack')

    def timeout(self, what, seconds):
        self.set({'syn': 'tcp_timeout_syn_sent',
                  'udp': 'udp_timeout',
                  'stream': 'udp_timeout_stream',
                  'time_wait': 'tcp_timeout_time_wait'}[what], seconds)


class TunedNfConntrack(NfConntrack):
    """As who knows of the many flows to come would set it up."""

    def __init__(self):
        super().__init__()
        self.name = 'nf_conntrack_tuned'

    def load(self):
        super().load()
        with open('/sys/module/nf_conntrack/parameters/hashsize', 'w') as file:
            file.write(str(1 << 21))


class IpConntrack(Tracker):
    """The role is chosen at load time."""

    def __init__(self, role):
        super().__init__(f'ip_conntrack_{role}',
                         '/proc/sys/net/ipv4/netfilter',
                         'ip_conntrack_', '/proc/net/ip_conntrack')
        self.module = 'ip_conntrack'
        self.options = [f'role={role}']

    def timeout(self, what, seconds):
        name = {'syn': 'ip_ct_tcp_timeout_syn_sent',
                'udp': 'ip_ct_udp_timeout',
                'stream': 'ip_ct_udp_timeout_stream',
                'time_wait': 'ip_ct_tcp_timeout_time_wait'}[what]
        with open(f'{self.sysctl}/{name}', 'w') as file:
            file.write(str(seconds))


def bench(command):
    """Do it; return the lines of the result, split."""
    with open(BENCH, 'w') as file:
        file.write(command)
    with open(BENCH) as file:
        return [line.split() for line in file.read().splitlines()]


class Results:
    """@prefix: of rows; @unit: what a tick is in the rows' unit."""

    def __init__(self, folder):
        self.folder = folder
        self.prefix = ''
        self.unit = 1

    def in_nanoseconds(self):
        self.prefix = 'ns-'
        self.unit = 1e9 / int(bench('clock')[0][0])

    def add(self, file, *fields):
        with open(f'{self.folder}/{file}', 'a') as out:
            print(*fields, sep='\t', file=out)

    def one(self, tracker, row, flows, value):
        self.add('raw.tsv', tracker.name, self.prefix + row, flows, 1,
                 *[value] * 6)

    def ticks(self, tracker, row, flows, n, *values):
        """A line of the module's about times."""
        if self.unit != 1:
            values = (round(float(v) * self.unit, 2) for v in values)
        self.add('raw.tsv', tracker.name, self.prefix + row, flows, n, *values)

    def push(self, tracker, flows, command, suffix=''):
        for name, *values in bench('push ' + command):
            self.ticks(tracker, name + suffix, flows, *values)
