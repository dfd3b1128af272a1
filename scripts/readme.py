#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Make the tables of README.md and of the man page from the sources, or check
that they are up to date.

    scripts/readme.py           rewrite the tables
    scripts/readme.py --check   status 1, and the first stale line, if they differ

A table stands between <!-- NAME: begin --> and <!-- NAME: end -->, in
docs/ip_conntrack.4 between .\\" NAME: begin and .\\" NAME: end:
    kernels       from src/compat.h
    settings      from src/settings.h
    reasons       from src/reason.h
    differences   from tests/differences.json, by scripts/differences.py
    measured      from docs/bench/table*.md, which make bench writes
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


def kernels():
    text = source('src/compat.h')
    first, last = (
        '.'.join(re.search(r'#define IP_CT_LINUX_%s KERNEL_VERSION\((\d+), (\d+),'
                           % end, text).groups()) for end in ('FIRST', 'LAST'))
    yield (f'Supported: Linux {first} to {last}, x86-64; Debian 12 is where the '
           'tests run, and `make matrix` tries the others. Any other kernel is '
           'refused at build, with this range in the message.')


def setting_rows():
    """(name, second name or None, default, meaning) of each setting."""
    text = source('src/settings.h').split('#define IP_CT_SETTINGS', 1)[1]
    rows = re.findall(r'\b(ALIAS|PLAIN)\((\w+),\s*([^"]*),\s*"([^"]*)"\)', text)
    for kind, symbol, rest, meaning in rows:
        fields = [f.strip() for f in rest.split(',')]
        alias = fields[1] if kind == 'ALIAS' else None
        default = fields[2 if kind == 'ALIAS' else 1]
        if symbol == 'MAX':
            default = 'from memory'
        elif 'timeout' in fields[0]:
            default += ' s'
        yield fields[0], alias, default, meaning


def reason_rows():
    """(name, class, meaning) of each reason."""
    text = source('src/reason.h').split('#define IP_CT_REASONS(X)', 1)[1]
    return re.findall(r'X\(\w+,\s*"(\w+)",\s*(\w+),\s*"([^"]*)"\)', text)


def settings():
    yield '| file (and module parameter) | second name | default | meaning |'
    yield '|---|---|---|---|'
    for name, alias, default, meaning in setting_rows():
        alias = f'`{alias}`' if alias else ''
        yield f'| `{name}` | {alias} | {default} | {meaning} |'
    for name, note in READ_ONLY:
        yield f'| `{name}` (read-only) | | | {note} |'


def reasons():
    yield '| name | class | meaning |'
    yield '|---|---|---|'
    for name, cls, meaning in reason_rows():
        yield f'| `{name}` | {cls} | {meaning} |'


def man_settings():
    for name, alias, default, meaning in setting_rows():
        yield '.TP'
        yield f'.BR {name} " (' + (f'{alias}, ' if alias else '') + f'{default})"'
        yield meaning
    for name, note in READ_ONLY:
        yield '.TP'
        yield f'.BR {name} " (read-only)"'
        yield note


def man_reasons():
    for name, cls, meaning in reason_rows():
        yield '.TP'
        yield f'.BR {name} " ({cls})"'
        yield meaning


def differences():
    script = TREE / 'scripts/differences.py'
    if script.exists():
        out = subprocess.run([sys.executable, script], check=True,
                             capture_output=True, text=True)
        yield from out.stdout.rstrip('\n').split('\n')


def measured():
    folder = TREE / 'docs' / 'bench'
    tables = [folder / f'{name}.md' for name in ('table-provider', 'table')]
    for number, path in enumerate(p for p in tables if p.exists()):
        lines = path.read_text(encoding='utf-8').rstrip('\n').split('\n')
        yield from [''] * (number > 0) + lines[1:]  # without its licence


def filled(text, where, tables, mark):
    """The text with every table in it made anew."""
    for name, make in tables.items():
        begin, end = (mark.format(f'{name}: {w}') for w in ('begin', 'end'))
        if begin not in text or end not in text:
            sys.exit(f'{where}: no {begin} ... {end}')
        head, rest = text.split(begin, 1)
        tail = rest.split(end, 1)[1]
        text = f'{head}{begin}\n' + '\n'.join(make()) + f'\n{end}{tail}'
    return text


FILES = [
    ('README.md', '<!-- {} -->', {
        'kernels': kernels, 'settings': settings, 'reasons': reasons,
        'differences': differences, 'measured': measured}),
    ('docs/ip_conntrack.4', '.\\" {}', {
        'settings': man_settings, 'reasons': man_reasons}),
]


def complain(name, old, new):
    for was, want in zip(old.split('\n'), new.split('\n')):
        if was != want:
            sys.exit(f'{name} is stale (run scripts/readme.py):\n- {was}\n+ {want}')
    sys.exit(f'{name} is stale (run scripts/readme.py)')


def main():
    if sys.argv[1:] not in ([], ['--check']):
        sys.exit(__doc__)
    for name, mark, tables in FILES:
        path = TREE / name
        old = path.read_text(encoding='utf-8')
        new = filled(old, name, tables, mark)
        if new == old:
            continue
        if sys.argv[1:]:
            complain(name, old, new)
        path.write_text(new, encoding='utf-8')
        print(f'{name} rewritten')


if __name__ == '__main__':
    main()
