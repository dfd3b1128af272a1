# SPDX-License-Identifier: GPL-2.0
"""What many flows do to the packets of others, inside the VM.

grow(N): from empty to N half-open flows, and back as their time-out ends them.
Every packet is timed alone. All the while a timer pushes packets of 102,400
established connections, in a softirq as a card's would be; while the table
empties nothing else runs, so that how late they are is what expiry makes them
wait for. How long the wheel's timer runs each time is taken from the kernel's
own trace events.

dump(N): a timer pushes packets of N established connections while a process
reads the whole listing again and again, and while it reads zeroes instead, in
turns of half a second; natively.

churn(RATE): the profile of a mobile gateway. Of 20 flows 13 are one question
and its answer (DNS), 4 one datagram that nobody answers, 1 a talk of six
datagrams (QUIC), 2 whole TCP connections of seven packets. Time-outs are 5 s
for what is not answered or has ended, 10 s for what is; the limit is 4 million.
Twelve seconds to fill, then a minute counts.
"""

import bisect
import os
import subprocess
import time

from trackers import bench

GROUP = 64
BASE = 1600 * GROUP
TRACING = '/sys/kernel/tracing/'


def seconds():
    return time.clock_gettime(time.CLOCK_MONOTONIC)


def refused():
    """Packets that were not simply tracked, by reason."""
    fine = ('insert_race', 'reopened')
    with open('/proc/net/ip_conntrack_reasons') as file:
        return sum(int(n) for name, n in map(str.split, file)
                   if name not in fine)


def lockups():
    log = subprocess.run(['dmesg'], capture_output=True, text=True,
                         check=True).stdout
    return sum(log.count(what) for what in
               ('soft lockup', 'detected stall', 'blocked for more than'))


class WheelTimer:
    """How long each run of the wheel's timer took, by the kernel's trace."""

    def __init__(self):
        if not os.path.isdir(TRACING + 'events'):
            subprocess.run(['mount', '-t', 'tracefs', 'tracefs', TRACING],
                           check=True)
        self.tell('buffer_size_kb', '32768')
        self.tell('trace', '')
        for event in 'entry', 'exit':
            self.tell(f'events/timer/timer_expire_{event}/enable', '1')

    @staticmethod
    def tell(name, text):
        with open(TRACING + name, 'w') as file:
            file.write(text)

    def stop(self):
        """Microseconds of each run, sorted."""
        for event in 'entry', 'exit':
            self.tell(f'events/timer/timer_expire_{event}/enable', '0')
        begun, took = {}, []
        with open(TRACING + 'trace') as trace:
            for line in trace:
                if 'timer_expire_' not in line or line[0] == '#':
                    continue
                what = line.split()
                at = next(i for i, w in enumerate(what)
                          if w.startswith('timer_expire_'))
                when, timer = float(what[at - 1].rstrip(':')), what[at + 1]
                if 'function=wheel_timer' in line:
                    begun[timer] = when
                elif what[at].startswith('timer_expire_exit') and \
                        timer in begun:
                    took.append((when - begun.pop(timer)) * 1e6)
        self.tell('trace', '')
        return sorted(took)


def spread(results, tracker, row, flows, values):
    """A line of raw.tsv of sorted values."""
    n = len(values)
    if n:
        results.add('raw.tsv', tracker.name, row, flows, n, *(
            round(x, 3) for x in (
                values[0], values[n // 2], sum(values) / n,
                values[n * 99 // 100], values[n * 999 // 1000], values[-1])))


def together(results, tracker, row, flows, lines):
    """Results of many commands: medians' median, the worst of the rest."""
    parts = [[float(x) for x in line[1:]] for line in lines]
    medians = sorted(p[2] for p in parts)
    n = sum(p[0] for p in parts)
    results.add('raw.tsv', tracker.name, row, flows, int(n),
                min(p[1] for p in parts), medians[len(medians) // 2],
                round(sum(p[0] * p[3] for p in parts) / n, 2),
                *(max(p[i] for p in parts) for i in (4, 5, 6)))


def paced(results, tracker, flows, cost, late=None):
    """Ends pacing; lateness is in nanoseconds wherever it is measured."""
    costs, lates = bench('paced')
    results.ticks(tracker, cost, flows, *costs[1:])
    if late:
        results.add('raw.tsv', tracker.name, results.prefix + late, flows,
                    *lates[1:])
    return costs[1:], lates[1:]


def grow(results, tracker, flows):
    if tracker.module != 'ip_conntrack':
        return
    chunk = 1600 * GROUP
    flows += -flows % chunk
    base, first, life = BASE, 1 << 21, 900
    tracker.load()
    tracker.set('max', 0)
    tracker.timeout('syn', life)
    bench(f'push kind=tcp-open flows={base}')
    bad = refused()
    lines = []
    pace = f'pace kind=tcp flows={base} every=100000 room=1048576'
    bench(pace)
    start = seconds()
    for have in range(0, flows, chunk):
        lines += bench(f'push kind=tcp-syn from={first + have} flows={chunk} '
                       'alone')
    took = seconds() - start
    paced(results, tracker, flows, 'grow-others')
    together(results, tracker, 'grow-new', flows, lines)
    results.one(tracker, 'grow-seconds', flows, round(took, 3))
    results.one(tracker, 'grow-lost', flows,
                flows + base - tracker.count() + refused() - bad)
    results.one(tracker, 'memory', flows,
                round(tracker.memory() / tracker.count(), 1))
    results.push(tracker, flows, f'kind=tcp flows={base} groups=100 random '
                 'alone', '-alone')

    time.sleep(max(0, start + life - 1 - seconds()))
    timer = WheelTimer()
    bench(pace)
    begun = seconds()
    while tracker.count() > base and seconds() < begun + took + 60:
        time.sleep(0.05)
    over = seconds()
    paced(results, tracker, flows, 'shrink-others', 'shrink-late')
    spread(results, tracker, 'shrink-timer', flows, timer.stop())
    # the last one's time-out began with the growth's end
    results.one(tracker, 'shrink-lag', flows,
                round(over - start - took - life, 3))
    results.one(tracker, 'shrink-left', flows, tracker.count() - base)
    time.sleep(5)
    results.one(tracker, 'shrink-buckets', flows, tracker.get('buckets'))
    results.one(tracker, 'grow-lockups', flows, lockups())
    tracker.unload()


def keep_reading(path, how_long):
    """Reads of the same size and frequency, whatever the file; whole lines."""
    until, buffer = seconds() + how_long, bytearray(65536)
    while seconds() < until:
        file = os.open(path, os.O_RDONLY)
        while os.readv(file, [buffer]) and seconds() < until:
            pass
        os.close(file)


ROUNDS = 10


def dump(results, tracker, flows):
    if tracker.module != 'ip_conntrack':
        return
    tracker.load()
    tracker.set('max', 0)
    bench(f'push kind=tcp-open flows={flows}')
    found = {'no': [], 'yes': []}
    for _ in range(ROUNDS):
        for when, path in ('no', '/dev/zero'), ('yes', tracker.listing):
            bench(f'pace kind=tcp flows={flows} every=50000 room=100000')
            keep_reading(path, 0.5)
            costs, lates = paced(results, tracker, flows, f'dump-{when}',
                                 f'dump-{when}-late')
            # median of what it costs, p99.9 of how late it was
            found[when].append((float(costs[2]), float(lates[5])))
    middle = {when: [sorted(x)[ROUNDS // 2] for x in zip(*rounds)]
              for when, rounds in found.items()}
    results.one(tracker, 'dump-median', flows,
                round(middle['yes'][0] / middle['no'][0], 3))
    results.one(tracker, 'dump-p999', flows,
                round((middle['yes'][1] - middle['no'][1]) / 1000, 2))
    tracker.unload()


MIX = (('udp-open', 13, 10), ('udp-new', 4, 5), ('udp-talk', 1, 10),
       ('tcp-conn', 2, 5))
SLICE, FILL, MINUTE = 0.064, 12, 60
NUMBERS = 1 << 24


class Churn:
    """Flows come as the clock says; what is known of them."""

    def __init__(self, rate):
        groups = round(rate * SLICE / GROUP)
        parts = sum(part for _, part, _ in MIX)
        self.share = [(kind, groups * part // parts * GROUP, life)
                      for kind, part, life in MIX]
        self.made = 0
        self.ends = []      # (deadline, how many), from the earliest packet
        self.first = 0      # number of the next flow

    def slice(self):
        for kind, flows, life in self.share:
            if self.first + flows > NUMBERS:
                self.first = 0
            self.ends.append((seconds() + life, flows))
            bench(f'push kind={kind} from={self.first} flows={flows}')
            self.first += flows
            self.made += flows

    def lags(self, samples):
        """How long the next that was to go had been overdue, at each."""
        whens, sums, total = [], [], 0
        for when, flows in sorted(self.ends):
            total += flows
            whens.append(when)
            sums.append(total)
        for at, gone in samples:
            i = bisect.bisect_right(sums, gone)
            if i < len(whens):
                yield max(0, at - whens[i])


def stat(column):
    with open('/proc/net/stat/ip_conntrack') as file:
        heads = file.readline().split()
        return sum(int(line.split()[heads.index(column)], 16)
                   for line in file)


def idle():
    with open('/proc/stat') as file:
        words = file.readline().split()
    return int(words[4]) / os.sysconf('SC_CLK_TCK')


def churn(results, tracker, rate):
    if tracker.module != 'ip_conntrack':
        return
    tracker.load()
    tracker.set('max', 1 << 22)
    for what, life in (('udp', 5), ('stream', 10), ('time_wait', 5)):
        tracker.timeout(what, life)
    flows, samples, ended, counts, memory = Churn(rate), [], [], [], []
    bad = refused()
    start = seconds()
    began = made = gone = rested = None
    n = 0
    while seconds() < start + FILL + MINUTE:
        flows.slice()
        n += 1
        count = tracker.count()
        samples.append((seconds(), flows.made - count))
        if began is None and samples[-1][0] >= start + FILL:
            began, made, rested = samples[-1][0], flows.made, idle()
            gone = stat('delete')
            ended.append((began, gone))
        if began and samples[-1][0] >= ended[-1][0] + 1:
            ended.append((samples[-1][0], stat('delete')))
            counts.append(count)
            memory.append(tracker.memory())
        time.sleep(max(0, start + n * SLICE - seconds()))
    took = seconds() - began
    per_second = sorted((b[1] - a[1]) / (b[0] - a[0])
                        for a, b in zip(ended, ended[1:]))
    rested = idle() - rested
    results.one(tracker, 'churn-made', rate, round((flows.made - made) / took))
    spread(results, tracker, 'churn-ended', rate, per_second)
    results.one(tracker, 'churn-idle', rate, round(rested / took, 3))
    spread(results, tracker, 'churn-flows', rate, sorted(counts))
    spread(results, tracker, 'churn-memory', rate,
           sorted(m / c for m, c in zip(memory, counts)))
    while tracker.count() and seconds() < start + FILL + MINUTE + 20:
        time.sleep(0.02)
        samples.append((seconds(), flows.made - tracker.count()))
    lags = sorted(flows.lags(samples))
    spread(results, tracker, 'churn-lag', rate, lags)
    results.one(tracker, 'churn-lost', rate, refused() - bad)
    results.one(tracker, 'churn-left', rate, tracker.count())
    tracker.unload()
