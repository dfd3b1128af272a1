#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What ip_conntrack knowingly does otherwise than nf_conntrack, as Markdown.

    scripts/differences.py               print the table
    scripts/differences.py --check FILE  status 1 if FILE has another one between
                                         <!-- differences: begin --> and
                                         <!-- differences: end -->

It is made from tests/differences.json, against which every packet of the
scenario beside-nf-conntrack-states is held: a row that no packet needs, or a
difference without a row, fails there. What it calls verdicts are held against
the packets of the scenarios with a firewall.
"""
import json
import pathlib
import sys

TREE = pathlib.Path(__file__).resolve().parent.parent
BEGIN = '<!-- differences: begin -->'
END = '<!-- differences: end -->'


def table():
    with open(TREE / 'tests/differences.json', encoding='ascii') as source:
        told = json.load(source)
    rows = told['rows'] + told['verdicts']
    yield '| situation | nf_conntrack | ip_conntrack | because | source |'
    yield '|---|---|---|---|---|'
    for row in rows:
        cells = [row[name] for name in
                 ('situation', 'nf', 'ours', 'reason', 'source')]
        yield '| ' + ' | '.join(c.replace('|', '\\|') for c in cells) + ' |'


def check(path):
    text = pathlib.Path(path).read_text(encoding='utf-8')
    if BEGIN not in text or END not in text:
        sys.exit(f'{path}: no {BEGIN} ... {END}')
    there = text.split(BEGIN, 1)[1].split(END, 1)[0].strip().split('\n')
    for was, want in zip(there + [''], list(table()) + ['']):
        if was != want:
            sys.exit(f'{path}: its table of differences is stale '
                     f'(run scripts/readme.py):\n- {was}\n+ {want}')


def main():
    if len(sys.argv) == 3 and sys.argv[1] == '--check':
        check(sys.argv[2])
    elif len(sys.argv) == 1:
        print('\n'.join(table()))
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()
