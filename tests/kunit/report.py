#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads the console of the test kernel, judges it, says so.

    report.py [--leak-scan] [-v] < console

Prints a line for each suite, what a failed case asserted and how to run it
again, and whatever a checker of the kernel had to say. The last line is
"N passed, N failed, N skipped" (test cases). Status 0 if at least one case
passed or was skipped, none failed, no checker spoke and the kernel came to its
end; with --leak-scan also only if the leak scan was made.
"""
import re
import sys
import time

# What a kernel says when something is wrong with it. Each starts a report,
# whose lines go on to the next result of a test (or to the limit).
REPORT = re.compile(
    r'BUG:|WARNING:|UBSAN:|KASAN:|KCSAN:|ODEBUG:|Oops|Kernel panic'
    r'|INFO: (possible|task|rcu|trying|suspicious|Slab)'
    r'|rcu: .*(stall|starved)|suspicious RCU usage|DEBUG_LOCKS_WARN_ON'
    r'|possible (circular|recursive)|inconsistent lock state|bad unlock balance'
    r'|unreferenced object|kmemleak: (?!Kernel memory leak detector init'
    r'|Automatic memory scanning thread started)'
    r'|list_(add|del) corruption|refcount_t:|general protection|cut here'
    r'|Segfault with no mm|sysctl table check failed|sysctl duplicate'
    r'|[Oo]bjects remaining|page allocation failure|Out of memory'
    r'|unregister_netdevice: waiting|Sleep(ing)? .*atomic|Call Trace')
REPORT_LINES = 60

RESULT = re.compile(r'^(?P<indent> *)(?P<bad>not )?ok \d+ (- )?'
                    r'(?P<name>.*?)(?P<skip> # SKIP\b.*)?$')
PLAN = re.compile(r'^(?P<indent> *)1\.\.(?P<n>\d+)$')
SUBTEST = re.compile(r'^ {4}# Subtest: (?P<name>.*)$')
TIMING = re.compile(r'^ *# .*: pass:\d+ fail:\d+ skip:\d+ total:\d+$')
START = re.compile(r'^K?TAP version')
SCANNED = 'ip_conntrack: leak scan done'
ENDED = re.compile(r'reboot: (System halted|Power down|Restarting)')


class Reader:
    """One pass over the console, a line at a time."""

    def __init__(self, verbose):
        self.verbose = verbose
        self.passed = self.failed = self.skipped = 0
        self.suites_planned = None
        self.suites_seen = 0
        self.suite = None
        self.cases_planned = None
        self.case_count = [0, 0, 0]
        self.said = []          # since the last result: a failed case's words
        self.again = []         # cases and suites to run again
        self.reports = 0
        self.report_left = 0
        self.scanned = self.ended = self.started = False
        self.suite_began = self.case_began = time.monotonic()

    def rerun(self, case):
        name = self.suite or ''
        if case:
            name += '.' + re.sub(r'[^\w.*-]', '?', case)
        self.again.append(name)

    def in_report(self, line):
        if REPORT.search(line):
            if self.report_left == 0:
                self.reports += 1
                where = f' in suite {self.suite}' if self.suite else ''
                print(f'  REPORT from the kernel{where}:')
                if self.suite:
                    self.rerun(None)
            self.report_left = REPORT_LINES
        if self.report_left:
            self.report_left -= 1
            print(f'    {line}')

    def case(self, m):
        now = time.monotonic()
        took, self.case_began = now - self.case_began, now
        if m['bad']:
            self.failed += 1
            self.case_count[1] += 1
            print(f'  FAIL {self.suite}: {m["name"]}')
            for line in self.said:
                print(f'    {line.strip()}')
            self.rerun(m['name'])
        elif m['skip']:
            self.skipped += 1
            self.case_count[2] += 1
            print(f'  skip {self.suite}: {m["name"]}{m["skip"]}')
        else:
            self.passed += 1
            self.case_count[0] += 1
            if self.verbose:
                print(f'  ok   {self.suite}: {m["name"]} ({took:.1f} s)')
        self.said = []

    def suite_end(self, m):
        self.suites_seen += 1
        done = sum(self.case_count)
        if self.suite == m['name'] and self.cases_planned != done:
            self.failed += 1
            print(f'  FAIL {self.suite}: {done} of {self.cases_planned} cases '
                  f'gave a result')
        elif m['bad'] and not self.case_count[1]:
            # its init failed, so it never announced itself
            self.failed += 1
            self.suite = m['name']
            print(f'  FAIL {self.suite}: the suite failed')
            for line in self.said:
                print(f'    {line.strip()}')
            self.rerun(None)
        p, f, s = self.case_count
        word = 'FAIL' if m['bad'] else 'ok  '
        print(f'  {word} suite {m["name"]}: {p} passed, {f} failed, '
              f'{s} skipped ({time.monotonic() - self.suite_began:.1f} s)')
        self.suite = self.cases_planned = None
        self.case_count = [0, 0, 0]
        self.said = []

    def line(self, line):
        if START.match(line):
            self.started = True
        if SCANNED in line:
            self.scanned = True
        if ENDED.search(line):
            self.ended = True

        m = PLAN.match(line)
        if m:
            if m['indent'] == '':
                self.suites_planned = int(m['n'])
            elif len(m['indent']) == 4:
                self.cases_planned = int(m['n'])
            return
        m = SUBTEST.match(line)
        if m:
            self.suite = m['name']
            self.report_left = 0
            self.suite_began = self.case_began = time.monotonic()
            return
        m = RESULT.match(line)
        if m and self.started:
            self.report_left = 0
            if m['indent'] == '':
                self.suite_end(m)
            elif len(m['indent']) == 4:
                self.case(m)
            elif m['bad']:
                self.said.append('parameter ' + m['name'])
            return
        self.in_report(line)
        if not self.started or TIMING.match(line) or 'TAP version' in line:
            return
        self.said.append(line)
        if self.verbose:
            print(f'    | {line}')

    def verdict(self, want_scan):
        """Return the list of what is wrong beside failed cases."""
        wrong = []
        if not self.started:
            wrong.append('the kernel started no test')
        elif self.suites_planned is not None and \
                self.suites_seen < self.suites_planned:
            where = f', in suite {self.suite}' if self.suite else ''
            wrong.append(f'the kernel stopped after {self.suites_seen} of '
                         f'{self.suites_planned} suites{where}')
            if self.suite:
                self.rerun(None)
        elif not self.ended:
            wrong.append('the kernel did not halt by itself')
        elif want_scan and not self.scanned:
            wrong.append('the scan for leaks was not made')
        if self.started and not self.passed + self.failed + self.skipped:
            wrong.append('no test case ran')
        if self.reports:
            wrong.append(f'{self.reports} report(s) from the kernel, see above')
        return wrong


def main():
    reader = Reader('-v' in sys.argv)
    tail = []
    for raw in sys.stdin.buffer:
        line = raw.decode(errors='replace').rstrip()
        tail = (tail + [line])[-25:]
        reader.line(line)
        sys.stdout.flush()

    wrong = reader.verdict('--leak-scan' in sys.argv)
    if wrong and not reader.ended and not reader.reports:
        print('  the last lines of its console:')
        for line in tail:
            print(f'    {line}')
    for reason in wrong:
        print(f'  FAIL {reason}')
    for name in dict.fromkeys(reader.again):
        print(f"  again: make test T='{name}'" if '?' in name or '*' in name
              else f'  again: make test T={name}')
    # a run that is wrong as a whole is a failed test too
    failed = reader.failed + (1 if wrong and not reader.failed else 0)
    print(f'{reader.passed} passed, {failed} failed, {reader.skipped} skipped')
    return 1 if failed or wrong else 0


if __name__ == '__main__':
    sys.exit(main())
