#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# timeout: 120
# accel: single
#
# A dump takes the same memory for fifty entries as for twenty thousand: what
# the kernel allots to a reader of the file, from open() to close(), is taken
# from its own trace events.

. "$(dirname "$0")/../lib.sh"

mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null || :
lab_up
load_module hashsize=64
sysctl_set ip_ct_udp_timeout 600
sysctl_set ip_conntrack_max 100000

# prints: lines read, most bytes held at a time, bytes never given back
measure() { python3 - "$PROC" <<'END'
import os
import re
import sys

TRACING = '/sys/kernel/tracing/'
EVENTS = ['kmem/' + name for name in (
    'kmalloc', 'kmalloc_node', 'kfree', 'kmem_cache_alloc',
    'kmem_cache_alloc_node', 'kmem_cache_free', 'mm_page_alloc',
    'mm_page_free')]
EVENTS = [name for name in EVENTS if os.path.isdir(TRACING + 'events/' + name)]


def tell(name, text):
    with open(TRACING + name, 'w', encoding='ascii') as setting:
        setting.write(text)


def switch(on):
    for event in EVENTS:
        tell('events/%s/enable' % event, '0')
        tell('events/%s/filter' % event,
             'common_pid == %d' % os.getpid() if on else '0')
        tell('events/%s/enable' % event, '1' if on else '0')


room = bytearray(65536)
lines = 0
tell('tracing_on', '0')
tell('buffer_size_kb', '8192')
tell('trace', '')
switch(True)
tell('tracing_on', '1')
proc = os.open(sys.argv[1], os.O_RDONLY)
while True:
    size = os.readv(proc, [room])
    if size == 0:
        break
    lines += room.count(b'\n', 0, size)
os.close(proc)
tell('tracing_on', '0')
switch(False)

held = {}
now = most = 0
with open(TRACING + 'trace', encoding='ascii') as trace:
    for line in trace:
        found = re.search(r' (k\w+|mm_page_\w+): .*\b(?:ptr|pfn)=(\S+)', line)
        if not found:
            continue
        key = found.group(1).startswith('mm_'), found.group(2)
        if 'alloc' in found.group(1):
            size = re.search(r'bytes_alloc=(\d+)', line)
            order = re.search(r'order=(\d+)', line)
            held[key] = int(size.group(1)) if size else \
                4096 << int(order.group(1))
            now += held[key]
            most = max(most, now)
        else:
            now -= held.pop(key, 0)
print(lines, most, now)
# as it was
tell('trace', '')
tell('tracing_on', '1')
END
}

play flood c udp 50 sport=2000 dport=9
measure >/dev/null # what is allotted once only
read -r few small_peak small_left <<<"$(measure)"
play flood c udp 20000 sport=2000 dport=10
read -r many large_peak large_left <<<"$(measure)"
STEP="a dump of $few entries holds $small_peak bytes, one of $many $large_peak"
echo "    measured $STEP"
expect_eq "$few" 50
expect_eq "$many" 20050
[ "$small_peak" -ge 4096 ] || fail 'at least the buffer of a page' "$small_peak"
# the slab may have to take a page or two of its own meanwhile
[ "$large_peak" -le $((small_peak + 16384)) ] ||
	fail 'no more memory for more entries' "$large_peak"
[ "$large_left" -le $((small_left + 16384)) ] ||
	fail 'all of it is given back' "$large_left bytes are not"

unload_module
no_kernel_complaints
