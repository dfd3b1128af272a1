#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""guest.py RESULTS PART...: measures, inside the VM of scripts/bench.sh.

Appends lines to the folder RESULTS:

  raw.tsv   tracker, row, flows, samples, then ticks a packet (or another unit,
            see report.py): min, median, mean, p99, p99.9, max
  lag.tsv   tracker, flows, seconds after its deadline that a flow was there

A part is one of
  kinds            packets of every kind, 1,024 flows in the table
  guard            those of them that must not get dearer
  scale=N[,N...]   the same among so many flows; memory; listing
  limit            a SYN when the table is full
  lag=N            how long expired flows stay, among N flows
  grow=N           from empty to N flows and back, see load.py
  churn=RATE       so many flows a second that come and go, see load.py
  native=N         kinds, and among 1,000 and N flows, in nanoseconds (in User
                   Mode Linux); whole listing of N flows
  dump=N           what listings of N flows do to packets, see load.py
  cpus             two processors against one (a VM with two)
  smp              the same natively (in User Mode Linux with two)
"""

import os
import subprocess
import sys
import time

import load
from trackers import (IpConntrack, NfConntrack, Results, Tracker,
                      TunedNfConntrack, bench)

LISTED_AT_MOST = {'nf_conntrack': int(os.environ.get('IP_CONNTRACK_NF_LISTS',
                                                     '10000'))}


def kinds(results, tracker, only=None):
    """Each kind of packet has flows of its own, which do not meet."""
    few = 1024
    tracker.load()
    bench(f'push kind=tcp-open flows={few}')
    tracker.settle()
    results.push(tracker, few, f'kind=tcp flows={few} groups=200')
    bench(f'push kind=udp-open from=2000000 flows={few}')
    tracker.settle()
    results.push(tracker, few, f'kind=udp from=2000000 flows={few} groups=200')
    results.push(tracker, few, 'kind=tcp-syn from=4000000 flows=3200')
    tracker.settle()
    results.push(tracker, few, 'kind=tcp-conn from=5000000 flows=3200')
    if not only:
        results.push(tracker, few, 'kind=udp-open from=6000000 flows=1280')
        results.push(tracker, few, 'kind=echo from=7000000 flows=1280')
    tracker.unload()


def guard(results, tracker):
    kinds(results, tracker, only=True)


def read_all(path):
    """Lines of a file, and the ticks that reading it took."""
    file = os.open(path, os.O_RDONLY)
    buffer = bytearray(131072)
    lines, ticks, n = 0, 0, 1
    while n:
        start = time.monotonic_ns()
        n = os.readv(file, [buffer])
        ticks += time.monotonic_ns() - start
        lines += buffer.count(b'\n', 0, n)
    os.close(file)
    return lines, ticks


def scale(results, tracker, sizes):
    alone = 'groups=100 random alone'
    if tracker.name == 'none':
        results.push(tracker, 0, f'kind=tcp flows=6400 {alone}', '-alone')
        results.push(tracker, 0, 'kind=tcp-syn flows=1600 alone', '-alone')
        return
    tracker.load()
    tracker.set('max', 1 << 24)
    tracker.timeout('syn', 3600)
    fresh, have = 12000000, 0
    for size in sizes:
        bench(f'push kind=tcp-open from={have} flows={size - have}')
        tracker.settle()
        have = size
        results.push(tracker, size, f'kind=tcp flows={size} {alone}', '-alone')
        results.push(tracker, size, f'kind=tcp-syn from={fresh} flows=1600 '
                     'alone', '-alone')
        fresh += 1600
        results.one(tracker, 'memory', size,
                    round(tracker.memory() / tracker.count(), 1))
        if size <= LISTED_AT_MOST.get(tracker.module, 1 << 24):
            lines, ticks = read_all(tracker.listing)
            results.one(tracker, 'list', size, round(ticks / lines))
            results.one(tracker, 'listed', size, lines)
            results.one(tracker, 'listing', size, round(ticks / 1e9, 3))
    tracker.unload()


def limit(results, tracker):
    """A full table: of active assured flows, then of unanswered ones too.

    Active are flows that have a packet between any two batches of SYNs."""
    if tracker.name == 'none':
        return
    few = 1024
    tracker.load()
    bench(f'push kind=tcp-open flows={few}')
    tracker.set('max', tracker.count())
    time.sleep(1)
    batches = []
    for batch in range(50):
        bench(f'push kind=tcp flows={few}')
        first = 4000000 + 64 * batch
        rows = bench(f'push kind=tcp-syn from={first} flows=64')
        batches.append(float(rows[0][2]))
    load.spread(results, tracker, 'tcp-syn-refused', few, sorted(batches))
    tracker.set('max', 1 << 20)
    bench('push kind=tcp-syn from=5000000 flows=6400')
    tracker.set('max', tracker.count())
    results.push(tracker, few, 'kind=tcp-syn from=6000000 flows=3200',
                 '-displaces')
    tracker.unload()


def lag(results, tracker, flows):
    """Ten waves of flows that nobody answers and that live for 5 s."""
    if tracker.name == 'none':
        return
    tracker.load()
    tracker.set('max', 1 << 24)
    tracker.timeout('udp', 5)
    bench(f'push kind=tcp-open flows={flows}')
    wave, waves, fresh, pause = 1280, 10, 12000000, 0.73
    begins, seen = [], []
    base = tracker.count()
    start = time.monotonic()
    while time.monotonic() < start + 200:
        now = time.monotonic()
        if len(begins) < waves and now >= start + len(begins) * pause:
            bench(f'push kind=udp-new from={fresh} flows={wave}')
            fresh += wave
            begins.append(time.monotonic())
        seen.append((time.monotonic(), tracker.count() - base))
        if len(begins) == waves and seen[-1][1] <= 0:
            break
        time.sleep(0.02)
    # flows that came first are taken to go first
    for number, begin in enumerate(begins):
        for share in range(0, 100, 5):
            gone = number * wave + wave * (share + 5) / 100
            when = next((at for at, left in seen if at > begin + 5 and
                         wave * waves - left >= gone), start + 200)
            results.add('lag.tsv', tracker.name, flows,
                        round(when - begin - 5, 3))
    tracker.unload()


def cpus(results, tracker, prefix='cpus'):
    """How much more two processors get done than one: for each of them what a
    packet takes apart, over what it takes while the other pushes, too."""
    tracker.load()
    bench('push kind=tcp-open flows=8194')
    for job, row in (('kind=tcp flows=4096', 'distinct'),
                     ('kind=tcp-same one from=8192', 'one'),
                     ('kind=tcp-ends one from=8193', 'ends')):
        ratios, times = [], []
        for _ in range(5):
            median = [float(line[3]) for line in
                      bench(f'push {job} groups=1000 cpus=2')]
            # what is above 2 the machine did meanwhile
            ratios.append(min(2, median[1] / median[0] +
                              median[3] / median[2]))
            times.append((median[0] + median[2]) / 2)
        load.spread(results, tracker, f'{prefix}-{row}', 8192, sorted(ratios))
        if prefix == 'smp':
            load.spread(results, tracker, f'two-{row}', 8192,
                        sorted(time * results.unit for time in times))
    tracker.unload()


def native(results, tracker, flows):
    results.in_nanoseconds()
    if tracker.name != 'nf_conntrack_tuned':
        kinds(results, tracker)
    scale(results, tracker, [1000, flows])


def main():
    folder, *parts = sys.argv[1:]
    trackers = [Tracker('none'), NfConntrack(), IpConntrack('observer'),
                IpConntrack('provider')]
    only = os.environ.get('IP_CONNTRACK_BENCH_ONLY')
    subprocess.run(['insmod', os.environ['IP_CONNTRACK_BENCH_KO']], check=True)
    with open(f'{folder}/kernel', 'w') as file:
        print(os.uname().release, os.uname().version, file=file)
    for part in parts:
        name, _, value = part.partition('=')
        results = Results(folder)
        for tracker in trackers + ([TunedNfConntrack()]
                                   if name == 'native' else []):
            if only and only not in (tracker.module, tracker.name) and \
               tracker.module != 'none':
                continue
            print(f'  {part}: {tracker.name}', flush=True)
            if name == 'kinds':
                kinds(results, tracker)
            elif name == 'guard':
                guard(results, tracker)
            elif name == 'scale':
                scale(results, tracker, [int(n) for n in value.split(',')])
            elif name == 'limit':
                limit(results, tracker)
            elif name == 'lag':
                lag(results, tracker, int(value))
            elif name == 'grow':
                load.grow(results, tracker, int(value))
            elif name == 'churn':
                load.churn(results, tracker, int(value))
            elif name == 'native':
                native(results, tracker, int(value))
            elif name == 'dump':
                load.dump(results, tracker, int(value))
            elif name == 'cpus':
                cpus(results, tracker)
            elif name == 'smp':
                results.in_nanoseconds()
                cpus(results, tracker, 'smp')
            else:
                raise SystemExit(f'no part {name}')


main()
