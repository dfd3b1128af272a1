#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""report.py RESULTS [--data DIR] [--pictures DIR] [--role ROLE]
report.py RESULTS --guard FILE [--keep]

Makes a table of what guest.py found (RESULTS/raw.tsv, lag.tsv), keeps the
data, draws it; or compares the main rows with committed figures.

Instructions are medians, net of the same way without a tracker; a new flow
among many, whose cost is uneven, is a mean. "Dearest by median" is that of
whole packets, with the way.
"""

import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
COLUMNS = ('n', 'min', 'median', 'mean', 'p99', 'p999', 'max')
NF, IP = 'nf_conntrack', 'ip_conntrack'
TOLERANCE = 1.03

# row, words, unit, statistic, decimals
ROWS = (
    ('tcp', 'established TCP', 'instructions', 'median', 0),
    ('udp', 'established UDP', 'instructions', 'median', 0),
    ('tcp-syn', 'new TCP flow (SYN)', 'instructions', 'median', 0),
    ('tcp-conn', 'short connection, mean of its 7 packets', 'instructions',
     'median', 0),
    ('udp-first', 'new UDP flow', 'instructions', 'median', 0),
    ('echo', 'ICMP echo, mean of request and reply', 'instructions',
     'median', 0),
    ('tcp-alone', 'established TCP among {} flows', 'instructions', 'mean', 0),
    ('tcp-syn-alone', 'new flow into {}', 'instructions', 'mean', 0),
    ('tcp-syn-refused', 'SYN refused at the limit', 'instructions',
     'median', 0),
    ('tcp-syn-displaces', 'SYN that takes another\'s place at the limit',
     'instructions', 'median', 0),
    ('memory', 'memory per flow, table included, {} flows', 'bytes',
     'median', 0),
    ('list', 'a line of the /proc file, {} flows', 'instructions',
     'median', 0),
    ('lag', 'expired entry still there at {} flows, longest', 'seconds',
     'max', 2),
    ('cpus-distinct', 'two CPUs against one, distinct flows', 'ratio',
     'median', 2),
    ('cpus-one', 'two CPUs against one, one flow', 'ratio', 'median', 2),
    ('cpus-ends', 'two CPUs against one, one flow, new data from each',
     'ratio', 'median', 2),
    ('ns-tcp', 'natively: established TCP', 'ns', 'median', 0),
    ('ns-udp', 'natively: established UDP', 'ns', 'median', 0),
    ('ns-tcp-syn', 'natively: new TCP flow (SYN)', 'ns', 'median', 0),
    ('ns-tcp-conn', 'natively: short connection, mean of its 7 packets', 'ns',
     'median', 0),
    ('ns-tcp-alone', 'natively: established TCP among {} flows, timed alone',
     'ns', 'median', 0),
    ('ns-tcp-alone-tuned', 'the same, nf_conntrack with 2M buckets, {} flows',
     'ns', 'median', 0),
    ('ns-tcp-syn-alone', 'natively: new flow into {}, timed alone', 'ns',
     'median', 0),
    ('smp-distinct', 'natively: two CPUs against one, distinct flows',
     'ratio', 'median', 2),
    ('smp-one', 'natively: two CPUs against one, one flow', 'ratio', 'median',
     2),
    ('smp-ends', 'natively: two CPUs against one, one flow, new data from '
     'each', 'ratio', 'median', 2),
    ('two-ends', 'natively: what a packet costs then', 'ns', 'median', 0),
    ('ns-listing', 'natively: the whole /proc file, {} flows', 'seconds',
     'median', 2),
    ('dump-median', 'natively: packet among {} flows, with a dump by without',
     'ratio', 'median', 3),
    ('dump-p999', 'natively: 99.9% of packets wait longer for it, {} flows',
     'µs', 'median', 1),
    ('grow-new', 'new flow while growing to {}: dearest by median', 'ratio',
     'worst', 1),
    ('grow-others', 'established TCP meanwhile, {}: dearest by median',
     'ratio', 'worst', 1),
    ('grow-lost', 'packets refused, flows missing, growing to {}', '',
     'median', 0),
    ('shrink-others', 'established TCP while {} flows end: dearest by median',
     'ratio', 'worst', 1),
    ('shrink-late', 'and 99.9% of them wait less than, {} flows',
     'instructions', 'p999', 0),
    ('shrink-lag', 'the last of {} flows gone after its time', 'seconds',
     'median', 2),
    ('grow-lockups', 'stalls that the kernel saw, {} flows', '', 'median', 0),
    ('churn-made', 'flows begun a second, for a minute', '1/s', 'median', 0),
    ('churn-ended', 'and ended a second', '1/s', 'median', 0),
    ('churn-flows', 'flows in the table meanwhile, at the most', '', 'max', 0),
    ('churn-memory', 'memory per flow meanwhile, at the most', 'bytes', 'max',
     0),
    ('churn-lag', 'the latest end after its time', 'seconds', 'max', 2),
    ('churn-lost', 'packets refused meanwhile', '', 'median', 0),
)
GUARDED = ('tcp', 'udp', 'tcp-syn', 'tcp-conn')


class Data:
    """{(tracker, row): {flows: {statistic: value}}}"""

    def __init__(self, folder, role):
        self.folder = folder
        self.role = role
        self.values = {}
        self.kernel = self.read('kernel').strip()
        runs = {}
        for line in self.read('raw.tsv').splitlines():
            tracker, row, flows, *numbers = line.split('\t')
            runs.setdefault((self.known(tracker), row, int(flows)), []).append(
                dict(zip(COLUMNS, map(float, numbers))))
        for key, stats in runs.items():
            # What was measured several times are times, to which others that
            # share a processor's core only add: the quietest run
            self.add(*key, min(stats, key=lambda run: run['median']))
        lags = {}
        for line in self.read('lag.tsv').splitlines():
            tracker, flows, seconds = line.split('\t')
            lags.setdefault((self.known(tracker), int(flows)),
                            []).append(float(seconds))
        self.compare_tuned()
        for (tracker, flows), seconds in lags.items():
            seconds.sort()
            self.add(tracker, 'lag', flows, {
                'n': len(seconds), 'min': seconds[0],
                'median': seconds[len(seconds) // 2],
                'mean': sum(seconds) / len(seconds),
                'max': seconds[-1]})
        self.lags = lags

    def compare_tuned(self):
        """Its rows stand for nf_conntrack in rows of their own."""
        for (tracker, row), by in list(self.values.items()):
            if tracker == f'{NF}_tuned':
                for who in IP, 'none':
                    if (who, row) in self.values:
                        self.values[who, f'{row}-tuned'] = \
                            self.values[who, row]
                self.values[NF, f'{row}-tuned'] = by

    def known(self, tracker):
        """guest.py measures both roles; here one of them is looked at."""
        return IP if tracker == f'{IP}_{self.role}' else tracker

    def read(self, name):
        try:
            with open(f'{self.folder}/{name}') as file:
                return file.read()
        except FileNotFoundError:
            return ''

    def add(self, tracker, row, flows, stats):
        self.values.setdefault((tracker, row), {})[flows] = stats

    def net(self, tracker, row, flows, statistic='median'):
        """Without what it costs when there is no tracker."""
        stats = self.values.get((tracker, row), {}).get(flows)
        if not stats:
            return None
        if row.startswith(('cpus', 'smp')):
            return stats[statistic]
        if statistic == 'worst':
            return stats['max'] / stats['median']
        base_row = row.replace('-refused', '').replace('-displaces', '')
        base = self.values.get(('none', base_row), {})
        base = next(iter(base.values()))['median'] if base else 0
        return stats[statistic] - base

    def sizes(self, row):
        return sorted({flows for (tracker, name), by in self.values.items()
                       for flows in by if name == row and
                       tracker in (NF, IP)})


def wanted(role):
    rules = {}
    with open(f'{HERE}/wanted.tsv') as file:
        for line in file:
            if not line.startswith('#'):
                row, who, rule, number, *least = line.split()
                if who == role:
                    rules[row] = (rule, float(number), *map(int, least))
    return rules


def limit_of(rule, nf, first, size):
    if not rule:
        return None
    kind, number, *least = rule
    if least and size < least[0]:
        return None
    other = {'limit': 1, 'x': nf, 'own': first}[kind]
    return None if other is None else number * other


def show(value, decimals):
    return '' if value is None else f'{value:.{decimals}f}'


def human(flows):
    """Short, where that is within a percent."""
    for unit, letter in ((1000000, 'M'), (1000, 'k')):
        if flows >= unit and abs(round(flows / unit) * unit - flows) * 100 \
                <= flows:
            return f'{round(flows / unit)}{letter}'
    return str(flows)


def lines(data, role):
    """Each line of the table, as a list of words."""
    rules = wanted(role)
    for row, words, unit, statistic, decimals in ROWS:
        sizes = data.sizes(row)
        for size in sizes:
            nf = data.net(NF, row, size, statistic)
            ip = data.net(IP, row, size, statistic)
            first = data.net(IP, row, sizes[0], statistic)
            limit = limit_of(rules.get(row), nf, first, size)
            good = '' if limit is None or ip is None else \
                'yes' if (round(ip, decimals) >= round(limit, decimals)
                          if row.startswith(('cpus', 'smp'))
                          else ip <= limit) else 'no'
            yield [words.format(human(size)), unit, show(nf, decimals), show(ip, decimals),
                   f'{ip / nf:.2f}' if ip is not None and nf else '',
                   show(limit, decimals), good]


def table(data, role):
    heads = ['', 'unit', NF, IP, 'ratio', 'wanted', 'reached']
    yield '| ' + ' | '.join(heads) + ' |'
    yield '|' + '---|' * 2 + '--:|' * 4 + '---|'
    for words in lines(data, role):
        yield '| ' + ' | '.join(words) + ' |'


def columns(data, role):
    """The same for a terminal."""
    rows = [['', 'unit', NF, IP, 'ratio', 'wanted', 'reached'],
            *lines(data, role)]
    width = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield '  '.join(word.ljust(width[i]) if i < 2 else word.rjust(width[i])
                        for i, word in enumerate(row)).rstrip()


def header(data, role, command):
    return (f'Linux {data.kernel}; ip_conntrack as {role}; {command}; '
            'net of no tracker')


def keep_data(data, folder, role):
    os.makedirs(folder, exist_ok=True)
    spdx = '# SPDX-License-Identifier: GPL-2.0\n'
    about = f'# {header(data, role, "make bench")}\n'
    with open(f'{folder}/bench.tsv', 'w') as out:
        out.write(spdx + f'# Linux {data.kernel}; make bench; not net\n')
        out.write('# tracker\trow\tflows\t' + '\t'.join(COLUMNS) + '\n')
        out.write(data.read('raw.tsv'))
    with open(f'{folder}/lag.tsv', 'w') as out:
        out.write(spdx + '# seconds after its deadline that a flow was there\n'
                  '# tracker\tflows\tseconds\n')
        out.write(data.read('lag.tsv'))
    name = 'table.md' if role == 'observer' else f'table-{role}.md'
    with open(f'{folder}/{name}', 'w') as out:
        out.write('<!-- SPDX-License-Identifier: GPL-2.0 -->\n')
        out.write(f'{about[2:-1]}\n\n')
        out.write('\n'.join(table(data, role)) + '\n')


def plot(path, lines_of_gnuplot):
    script = '\n'.join([
        "set terminal svg size 720,400 noenhanced font 'sans,12' background 'white'",
        f"set output '{path}'",
        'set grid ytics lc rgb "#dddddd"', 'set border 3',
        'set xtics nomirror', 'set ytics nomirror',
        'set style line 1 lc rgb "#888888" lw 2 pt 7 ps 0.6',
        'set style line 2 lc rgb "#1f6fb4" lw 2 pt 7 ps 0.6',
        *lines_of_gnuplot, ''])
    subprocess.run(['gnuplot'], input=script, text=True, check=True)


def block(name, points):
    return [f'${name} << END', *(' '.join(map(str, p)) for p in points),
            'END']


def curves(data, path, row, statistic, title, unit):
    script = []
    for name, tracker in (('nf', NF), ('ip', IP)):
        script += block(name, [
            (size, data.net(tracker, row, size, statistic))
            for size in data.sizes(row)
            if data.net(tracker, row, size, statistic) is not None])
    plot(path, script + [
        f"set title '{title}'", 'set logscale x', 'set xrange [700:*]', "set format x '%.0s%c'",
        "set xlabel 'flows'", f"set ylabel '{unit}'", 'set yrange [0:]',
        'set key top left',
        f"plot $nf with linespoints ls 1 title '{NF}', "
        f"$ip with linespoints ls 2 title '{IP}'"])


def draw(data, folder):
    curves(data, f'{folder}/bench-flows.svg', 'tcp-alone', 'mean',
           'An established TCP packet among so many flows',
           'instructions')
    curves(data, f'{folder}/bench-list.svg', 'list', 'median',
           'A line of the listing', 'instructions')
    kinds = ('udp', 'udp-first', 'echo-request', 'echo-reply', 'conn-syn',
             'conn-synack', 'conn-ack', 'conn-data', 'conn-fin', 'conn-fin2',
             'conn-last', 'tcp')
    points = [(f'"{kind}"', data.net(NF, kind, 1024), data.net(IP, kind, 1024))
              for kind in kinds if data.net(IP, kind, 1024) is not None]
    plot(f'{folder}/bench-kinds.svg', block('kinds', points) + [
        "set title 'What a packet costs, by its kind'",
        "set ylabel 'instructions'", 'set yrange [0:]',
        'set style data histogram', 'set style histogram clustered gap 1',
        'set style fill solid 0.9 noborder', 'set xtics rotate by -40',
        'set key top left',
        f"plot $kinds using 2:xtic(1) ls 1 title '{NF}', "
        f"'' using 3 ls 2 title '{IP}'"])
    script = []
    for name, tracker in (('nf', NF), ('ip', IP)):
        seconds = sorted(x for (who, _), all_of in data.lags.items()
                         for x in all_of if who == tracker)
        script += block(name, [(max(x, 0.001), 100 * (1 - i / len(seconds)))
                               for i, x in enumerate(seconds)] or [(1, 0)])
    flows = max((flows for _, flows in data.lags), default=0)
    plot(f'{folder}/bench-lag.svg', script + [
        f"set title 'Expired flows still there, among {human(flows)} flows'",
        "set xlabel 'seconds after the deadline'", "set ylabel '%'",
        'set logscale x', 'set yrange [0:100]', 'set key top right',
        f"plot $nf with steps ls 1 title '{NF}', "
        f"$ip with steps ls 2 title '{IP}'"])
    for name in 'flows', 'list', 'kinds', 'lag':
        add_licence(f'{folder}/bench-{name}.svg')


def add_licence(path):
    with open(path) as file:
        first, rest = file.read().split('\n', 1)
    with open(path, 'w') as file:
        file.write(f'{first}\n<!-- SPDX-License-Identifier: GPL-2.0 -->\n'
                   f'{rest}')


def guard(folder, path, keep):
    """The main rows of both roles against committed figures."""
    have = {}
    for role in ('observer', 'provider'):
        data = Data(folder, role)
        have.update({f'{role}\t{row}': data.net(IP, row, 1024)
                     for row in GUARDED})
    if keep:
        with open(path, 'w') as out:
            out.write('# SPDX-License-Identifier: GPL-2.0\n'
                      f'# Linux {data.kernel}\n'
                      '# Instructions a packet that scripts/bench.sh --guard '
                      'holds the tree to;\n'
                      '# --guard --keep writes them anew, on purpose\n')
            for row, number in have.items():
                out.write(f'{row}\t{number:.0f}\n')
    status = 0
    with open(path) as file:
        for line in file:
            if line.startswith('# Linux ') and \
               line[8:].strip() != data.kernel:
                print('the figures are of another kernel: ' + line[8:].strip())
                return 77
            if line.startswith('#'):
                continue
            row, _, number = line.strip().rpartition('\t')
            number, now = float(number), have[row]
            word = 'ok'
            if now > number * TOLERANCE:
                word, status = 'DEARER', 1
            elif now < number / TOLERANCE:
                word = 'cheaper: scripts/bench.sh --guard --keep'
            print(f'  {" ".join(row.split()):17} {now:6.0f} instructions, '
                  f'{number:.0f} before: {word}')
    return status


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('results')
    parser.add_argument('--role', default='observer')
    parser.add_argument('--data')
    parser.add_argument('--pictures')
    parser.add_argument('--guard')
    parser.add_argument('--keep', action='store_true')
    args = parser.parse_args()
    if args.guard:
        sys.exit(guard(args.results, args.guard, args.keep))
    data = Data(args.results, args.role)
    print(header(data, args.role, 'medians'))
    print()
    print('\n'.join(columns(data, args.role)))
    if args.data:
        keep_data(data, args.data, args.role)
    if args.pictures and shutil.which('gnuplot'):
        draw(data, args.pictures)


main()
