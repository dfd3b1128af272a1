#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The same packets before two trackers: nf_conntrack and ip_conntrack.

Runs in the namespace fw of the lab (tests/lib.sh), with nf_conntrack tracking
there. After every packet the flow's line in /proc/net/nf_conntrack is held
against its line in /proc/net/ip_conntrack: direction, state, [UNREPLIED] and
[ASSURED]. They agree, or a row of tests/differences.json says why not; all
else fails, and so does a row that no packet has needed.

  beside.py KO WHAT VALUE [WHAT VALUE]...
      script FILE                 conversations as written; every row of the
                                  table must be needed by one of them
      random PACKETS              seeded ones, so many at least;
                                  IP_CONNTRACK_SEED=N repeats them
      play 'STEP; STEP; ...'      one, step by step

Many conversations are played side by side, one packet of each a round, so
that one reading of the two files serves them all. Each has a port of its own
and knows nothing of the others. Packets leave from one processor and are
forwarded in order; a marker at the end of the round says that all are through.

Steps are the packets of tests/player.py without the word tcp ("c SA seq=5"),
and "wait SECONDS".
"""

import collections
import json
import os
import random
import re
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import player  # noqa: E402

NF_PROC = '/proc/net/nf_conntrack'
OUR_PROC = '/proc/net/ip_conntrack'
LIBERAL = '/proc/sys/net/ipv4/netfilter/ip_conntrack_tcp_be_liberal'
TABLE = os.path.join(HERE, 'differences.json')
SERVICE = 80            # port of the conversations' servers
FIRST_PORT = 2000       # and the first one of their clients
TOGETHER = 64           # conversations played side by side
MARKER = 253            # protocol of the packet that ends a round (RFC 3692)
LONG = 100000           # seconds: nothing times out while it is compared
NOTHING = '(none)'
KINDS = ((4, 'RST'), (18, 'SYN/ACK'), (2, 'SYN'), (1, 'FIN'), (16, 'ACK'))


# --- what the two files say

class Flows(dict):
    """Entries of one tracker: key -> sorted list of what a line shows."""

    def __init__(self, path, skip):
        super().__init__()
        with open(path, encoding='ascii') as proc:
            for line in proc:
                self.add(line.split()[skip:])

    def add(self, words):
        number = int(words[1])
        state = words[3] if number == 6 else 'entry'
        tuple_ = {}
        for word in words[3:]:
            name, _, value = word.partition('=')
            tuple_.setdefault(name, value)
        if number in (6, 17):
            ports = int(tuple_['sport']), int(tuple_['dport'])
            key = number, ports[ports[0] == SERVICE]
        elif number == 1:
            key = number, int(tuple_['id'])
            state = 'type ' + tuple_['type']
        else:
            key = number, 0
        flags = [word for word in words if word[0] == '[']
        sender = 'c' if tuple_['src'] == player_address('c') else 's'
        self.setdefault(key, []).append(
            (sender, ' '.join([state] + flags)))

    def view(self, keys):
        found = []
        for key in keys:
            found += self.get(key, ())
        return tuple(sorted(found))


def player_address(side):
    return {'c': '10.0.1.100', 's': '10.0.2.100'}[side]


# --- conversations

class Conversation:
    """A list of steps, and what both trackers show after each."""

    def __init__(self, name, steps):
        self.name = name
        self.steps = steps
        self.literal = []           # the same with absolute numbers
        self.seen = [((), ())]      # pairs of views; [0] is before the first
        self.apart = None           # the row that parted the two trackers
        self.given = {}             # flag -> row that explains it
        self.left = False           # no longer compared
        self.why = []               # per step: id of the row, or None

    def open(self, port):
        self.port = port
        self.talk = player.Conversation(port, SERVICE)
        self.keys = sorted({self.key(step) for step in self.steps} - {None})
        return self

    def key(self, step):
        word = step.split()[0]
        return {'c': (6, self.port), 's': (6, self.port), 'wait': None,
                'udp': (17, self.port), 'icmp': (1, self.port),
                'raw': None}.get(word) or \
            (None if word in ('wait', 'raw') else (int(step.split()[2]), 0))


def kind_of(step):
    """Protocol, sender and kind of a step's packet."""
    words = step.split()
    if words[0] == 'wait':
        return 'wait', '-', '-'
    if words[0] not in 'cs':
        return words[0], words[1], words[2] if words[0] != 'udp' else '-'
    bits = 0
    for letter in words[1].replace('-', ''):
        bits |= player.FLAGS[letter]
    for mask, name in KINDS:
        if bits & mask == mask:
            return 'tcp', words[0], name
    return 'tcp', words[0], 'none'


def numbers(step):
    """Side, flags, seq, ack and end of a literal TCP step; else None."""
    words = step.split()
    if words[0] not in 'cs' or {'badsum', 'doff', 'cut', 'opts'} & \
            {word.partition('=')[0] for word in words}:
        return None
    value = dict(word.partition('=')[::2] for word in words[2:])
    seq = int(value['seq'])
    end = seq + int(value.get('len', 0)) + sum(f in words[1] for f in 'SF')
    return words[0], words[1], seq, int(value.get('ack', 0)), end % 2**32


def acknowledges_fin(talk):
    """Does the last packet beyond doubt acknowledge the one FIN there is?"""
    played = [numbers(step) for step in talk.literal]
    last = played.pop()
    if not last:
        return False
    fins, ends = set(), set()
    for segment in filter(None, played):
        side, flags, _, _, end = segment
        if flags == 'S':
            fins, ends = set(), set()
        elif 'F' in flags and 'A' in flags:
            if side == last[0]:
                return False
            fins.add(end)
        if side != last[0]:
            ends.add(end)
    return fins == {last[3]} and \
        all((last[3] - end) % 2**32 < 2**20 for end in ends)


class Stage:
    """The lab, both trackers, and the player."""

    def __init__(self, module):
        self.module = module
        self.packets = 0
        self.player = player.Player()
        self.player.do_side('c', 'client', 'eth0', player_address('c'),
                            '02:00:00:00:01:01')
        self.player.do_side('s', 'server', 'eth0', player_address('s'),
                            '02:00:00:00:02:01')
        os.sched_setaffinity(0, {0})

    def clear(self):
        """Empty both tables."""
        run('conntrack', '-F')
        if os.path.exists(OUR_PROC):
            run('rmmod', 'ip_conntrack')
        settings = []
        for state in ('syn_sent syn_recv established fin_wait close_wait '
                      'last_ack time_wait close listen').split():
            settings.append('ip_ct_tcp_timeout_%s=%d' % (state, LONG))
        for name in 'udp_timeout udp_timeout_stream icmp_timeout'.split():
            settings.append('ip_ct_%s=%d' % (name, LONG))
        run('insmod', self.module, *settings)
        if os.path.exists(LIBERAL):
            with open(LIBERAL, 'w', encoding='ascii') as setting:
                setting.write('1')

    def send(self, conversation, step):
        words = step.split()
        conversation.literal.append(step)
        if words[0] == 'wait':
            time.sleep(float(words[1]))
            return
        if words[0] in 'cs':
            conversation.literal[-1] = self.literal(conversation, words)
            words.insert(0, 'tcp')
        self.player.talk = conversation.talk
        getattr(self.player, 'do_' + words[0])(*words[1:], 'nowait')
        self.packets += 1

    def literal(self, conversation, words):
        """The step with the numbers that the player will give it."""
        side = self.player.sides[words[0]]
        talk = conversation.talk
        talk.join(side)
        value = dict(word.partition('=')[::2] for word in words[2:])
        value['seq'] = self.player.follow(value, 'seq', talk.next[side])
        if 'A' in words[1] or 'ack' in value:
            value['ack'] = self.player.follow(value, 'ack',
                                              talk.next[side.peer])
        return ' '.join(words[:2] + [
            name + ('=%s' % text if text != '' else '')
            for name, text in value.items()])

    def settle(self):
        """All that was sent has been forwarded or refused."""
        for _ in range(10):
            self.player.talk = player.Conversation(1, 1)
            try:
                self.player.do_ip('c', str(MARKER))
                return
            except ValueError as late:
                print('    ' + str(late))
        sys.exit('the firewall does not forward')

    def play(self, conversations, judge):
        """Plays them side by side; judge(conversation, index) after each."""
        for number, conversation in enumerate(conversations):
            conversation.open(FIRST_PORT + number)
        self.clear()
        longest = max(len(c.steps) for c in conversations)
        for index in range(longest):
            on = [c for c in conversations if index < len(c.steps)]
            for conversation in on:
                self.send(conversation, conversation.steps[index])
            self.settle()
            theirs = Flows(NF_PROC, 2)
            ours = Flows(OUR_PROC, 0)
            for conversation in on:
                conversation.seen.append((theirs.view(conversation.keys),
                                          ours.view(conversation.keys)))
                judge(conversation, index)


def run(*command):
    result = subprocess.run(command, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT, check=False)
    if result.returncode:
        sys.exit('%s: %s' % (' '.join(command),
                             result.stdout.decode().strip()))


# --- judging

class Row:
    """One known difference, from the table."""

    def __init__(self, data):
        self.id = data['id']
        self.flag = data.get('flag')
        self.step = re.compile(data.get('step', ''))
        self.patterns = [self.parse(text) for text in data.get('when', ())]
        self.apart = [tuple(set(self.words(half)) for half in text.split('|'))
                      for text in data.get('apart', ())]
        self.renamed = data.get('renamed', {})
        self.used = 0

    @staticmethod
    def words(text):
        return [word.strip() for word in text.split(',')]

    def parse(self, text):
        packet, _, states = text.partition(': ')
        kinds, _, direction = packet.rpartition(' ')
        before, _, after = states.partition(' => ')
        theirs, _, ours = after.partition(' | ')
        return [set(self.words(part)) for part in
                (kinds, direction, before, theirs, ours)]

    def explains(self, step, kind, direction, before, theirs, ours):
        if not self.step.search(step):
            return False
        values = kind, direction, before, theirs, ours
        return any(all('*' in allowed or value in allowed or
                       '=' in allowed and value == before
                       for allowed, value in zip(pattern, values))
                   for pattern in self.patterns)

    def still_apart(self, theirs, ours):
        return any(('*' in nf or theirs in nf) and ('*' in us or ours in us)
                   for nf, us in self.apart)


class Look:
    """What the files show of a conversation, taken to pieces."""

    def __init__(self, pair, renamed):
        theirs, ours = pair
        self.reversed = bool(theirs and ours) and \
            [s for s, _ in theirs] != [s for s, _ in ours]
        self.side = (ours or theirs or (('', ''),))[0][0]
        self.theirs = self.state(theirs, renamed)
        self.ours = self.state(ours, {})
        self.flags = {
            flag: (self.has(theirs, flag), self.has(ours, flag))
            for flag in ('[UNREPLIED]', '[ASSURED]')} \
            if len(theirs) == len(ours) == 1 else {}

    @staticmethod
    def has(view, flag):
        return 'yes' if flag in view[0][1] else 'no'

    @staticmethod
    def state(view, renamed):
        if len(view) == 1:
            words = [w for w in view[0][1].split() if w[0] != '[']
            return renamed.get(words[0], ' '.join(words))
        return ' + '.join(s + ' ' + text for s, text in view) or '-'


class Judge:
    """Holds the two trackers against each other, packet by packet."""

    def __init__(self, table):
        with open(table, encoding='ascii') as source:
            self.rows = [Row(data) for data in json.load(source)['rows']]
        self.renamed = {nf: ours for row in self.rows
                        for nf, ours in row.renamed.items()}
        self.tally = collections.Counter()
        self.cells = set()

    def __call__(self, conversation, index):
        """Returns None if the step is explained, else what is wrong."""
        talk = conversation
        talk.why.append(None)
        if talk.left:
            self.tally['left'] += 1
            return None
        before = Look(talk.seen[index], self.renamed)
        after = Look(talk.seen[index + 1], self.renamed)
        self.note_renamed(talk.seen[index + 1])
        fault = self.step(talk, talk.steps[index], before, after)
        if not fault:
            self.tally['apart' if talk.apart else
                       'flags' if talk.given else 'agree'] += 1
        return fault

    def note_renamed(self, pair):
        for row in self.rows:
            if any(text.split()[0] in row.renamed for _, text in pair[0]):
                row.used += 1

    def step(self, talk, step, before, after):
        proto, side, kind = kind_of(step)
        if proto != 'tcp':
            kind = ' '.join(filter(None, (proto, kind.strip('-'))))
        reference = before.side or after.side
        direction = 'o' if side == reference else 'r'
        what = step, kind, direction
        if talk.apart:
            return self.go_on(talk, what, before, after)
        self.cells.add((before.ours, kind, direction))
        theirs = '~' * after.reversed + after.theirs
        if after.reversed or after.theirs != after.ours:
            row = self.find(None, *what, before.ours, theirs, after.ours)
            if not row or row.id == 'fin-ack' and \
                    before.ours == 'FIN_WAIT' and acknowledges_fin(talk):
                return 'the states differ'
            talk.apart = row
            talk.why[-1] = row.id
            return None
        return self.flags(talk, what, after)

    def go_on(self, talk, what, before, after):
        """They differed already."""
        if not after.reversed and after.theirs == after.ours:
            for flag, (nf, ours) in after.flags.items():
                if nf != ours:
                    talk.given[flag] = talk.apart
            talk.apart = None
            return self.flags(talk, what, after)
        talk.why[-1] = talk.apart.id
        if (before.reversed, before.theirs, before.ours) == \
                (after.reversed, after.theirs, after.ours):
            return None
        if not after.reversed and \
                talk.apart.still_apart(after.theirs, after.ours):
            return None
        if what[1].startswith('SYN') or after.reversed:
            talk.left = True
            return None
        return 'the states differ, and not as "%s" explains' % talk.apart.id

    def flags(self, talk, what, after):
        for flag, (nf, ours) in after.flags.items():
            if nf == ours:
                talk.given.pop(flag, None)
            elif flag in talk.given:
                talk.why[-1] = talk.given[flag].id
            else:
                row = self.find(flag, *what, after.ours, nf, ours)
                if not row:
                    return flag + ' differs'
                talk.given[flag] = row
                talk.why[-1] = row.id
        if not after.flags:
            talk.given.clear()
        return None

    def find(self, flag, *what):
        for row in self.rows:
            if row.flag == flag and row.explains(*what):
                row.used += 1
                return row
        return None



# --- random conversations

class End:
    """One end of a TCP connection, as far as a generator needs it."""

    def __init__(self, side, isn):
        self.side = side
        self.begin(isn)

    def begin(self, isn):
        self.isn = isn
        self.next = isn         # next sequence number to send
        self.acked = isn        # the peer has acknowledged up to here
        self.rcv = None         # next one awaited; None before a SYN
        self.fin = False        # FIN sent
        self.got_fin = False
        self.dead = False       # by RST

    def up(self):
        return self.rcv is not None and self.next != self.isn and \
            self.acked != self.isn


class Chatter:
    """Makes one TCP conversation: plausible for the most part, with a
    network that loses and delays behind the trackers, and an attacker."""

    def __init__(self, dice, hostile):
        self.dice = dice
        self.hostile = hostile
        self.ends = {side: End(side, dice.randrange(2**32))
                     for side in 'cs'}
        self.steps = []
        self.late = []

    def make(self, count):
        way = self.dice.random()
        if way < 0.10:
            self.meet()
        elif way < 0.17:
            self.send('c', 'S', seq=self.ends['c'].isn)
            self.send('s', 'S', seq=self.ends['s'].isn)
        while len(self.steps) < count:
            if self.late and self.dice.random() < 0.3:
                self.arrive(*self.late.pop(0))
            elif self.dice.random() < self.hostile:
                self.attack()
            else:
                self.speak()
        return self.steps

    def meet(self):
        """Both ends are in the middle of a connection."""
        for end in self.ends.values():
            end.next = end.acked = (end.isn + 1000) % 2**32
        for side, peer in ('cs', 'sc'):
            self.ends[side].rcv = self.ends[peer].next

    def step(self, side, flags, seq, ack, size):
        text = '%s %s seq=%d' % (side, flags, seq % 2**32)
        if 'A' in flags or ack:
            text += ' ack=%d' % (ack % 2**32)
        if size:
            text += ' len=%d' % size
        self.steps.append(text)

    def send(self, side, flags, seq=None, size=0, ack=None):
        """A segment goes past the trackers, and perhaps arrives."""
        end = self.ends[side]
        if seq is None:
            seq = end.next
        if ack is None:
            ack = (end.rcv or 0) if 'A' in flags else 0
        self.step(side, flags, seq, ack, size)
        length = size + ('S' in flags) + ('F' in flags)
        after = (seq + length) % 2**32
        if length and (after - end.next) % 2**32 < 2**31:
            end.next = after
        if 'F' in flags:
            end.fin = True
        if 'R' in flags:
            end.dead = True
        fate = self.dice.random()
        segment = 'sc'['cs'.index(side)], flags, seq % 2**32, ack, length
        if fate < 0.82:
            self.arrive(*segment)
        elif fate < 0.92:
            self.late.append(segment)

    def arrive(self, side, flags, seq, ack, length):
        end = self.ends[side]
        if 'R' in flags:
            if end.rcv is not None and seq == end.rcv or \
                    end.rcv is None and 'A' in flags and ack == end.next:
                end.dead = True
            return
        if 'A' in flags and (ack - end.acked) % 2**32 <= \
                (end.next - end.acked) % 2**32:
            end.acked = ack
        if 'S' in flags:
            if end.rcv is None:
                end.rcv = (seq + 1) % 2**32
        elif end.rcv is not None and seq == end.rcv:
            end.rcv = (seq + length) % 2**32
            if 'F' in flags:
                end.got_fin = True

    def speak(self):
        """An end does what an end may do."""
        dice = self.dice
        side = dice.choice('cs')
        end = self.ends[side]
        peer = self.ends['sc'['cs'.index(side)]]
        over = end.fin and peer.fin and end.acked == end.next
        if end.dead or peer.dead or over:
            self.afterwards(side, end, peer)
        elif end.next == end.isn and end.rcv is None:
            if side == 'c' or peer.next == peer.isn and dice.random() < 0.1:
                self.send(side, 'S', seq=end.isn)
        elif end.rcv is None:
            if dice.random() < 0.4:
                self.send(side, 'S', seq=end.isn)
        elif end.acked == end.isn:
            self.send(side, 'SA', seq=end.isn)
        else:
            self.converse(side, end)

    def converse(self, side, end):
        dice = self.dice
        choice = dice.random()
        if choice < 0.35:
            self.send(side, 'A')
        elif choice < 0.55 and not end.fin:
            self.send(side, dice.choice(('PA', 'A', 'PA', 'UPA')),
                      size=dice.choice((1, 10, 100, 1000)))
        elif choice < 0.62 and end.next != end.acked:
            self.send(side, 'FA' if end.fin else 'A',
                      seq=end.next - 1 if end.fin else end.acked,
                      size=0 if end.fin else
                      min((end.next - end.acked) % 2**32, 1000))
        elif choice < 0.66:
            self.send(side, 'A', seq=end.next - 1)      # keepalive
        elif choice < 0.84:
            if end.fin:
                self.send(side, 'FA', seq=end.next - 1)
            elif dice.random() < 0.3:
                self.send(side, 'FPA', size=dice.choice((1, 100)))
            else:
                self.send(side, 'FA')
        elif choice < 0.88:
            self.send(side, dice.choice(('R', 'RA')))
        elif choice < 0.92:
            self.send(side, 'SA', seq=end.isn)          # a late repetition
        elif choice < 0.94:
            self.send(side, 'S', seq=end.isn)
        else:
            self.send(side, 'A')

    def afterwards(self, side, end, peer):
        """It is over: late segments, answers to them, or a new connection."""
        dice = self.dice
        choice = dice.random()
        if choice < 0.3:
            self.send(side, 'A')
        elif choice < 0.45:
            self.send(side, 'FA', seq=end.next - 1)
        elif choice < 0.6:
            self.send(side, 'R', seq=peer.acked)
        elif choice < 0.7:
            self.send(side, 'RA')
        else:
            step = dice.choice((100000, 100000, 1, 2**31 - 5, -100000))
            end.begin((end.next + step) % 2**32)
            peer.begin((peer.next + 100000) % 2**32)
            self.late.clear()
            self.send(side, 'S', seq=end.isn)

    def attack(self):
        """A segment of somebody who knows the ports, and perhaps more."""
        dice = self.dice
        side = dice.choice('cs')
        end = self.ends[side]
        far = dice.random() < 0.5
        seq = dice.randrange(2**32) if far else \
            end.next + dice.choice((-1, 0, 1, 10, 1000))
        ack = dice.randrange(2**32) if far else \
            (end.rcv or 0) + dice.choice((-1, 0, 0, 1))
        choice = dice.random()
        if choice < 0.75:
            flags = dice.choice(('S', 'SA', 'A', 'PA', 'FA', 'R', 'RA'))
            self.step(side, flags, seq, ack if 'A' in flags else 0,
                      dice.choice((0, 0, 10)))
        elif choice < 0.9:
            flags = dice.choice(('-', 'F', 'SF', 'SR', 'SFA', 'FPU', 'P',
                                 'U', 'RF', 'SFRPAU'))
            self.step(side, flags, seq, ack if 'A' in flags else 0, 0)
        else:
            self.step(side, dice.choice(('S', 'SA', 'A', 'FA', 'R')), seq,
                      ack, 0)
            self.steps[-1] += ' ' + dice.choice(
                ('badsum', 'doff=4', 'doff=15', 'cut=30', 'cut=39'))


def chat_udp(dice, count):
    return ['udp %s len=%d%s' % (
        dice.choice('ccs'), dice.choice((0, 1, 100)),
        '' if dice.random() < 0.9 else ' ' + dice.choice(
            ('badsum', 'ulen=7', 'ulen=500', 'cut=25', 'nosum')))
            for _ in range(count)]


def chat_icmp(dice, count):
    return ['icmp %s %d iseq=%d%s' % (
        dice.choice('cs'), dice.choice((8, 8, 0, 0, 13, 14, 11, 9)), number,
        '' if dice.random() < 0.9 else ' ' + dice.choice(
            ('badsum', 'code=1', 'cut=25')))
            for number in range(count)]


def random_conversations(dice, how_many):
    made = []
    for number in range(how_many):
        which = dice.random()
        count = dice.choice((6, 12, 20, 30))
        if which < 0.04:
            steps = chat_udp(dice, min(count, 8))
        elif which < 0.08:
            steps = chat_icmp(dice, min(count, 8))
        else:
            steps = Chatter(dice, dice.choice((0, 0, 0.05, 0.2))).make(count)
        made.append(Conversation('random %d' % number, steps))
    return made


# --- the run

def read_script(path):
    made = []
    with open(path, encoding='ascii') as lines:
        for line in lines:
            if line.strip() and line[0] != '#':
                name, _, steps = line.partition(': ')
                made.append(Conversation(name, split(steps)))
    return made


def split(steps):
    return [step.strip() for step in steps.split(';') if step.strip()]


def show(view):
    return ' + '.join('%s %s' % entry for entry in view) or NOTHING


def story(conversation, last=None):
    """The packets, and what both trackers showed after each."""
    lines = []
    for number, step in enumerate(conversation.literal[:last]):
        nf, ours = map(show, conversation.seen[number + 1])
        lines.append('    %2d  %-44s %-28s %-28s %s' % (
            number + 1, step, nf, 'the same' if nf == ours else ours,
            conversation.why[number] or ''))
    return '\n'.join(
        ['        %-44s %-28s %s' % ('packet', 'nf_conntrack',
                                      'ip_conntrack')] + lines)


class Run:
    """Plays, judges, tells."""

    def __init__(self, module):
        self.stage = Stage(module)
        self.judge = Judge(TABLE)
        self.faults = []

    def play(self, conversations, judge):
        """Returns (conversation, index, what is wrong), one each at most."""
        faults = {}

        def look(conversation, index):
            wrong = judge(conversation, index)
            if wrong:
                faults[conversation] = conversation, index, wrong
                conversation.left = True

        for at in range(0, len(conversations), TOGETHER):
            self.stage.play(conversations[at:at + TOGETHER], look)
        return list(faults.values())

    def shorten(self, conversation, index, wrong):
        """The shortest sequence found that goes wrong in the same way."""
        best = conversation.literal[:index + 1]
        found = conversation, index
        for _ in range(20):
            sizes = sorted({max(1, len(best) // part) for part in (2, 4, 8)} |
                           {1})
            tries = []
            for size in sizes:
                tries += [best[:at] + best[at + size:]
                          for at in range(0, len(best) - 1, size)]
            tries = [Conversation('shorter', steps) for steps in tries
                     if steps]
            if not tries:
                break
            good = [fault for fault in self.play(tries, Judge(TABLE))
                    if fault[2] == wrong]
            if not good:
                break
            found = min(good, key=lambda fault: fault[1])[:2]
            best = found[0].literal[:found[1] + 1]
        return found

    def tell(self, fault, how):
        conversation, index, wrong = fault
        print('    FAILED   %s: packet %d: %s' %
              (conversation.name, index + 1, wrong))
        if len(conversation.literal) > 4:
            conversation, index = self.shorten(*fault)
        print(story(conversation, index + 1))
        print('    because  no row of tests/differences.json explains it')
        print('    again    ' + how)
        print("    only it  IP_CONNTRACK_PLAY='%s' make test T=%s" % (
            '; '.join(conversation.literal[:index + 1]), scenario()))

    def script(self, *paths):
        conversations = [talk for path in paths for talk in read_script(path)]
        faults = self.play(conversations, self.judge)
        for fault in faults[:5]:
            self.tell(fault, 'make test T=' + scenario())
        for row in self.judge.rows:
            if not row.used:
                print('    FAILED   the row "%s" of tests/differences.json: no '
                      'packet of %s needs it' % (row.id, ' '.join(paths)))
                faults.append(row)
        print('    script   %d conversations, %d packets, %d rows of the '
              'table used' % (len(conversations), self.stage.packets,
                              sum(row.used > 0 for row in self.judge.rows)))
        return not faults

    def random(self, packets):
        seed = os.environ.get('IP_CONNTRACK_SEED') or '1'
        print('    seed     ' + seed)
        before = self.stage.packets
        start = time.monotonic()
        batch = 0
        faults = []
        while self.stage.packets < before + packets and not faults:
            dice = random.Random('%s/%d' % (seed, batch))
            faults = self.play(random_conversations(dice, TOGETHER),
                               self.judge)
            batch += 1
        played = self.stage.packets - before
        for fault in faults[:3]:
            self.tell(fault, 'IP_CONNTRACK_SEED=%s make test T=%s' %
                      (seed, scenario()))
        print('    random   %d conversations, %d packets, %d s' %
              (batch * TOGETHER, played, time.monotonic() - start))
        return not faults

    def one(self, steps):
        talk = Conversation('one', split(steps))
        faults = self.play([talk], self.judge)
        print(story(talk))
        for _, index, wrong in faults:
            print('    packet %d: %s' % (index + 1, wrong))
        return not faults

    def summary(self):
        tally = self.judge.tally
        print('    packets after which both show the same: %d; the same but '
              'for a flag, known: %d;\n    states that differ as a row of the '
              'table says: %d; no longer compared (a SYN\n    after such a '
              'difference, until the end of the conversation): %d' %
              tuple(tally[key] for key in ('agree', 'flags', 'apart',
                                           'left')))
        print('    state, direction and kind of packet: %d combinations seen '
              'with both in step' % len(self.judge.cells))


def scenario():
    return os.environ.get('SCENARIO', 'beside-nf-conntrack-states')


def main():
    run_ = Run(sys.argv[1])
    good = True
    for what, value in zip(sys.argv[2::2], sys.argv[3::2]):
        if what == 'script':
            good &= run_.script(value)
        elif what == 'random':
            good &= run_.random(int(value))
        elif what == 'play':
            good &= run_.one(value)
        else:
            sys.exit('beside.py: what is "%s"?' % what)
    run_.summary()
    sys.exit(not good)


if __name__ == '__main__':
    main()
