#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make README's tables from the sources, or check that they are up to date.

    scripts/readme.py           rewrite the tables in README.md
    scripts/readme.py --check   status 1, and the first stale line, if they differ

A table stands between <!-- NAME: begin --> and <!-- NAME: end -->:
    settings      from src/settings.h
    reasons       from src/reason.h
    differences   from tests/differences.json, by scripts/differences.py
    measured      from docs/bench/table.md, which make bench writes
"""
import pathlib
import re
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parent.parent


READ_ONLY = [
    ('ip_conntrack_count', 'flows now'),
    ('ip_conntrack_buckets', 'buckets now; the table sizes itself'),
]


def source(name):
    """A source file as one line per statement: continuations joined."""
    text = (TREE / name).read_text(encoding='utf-8')
    return re.sub(r'\\\n', ' ', text)


def settings():
    yield '| file (and module parameter) | second name | default | meaning |'
    yield '|---|---|---|---|'
    text = source('src/settings.h').split('#define IP_CT_SETTINGS', 1)[1]
    rows = re.findall(r'\b(ALIAS|PLAIN)\((\w+),\s*([^"]*),\s*"([^"]*)"\)', text)
    for kind, symbol, rest, meaning in rows:
        fields = [f.strip() for f in rest.split(',')]
        alias = f'`{fields[1]}`' if kind == 'ALIAS' else ''
        default = fields[2 if kind == 'ALIAS' else 1]
        if symbol == 'MAX':
            default = 'from memory'
        elif 'timeout' in fields[0]:
            default += ' s'
        yield f'| `{fields[0]}` | {alias} | {default} | {meaning} |'
    for name, note in READ_ONLY:
        yield f'| `{name}` (read-only) | | | {note} |'


def reasons():
    yield '| name | class | meaning |'
    yield '|---|---|---|'
    text = source('src/reason.h').split('#define IP_CT_REASONS(X)', 1)[1]
    for name, cls, meaning in re.findall(
            r'X\(\w+,\s*"(\w+)",\s*(\w+),\s*"([^"]*)"\)', text):
        yield f'| `{name}` | {cls} | {meaning} |'


def differences():
    script = TREE / 'scripts/differences.py'
    if script.exists():
        out = subprocess.run([sys.executable, script], check=True,
                             capture_output=True, text=True)
        yield from out.stdout.rstrip('\n').split('\n')


def measured():
    table = TREE / 'docs' / 'bench' / 'table.md'
    if table.exists():
        lines = table.read_text(encoding='utf-8').rstrip('\n').split('\n')
        yield from lines[1:]    # without its licence


def main():
    readme = TREE / 'README.md'
    old = new = readme.read_text(encoding='utf-8')
    for make in (settings, reasons, differences, measured):
        begin, end = (f'<!-- {make.__name__}: {w} -->' for w in ('begin', 'end'))
        if begin not in new or end not in new:
            sys.exit(f'README.md: no {begin} ... {end}')
        head, rest = new.split(begin, 1)
        tail = rest.split(end, 1)[1]
        new = f'{head}{begin}\n' + '\n'.join(make()) + f'\n{end}{tail}'
    if sys.argv[1:] == ['--check']:
        if new != old:
            for was, want in zip(old.split('\n'), new.split('\n')):
                if was != want:
                    sys.exit(f'README.md is stale (run scripts/readme.py):\n- {was}\n+ {want}')
            sys.exit('README.md is stale (run scripts/readme.py)')
    elif sys.argv[1:]:
        sys.exit(__doc__)
    elif new != old:
        readme.write_text(new, encoding='utf-8')
        print('README.md rewritten')


if __name__ == '__main__':
    main()
