#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Draw the TCP state machine from the transition table in src/tcp_fsm.c.

    scripts/state-diagram.py           write docs/tcp-states.svg (needs graphviz)
    scripts/state-diagram.py --dot     print the graph
    scripts/state-diagram.py --check   status 1 if the picture is stale

The picture holds a digest of the graph that it was drawn from, so checking it
needs no graphviz and does not depend on its version.
"""
import hashlib
import pathlib
import re
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parent.parent
SOURCE = TREE / 'src/tcp_fsm.c'
PICTURE = TREE / 'docs/tcp-states.svg'
SETTINGS = TREE / 'src/settings.h'

KINDS = ['none', 'SYN', 'SYN/ACK', 'FIN', 'ACK', 'RST']
DIRECTIONS = {'ORIGINAL': '→', 'REPLY': '←'}
# RST leads to CLOSE from everywhere: one edge says it better than nine.
FROM_ANYWHERE = 'RST'


def states(text):
    """Cell name -> state name, from the enum of cells."""
    return dict(re.findall(r'\b([A-Z]{2,3}) = TCP_CONNTRACK_(\w+)', text))


def transitions(text):
    """(from, to) -> list of (direction, kind), in the table's order."""
    name = states(text)
    table = text.split('static const u8 table[', 1)[1].split('\n};', 1)[0]
    found = {}
    rows = 0
    for block in re.split(r'\[IP_CT_DIR_', table)[1:]:
        direction = block.split(']', 1)[0]
        for row, cells in re.findall(r'\[(\w+)\]\s*=\s*\{([^}]*)\}', block):
            rows += 1
            cells = [c.strip() for c in cells.split(',') if c.strip()]
            if len(cells) != len(KINDS):
                sys.exit(f'{SOURCE}: row {row} has {len(cells)} cells')
            for kind, cell in zip(KINDS, cells):
                to = name.get(cell, name['SS'] if cell == 'ro' else None)
                if to and to != name[row]:
                    found.setdefault((name[row], to), []).append((direction, kind))
    if rows != len(DIRECTIONS) * len(name):
        sys.exit(f'{SOURCE}: {rows} rows for {len(name)} states')
    return found


def label(moves):
    """Moves that both directions share are said once."""
    parts = []
    for kind in KINDS:
        ways = [DIRECTIONS[d] for d in DIRECTIONS if (d, kind) in moves]
        if ways:
            parts.append(f'{"".join(ways)} {kind}')
    return r'\n'.join(parts)


def timeouts():
    """State name -> seconds, from the settings."""
    text = re.sub(r'\\\n', ' ', SETTINGS.read_text(encoding='utf-8'))
    return dict(re.findall(
        r'ALIAS\(TCP_\w+,\s*ip_ct_tcp_timeout_(\w+),\s*\w+,\s*(\d+),', text))


def graph():
    text = SOURCE.read_text(encoding='utf-8')
    seconds = timeouts()
    lines = ['digraph tcp {',
             '  rankdir=TB; nodesep=0.6; ranksep=0.55;',
             '  graph [fontname="sans-serif", labelloc=b, fontsize=11,',
             r'    label="→ original side\l← reply side\lRST: as far as its '
             r'receiver obeys it\lCLOSE and TIME_WAIT: a SYN begins a new '
             r'connection\ldashed from NONE: picked up in mid-stream\l"];',
             '  node [fontname="sans-serif", fontsize=12, shape=box, style="rounded,filled",',
             '    fillcolor="#eef3f8", color="#4a6785"];',
             '  edge [fontname="sans-serif", fontsize=10, color="#4a6785"];']
    for state in states(text).values():
        lines.append(f'  {state} [label="{state}\\n{seconds[state.lower()]} s"];')
    lines.append('  any [label="any state", style="rounded,dashed"];')
    lines.append('  any -> CLOSE [label="→← RST"];')
    lines.append('  { rank=same; any; LAST_ACK } { rank=same; CLOSE; TIME_WAIT }')
    for (a, b), moves in transitions(text).items():
        moves = [m for m in moves if m[1] != FROM_ANYWHERE]
        # what does not follow the life of a connection must not shape it
        aside = ', style=dashed' if a == 'NONE' and b != 'SYN_SENT' else ''
        if (a, b) in (('CLOSE', 'SYN_SENT'), ('TIME_WAIT', 'SYN_SENT')):
            aside = ', style=dashed, constraint=false'
        if moves:
            lines.append(f'  {a} -> {b} [label="{label(moves)}"{aside}];')
    lines.append('}')
    return '\n'.join(lines) + '\n'


def main():
    dot = graph()
    mark = f'<!-- drawn from {hashlib.sha256(dot.encode()).hexdigest()} -->'
    if sys.argv[1:] == ['--dot']:
        sys.stdout.write(dot)
    elif sys.argv[1:] == ['--check']:
        if not PICTURE.exists() or mark not in PICTURE.read_text(encoding='utf-8'):
            sys.exit(f'{PICTURE.relative_to(TREE)} is stale (run scripts/state-diagram.py)')
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        svg = subprocess.run(['dot', '-Tsvg'], input=dot, check=True,
                             capture_output=True, text=True).stdout
        licence = '<!-- SPDX-License-Identifier: GPL-2.0 -->'
        head, body = svg.split('?>', 1)
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_text(f'{head}?>\n{licence}\n{mark}{body}', encoding='utf-8')


if __name__ == '__main__':
    main()
