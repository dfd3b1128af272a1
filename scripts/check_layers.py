#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Proves the direction of the layers: down, never up.

    check_layers.py [--objects DIR]

A file includes only what is on its own layer or below; modules of their own
include only what other modules may, and what is theirs. With the objects of a
build (DIR; APART=1, so that each source has one) the same is proved of what it
calls. Each file has a layer.
Headers do not include each other in a circle. Pure files know no lock, no
namespace and no clock. Status 1 if anything is found.
"""
import glob
import os
import re
import subprocess
import sys

# From the ground up; a name stands for its .c and its .h.
LAYERS = [
    ('ground', ['compat', 'reason', 'ip_conntrack']),
    ('pure', ['packet', 'plain', 'tuple', 'tcp_fsm', 'tcp_fast', 'tcp_window']),
    ('store', ['stats', 'settings', 'ip_ct_trace', 'event', 'flow', 'table', 'expire', 'limit', 'net',
               'tcp_lock']),
    ('policy', ['proto', 'proto_*']),
    ('flow of work', ['core', 'report', 'attach', 'info', 'role']),
    ('edge', ['hooks', 'way', 'handover', 'procfs', 'sysctl', 'main']),
    ('edge, own modules', ['xt_*', 'nft_*', 'netlink*']),
]

# All that modules of their own may see of the core.
PUBLIC = ['ip_conntrack', 'compat']

# What pure code must not mention.
IMPURE = re.compile(r'\b(jiffies\w*|HZ|(raw_)?spin_?lock\w*|mutex\w*'
                    r'|rcu_\w+|struct net|ktime_get\w*|get_random\w*)\b')

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]((?:\.\./)*(?:\w+/)*)(\w+)\.h[">]')
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)


def layer_of(name):
    """Number of the layer of a file, None if it has none."""
    for number, (_, names) in enumerate(LAYERS):
        for pattern in names:
            if name == pattern or (pattern.endswith('*')
                                   and name.startswith(pattern[:-1])):
                return number
    return None


def ours(path, folder, name):
    """The file of ours that an include names, None for the kernel's."""
    near = os.path.join(os.path.dirname(path), folder, name + '.h')
    if os.path.exists(near):
        return os.path.normpath(near)
    if not folder:
        for place in ('src', 'include'):
            there = os.path.join(place, name + '.h')
            if os.path.exists(there):
                return there
    return None


def includes(path):
    with open(path, encoding='utf-8') as text:
        for number, line in enumerate(text, 1):
            m = INCLUDE.match(line)
            target = ours(path, m[1], m[2]) if m else None
            if target:
                yield number, target


def stem(path):
    return os.path.splitext(os.path.basename(path))[0]


def family(path):
    """xt of src/xt_state.c: files of one module share it."""
    return stem(path).split('_')[0]


def check_includes(files):
    for path in files:
        mine = layer_of(stem(path))
        if mine is None:
            yield f'{path}: stands on no layer (see LAYERS in ' \
                  'scripts/check_layers.py)'
            continue
        for number, target in includes(path):
            other = layer_of(stem(target))
            if other is not None and other > mine:
                yield f'{path}:{number}: {LAYERS[mine][0]} includes ' \
                      f'{os.path.basename(target)} of {LAYERS[other][0]}'
            elif mine == len(LAYERS) - 1 and stem(target) not in PUBLIC \
                    and family(path) != family(target):
                yield f'{path}:{number}: a module of its own includes ' \
                      f'{os.path.basename(target)}'


def check_circles(files):
    graph = {p: [t for _, t in includes(p)] for p in files
             if p.endswith('.h')}
    done = set()

    def visit(path, way):
        if path in way:
            circle = way[way.index(path):] + [path]
            yield 'headers in a circle: ' + ' -> '.join(
                os.path.basename(p) for p in circle)
        elif path not in done:
            for target in graph.get(path, []):
                yield from visit(target, way + [path])
            done.add(path)

    for path in graph:
        yield from visit(path, [])


def check_pure(files):
    pure = [n for n, (name, _) in enumerate(LAYERS) if name == 'pure'][0]
    for path in files:
        if layer_of(stem(path)) != pure:
            continue
        with open(path, encoding='utf-8') as text:
            code = COMMENT.sub(lambda m: re.sub(r'[^\n]', ' ', m[0]),
                               text.read())
        for number, line in enumerate(code.split('\n'), 1):
            m = IMPURE.search(line)
            if m and not line.lstrip().startswith('#'):
                yield f'{path}:{number}: pure code mentions {m[0]}'


def symbols(obj, *options):
    out = subprocess.run(['nm', '--format=posix', *options, obj], check=True,
                         stdout=subprocess.PIPE, text=True).stdout
    return {line.split()[0] for line in out.splitlines() if line}


def check_calls(folder):
    """What an object needs must be defined on its layer or below."""
    objects = [o for o in sorted(glob.glob(os.path.join(folder, '*.o')))
               if layer_of(stem(o)) is not None]
    if not objects:
        yield f'{folder}: no objects'
    home = {}
    for obj in objects:
        for name in symbols(obj, '--defined-only', '--extern-only'):
            home[name] = stem(obj)
    for obj in objects:
        mine = layer_of(stem(obj))
        for name in sorted(symbols(obj, '--undefined-only')):
            other = layer_of(home[name]) if name in home else -1
            if other > mine:
                yield f'{stem(obj)}.c: {LAYERS[mine][0]} uses {name} of ' \
                      f'{home[name]}.c, {LAYERS[other][0]}'


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    files = sorted(f for f in glob.glob('src/*.[ch]') + glob.glob('include/*.h')
                   if not f.endswith('.mod.c'))
    found = [*check_includes(files), *check_circles(files), *check_pure(files)]
    if '--objects' in sys.argv:
        found += check_calls(sys.argv[sys.argv.index('--objects') + 1])
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
