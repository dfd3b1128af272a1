#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""The same rules, the same packets, two trackers: what became of each packet.

Runs in the namespace fw of the lab (tests/lib.sh), whose rules and tracker
somebody else has set up (tests/firewall.sh).

  firewall.py play FILE OUT      plays the conversations of FILE and writes
                                 into OUT, a line a packet, what came out at
                                 either end
  firewall.py compare OUT OUT    ip_conntrack's, nf_conntrack's: they agree,
                                 packet by packet, and with FILE
  firewall.py painted OUT NAME:BITS...
                                 the rules that write these bits into the TOS
                                 have each matched some packets, not others,
                                 of the conversations "NAME, ..."

A conversation is a line of FILE: a name, a colon, steps between semicolons.
Steps are packets of tests/player.py without the word tcp ("c SA seq=5"),
errors, and what real stacks do:

  c|s FLAGS [opt]   udp c|s [opt]   icmp c|s TYPE [opt]   ip c|s PROTO [opt]
  port N            the server's port, before the first packet (80)
  error c|s TYPE [code=N] [opt]
                    an ICMP error about the last packet that the other side
                    has sent, with its header and 8 bytes of what follows;
                    from=ADDRESS sends it from a router; isrc= idst= isport=
                    idport= iproto= iseq= forge the packet inside, icut=N
                    cuts it
  do COMMAND...     a command of the player about real stacks
  sh COMMAND...     run it: rules change on the way
  wait N            N seconds

What the step is to come to stands in it:
  lost              it does not come through (else it must)
  answered          the firewall sends something back
  fails             of do: it must not succeed
  differs=ROW       nf_conntrack decides otherwise, knowingly: ROW is an id in
                    tests/differences.json

Packets leave from one processor, which forwards and answers them in order. An
ARP request goes behind each and its answer says that all of it is over: no
rule sees ARP, and a packet that is lost costs no time.
"""

import json
import os
import re
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import player  # noqa: E402

TABLE = os.path.join(HERE, 'differences.json')
ADDRESS = {'c': '10.0.1.100', 's': '10.0.2.100'}
FIREWALL = {'c': '10.0.1.1', 's': '10.0.2.1'}
REAL = ('10.0.1.2', '10.0.2.2')     # real stacks, they send when they like
FIRST_PORT = 2000
OURS = ('lost', 'answered', 'fails')
ETH_P_ARP = 0x0806


class Wire:
    """What comes out at one end."""

    def __init__(self, side, namespace, mac):
        self.side = side
        self.mac = bytes.fromhex(mac.replace(':', ''))
        with player.In(namespace):
            self.arp = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                     socket.htons(ETH_P_ARP))
        self.arp.bind(('eth0', ETH_P_ARP))
        self.arp.settimeout(20)
        self.own = self.arp.getsockname()[4]

    def settle(self):
        """An answer to ARP: all that was sent before has been dealt with."""
        ask = struct.pack(
            '!6s6sHHHBBH6s4s6s4s', self.mac, self.own, ETH_P_ARP, 1, 0x0800,
            6, 4, 1, self.own, socket.inet_aton(ADDRESS[self.side.name]),
            bytes(6), socket.inet_aton(FIREWALL[self.side.name]))
        self.arp.send(ask)
        while True:
            frame, where = self.arp.recvfrom(100)
            if where[2] != socket.PACKET_OUTGOING and frame[21] == 2:
                return

    def came(self):
        """Packets that have arrived since the last time."""
        self.side.socket.setblocking(False)
        while True:
            try:
                frame, where = self.side.socket.recvfrom(65536)
            except BlockingIOError:
                break
            if where[2] != socket.PACKET_OUTGOING and len(frame) >= 34 and \
                    socket.inet_ntoa(frame[30:34]) not in REAL:
                yield frame[14:]
        self.side.socket.setblocking(True)


def describe(packet):
    """A packet in words, without what chance or a stack puts into it."""
    ihl = packet[0] % 16 * 4
    proto, rest = packet[9], packet[ihl:]
    text = '%s > %s' % (socket.inet_ntoa(packet[12:16]),
                        socket.inet_ntoa(packet[16:20]))
    if packet[1]:
        text += ' tos %#x' % packet[1]
    if proto == 6 and len(rest) >= 20:
        flags = ''.join(f for f, bit in player.FLAGS.items() if rest[13] & bit)
        return text + ' tcp %d > %d %s' % (*struct.unpack('!HH', rest[:4]),
                                           flags or '-')
    if proto == 17 and len(rest) >= 8:
        return text + ' udp %d > %d' % struct.unpack('!HH', rest[:4])
    if proto == 1 and len(rest) >= 8:
        text += ' icmp %d/%d' % (rest[0], rest[1])
        if rest[0] in (3, 4, 5, 11, 12) and len(rest) >= 28:
            text += ' about ' + describe(rest[8:])
        return text
    return text + ' protocol %d' % proto


class Stage(player.Player):
    """The lab; remembers the last packet of each side."""

    def __init__(self):
        super().__init__()
        os.sched_setaffinity(0, {0})
        self.wires = []
        self.last = {}
        for name, namespace, mac in (('c', 'client', '02:00:00:00:01:01'),
                                     ('s', 'server', '02:00:00:00:02:01')):
            self.do_side(name, namespace, 'eth0', ADDRESS[name], mac)
            self.wires.append(Wire(self.sides[name], namespace, mac))

    def put(self, side, proto, payload, opt, text):
        packets = self.packets(side, proto, payload, opt, self.ident)
        self.ident = self.ident % 65000 + 1
        for packet in packets:
            side.send(packet)
        self.last[side] = packets[0]
        return text

    def do_error(self, name, kind, *words):
        opt = self.options(words)
        side = self.sides[name]
        inner = bytearray(self.last[side.peer])
        ihl = inner[0] % 16 * 4
        del inner[ihl + 8:]
        for key, at in (('isrc', 12), ('idst', 16)):
            if key in opt:
                inner[at:at + 4] = socket.inet_aton(opt[key])
        for key, at in (('isport', ihl), ('idport', ihl + 2)):
            if key in opt:
                inner[at:at + 2] = struct.pack('!H', int(opt[key]))
        if 'iseq' in opt:
            inner[ihl + 4:ihl + 8] = struct.pack('!I', int(opt['iseq']))
        inner[9] = int(opt.get('iproto', inner[9]))
        inner[8] = 1
        inner[10:12] = bytes(2)
        inner[10:12] = struct.pack('!H', player.checksum(bytes(inner[:ihl])))
        message = struct.pack('!BBHI', int(kind), int(opt.get('code', 0)), 0,
                              0) + bytes(inner[:int(opt.get('icut', 99))])
        total = player.checksum(message) ^ (0x5555 if 'badsum' in opt else 0)
        message = message[:2] + struct.pack('!H', total) + message[4:]
        last = self.last.get(side)
        opt.setdefault('dst', socket.inet_ntoa(self.last[side.peer][12:16]))
        if 'from' in opt:
            opt['src'] = opt['from']
        self.put(side, 1, message, opt, '')
        if last:
            self.last[side] = last

    def step(self, step):
        """Plays it; returns what came of it."""
        words = [w for w in step.split()
                 if w not in OURS and not w.startswith('differs=')]
        if words[0] == 'wait':
            time.sleep(float(words[1]))
            return []
        if words[0] == 'do':
            return [self.real_step(words[1:])]
        if words[0] == 'sh':
            result = subprocess.run(words[1:], stderr=subprocess.PIPE,
                                    text=True, check=False)
            return ['failed: ' + result.stderr if result.returncode
                    else 'done']
        for wire in self.wires:
            list(wire.came())
        if words[0] in ('c', 's'):
            words.insert(0, 'tcp')
        getattr(self, 'do_' + words[0])(*words[1:])
        self.wires[words[1] == 's'].settle()
        return sorted('%s: %s' % (wire.side.name, describe(packet))
                      for wire in self.wires for packet in wire.came())

    def real_step(self, words):
        try:
            getattr(self, 'do_' + words[0])(*words[1:])
        except (OSError, ValueError) as error:
            return 'failed: ' + type(error).__name__
        return 'done'


def conversations(path):
    with open(path, encoding='ascii') as source:
        for line in source:
            line = line.strip()
            if line and not line.startswith('#'):
                name, _, steps = line.partition(': ')
                yield name, [step.strip() for step in steps.split(';')]


def play(path, out):
    stage = Stage()
    with open(out, 'w', encoding='ascii') as result:
        for number, (name, steps) in enumerate(conversations(path)):
            dport = '80'
            if steps[0].startswith('port '):
                dport = steps.pop(0).split()[1]
            stage.do_conn('sport=%d' % (FIRST_PORT + number),
                          'dport=' + dport)
            stage.last = {}
            for step in steps:
                result.write(json.dumps([name, step, stage.step(step)]) + '\n')


# --- comparing

def outcome_of(step, came):
    """passed, answered?, as the step speaks of them."""
    words = step.split()
    if words[0] in ('do', 'sh'):
        return came == ['done'], False
    if words[0] == 'error':
        sender, other = words[1], 'cs'[words[1] == 'c']
    else:
        sender = words[0] if words[0] in 'cs' else words[1]
        other = 'cs'[sender == 'c']
    there = any(text.startswith(other + ':') for text in came)
    back = any(text.startswith(sender + ':') for text in came)
    return there, back


def wrong(step, came):
    """What is not as FILE says, or None."""
    words = step.split()
    passed, answered = outcome_of(step, came)
    if words[0] == 'wait':
        return None
    if passed == bool({'lost', 'fails'} & set(words)):
        return 'it came through' if passed else 'it did not come through'
    if words[0] not in ('do', 'sh') and answered != ('answered' in words):
        return 'the firewall answered' if answered else \
            'the firewall did not answer'
    return None


def row_of(step, rows):
    for word in step.split():
        if word.startswith('differs='):
            row = word[8:]
            if row not in rows:
                sys.exit('no such difference: ' + row)
            return row
    return None


def report(name, step, what, ours, theirs):
    print('    %s: %s: %s' % (name, step, what))
    print('      under ip_conntrack: %s' % ('; '.join(ours) or 'nothing'))
    print('      under nf_conntrack: %s' % ('; '.join(theirs) or 'nothing'))


def compare(our_path, their_path):
    with open(TABLE, encoding='ascii') as source:
        table = json.load(source)
    rows = {row['id']: row for row in table['rows'] + table['verdicts']}
    with open(our_path, encoding='ascii') as source:
        ours = [json.loads(line) for line in source]
    with open(their_path, encoding='ascii') as source:
        theirs = [json.loads(line) for line in source]
    if [o[:2] for o in ours] != [t[:2] for t in theirs] or not ours:
        sys.exit('the two runs did not play the same')
    faults = passed = lost = apart = 0
    for (name, step, our), (_, _, their) in zip(ours, theirs):
        row = row_of(step, rows)
        what = wrong(step, our)
        if not what and (our != their) != bool(row):
            what = 'knowingly otherwise (%s), but is not' % row if row else \
                'the two trackers differ'
        if what:
            faults += 1
            report(name, step, what, our, their)
        apart += bool(row)
        if outcome_of(step, our)[0]:
            passed += 1
        else:
            lost += 1
    for row in sorted({row_of(step, rows) for _, step, _ in ours} - {None}):
        print('    knowingly: %(situation)s (%(source)s)' % rows[row])
    print('    %d steps: %d came through, %d did not, %d knowingly otherwise '
          'than nf_conntrack, %d faults' % (len(ours), passed, lost, apart,
                                            faults))
    sys.exit(1 if faults else 0)


def painted(path, *sets):
    seen = {}
    with open(path, encoding='ascii') as source:
        for line in source:
            name, _, came = json.loads(line)
            for text in came:
                m = re.search(r'^\S+ \S+ > \S+ tos (0x\w+)', text)
                seen.setdefault(name.partition(',')[0], set()).add(
                    int(m[1], 16) if m else 0)
    useless = [(name, bit) for name, _, bits in
               (text.partition(':') for text in sets)
               for bit in (1 << n for n in range(int(bits).bit_length()))
               if len({bool(tos & bit) for tos in seen[name]}) < 2]
    for name, bit in useless:
        print('    %s: the rule of bit %#x says the same of all packets' % (
            name, bit))
    sys.exit(1 if useless or not sets else 0)


def main():
    what, *paths = sys.argv[1:]
    {'play': play, 'compare': compare, 'painted': painted}[what](*paths)


if __name__ == '__main__':
    main()
