/**
 * Sessions of a person at consoles of the bundled labs: what is typed, and when. Here is nothing of Node, so they run
 * in a browser, too.
 */
import type { LabConsole } from '../../src/lab/console.ts'
import { Lab } from '../../src/lab/lab.ts'

export interface LabSession {
  readonly name: string
  readonly lab: string
  /** Virtual time of the first key. */
  readonly fromMs: number
  /** Pauses in ms, and keys: with the name of the node in front where there are several consoles ("bob: ls\r"). */
  readonly nodes: readonly string[]
  readonly steps: readonly (number | string)[]
}

/** What came out of one console: the virtual time in ns, and the text. */
export interface SessionOutput {
  readonly node: string
  readonly chunks: readonly (readonly [number, string])[]
}

export interface SessionOutcome {
  readonly outputs: readonly SessionOutput[]
  readonly hash: string
  readonly replayed: string
  readonly endedAtNs: number
}

const UP = '\x1b[A'
const ENTER = '\r'

export const LAB_SESSIONS: readonly LabSession[] = [
  {
    name: 'ping, Ctrl-C, status and history', lab: 'first-ping', fromMs: 0, nodes: ['alice'],
    steps: ['ping 10.0.0.2\r', 2500, '\x03', 100, 'echo $?\r', 100, 'history\r', 100, '!ping -c 1\r', 500, UP, 50, UP,
      ENTER, 1500],
  },
  {
    name: 'tcpdump in the background while pinging', lab: 'first-ping', fromMs: 0, nodes: ['alice'],
    steps: ['tcpdump -nni eth1 arp or icmp &\r', 300, 'ping -c 2 10.0.0.2\r', 2000, 'jobs\r', 100, 'kill -INT %1\r', 500,
      '\r', 100,
      'jobs\r', 100],
  },
  {
    name: 'two consoles on one node', lab: 'first-ping', fromMs: 0, nodes: ['alice', 'alice', 'bob'],
    steps: ['0: tcpdump -c 3 -nn -i eth1 icmp\r', 200, '1: ping -c 1 10.0.0.2\r', 500, '2: ping -c 1 10.0.0.1\r', 1000,
      '2: exit\r', 100,
      '1: \x04', 100],
  },
  {
    name: 'loops and variables', lab: 'same-switch-two-subnets', fromMs: 500, nodes: ['alice'],
    steps: ['for host in 1 2 3; do\r', 50,
      'ping -c 1 -W 1 192.168.1.$host >/dev/null && echo "$host up" || echo "$host down"\r', 50,
      'done\r', 5000, UP, 50, '\x15', 'n=0; while [ $n -lt 3 ]; do echo $((n++)); sleep 0.5; done\r', 2000],
  },
  {
    name: 'a here-document at PS2', lab: 'first-ping', fromMs: 0, nodes: ['bob'],
    steps: ['cat <<END >/root/notes\r', 'I am $(hostname)\r', 50, 'at $((2 * 21))\r', 'END\r', 100, 'cat notes\r', 100,
      'echo "two\r', 50, 'lines"\r', 100, 'if hostname | read name; then\r', 50, '\x03', 100],
  },
  {
    name: 'Tab completes commands, objects, devices and files', lab: 'first-ping', fromMs: 0, nodes: ['alice'],
    steps: ['tcpd\t', 50, '\x15', 'ip add\t', 50, 'sh\t', 50, 'dev e\t', 50, '\r', 100, 'ip r\t', 50, '\t', 50, '\x03', 50,
      'cat /etc/ho\t', 50, '\t', 50, 's\t', 50, '\r', 100, 'echo $HOST\t', 50, '\r', 100],
  },
  {
    name: 'job control: stop, background, foreground, interrupt', lab: 'first-ping', fromMs: 0, nodes: ['alice'],
    steps: ['ping 10.0.0.2\r', 1500, '\x1a', 2000, 'jobs -l\r', 50, 'bg\r', 1100, 'fg\r', 1100, '\x03', 100, 'sleep 1 &\r', 50,
      'sleep 2 | cat &\r', 1500, '\r', 100, 'wait\r', 1000, 'fg\r', 50],
  },
  {
    name: 'the line editor', lab: 'first-ping', fromMs: 0, nodes: ['alice'],
    steps: ['ecko hello', 50, '\x01\x06\x06', '\x04h', 50, '\x05', '\x17wide world', 50, '\r', 100, '\x12ec', 50, '\x12',
      50, '\x07', 50,
      '\x1b[200~echo pasted\necho lines\x1b[201~', 50, '\r', 100, 'x\x7f\x0c', 50, 'echo \x1b.\r', 100],
  },
  {
    name: 'routes made by hand', lab: 'ip-forward-off', fromMs: 0, nodes: ['middle'],
    steps: ['sysctl net.ipv4.ip_forward\r', 100, 'ip -br addr\r', 100, 'sysctl -w net.ipv4.ip_forward=1\r', 100,
      'ip route get 10.9.9.9\r',
      100, 'ip neigh show\r', 100, 'nosuch; echo $?\r', 100],
  },
  {
    name: 'errors', lab: 'first-ping', fromMs: 0, nodes: ['alice'],
    steps: ['pnig 10.0.0.2\r', 50, 'ping\r', 50, 'ping -c 1 10.0.0.99\r', 3500, 'ip route add 1.2.3.4 via 5.6.7.8\r', 50,
      'cat /nosuch\r', 50,
      'fi\r', 50, 'echo $(( 1 / 0 ))\r', 50, '!nosuch\r', 50, 'cd /nosuch || pwd\r', 50, 'exit 7\r', 100],
  },
  {
    name: 'a program that reads the terminal', lab: 'first-ping', fromMs: 0, nodes: ['alice'],
    steps: ['cat\r', 50, 'abd\x7fc\r', 50, 'x y\x17z\r', 50, '\x1a', 50, 'fg\r', 50, '\x04', 100, 'read -r a b\r', 50,
      'one two three\r', 50,
      'echo "$b"\r', 50, 'cat &\r', 50, '\r', 50, 'kill %1\r', 50, '\r', 50],
  },
  {
    name: 'traceroute through a router', lab: 'mac-changes-ip-stays', fromMs: 0, nodes: ['alice'],
    steps: ['ip route\r', 100, 'traceroute -n 10.0.2.2\r', 12_000, 'ping -c 1 10.0.2.2 | cat\r', 500, 'ip neigh\r', 100],
  },
  {
    name: 'ip monitor sees what another console does', lab: 'first-ping', fromMs: 0, nodes: ['alice', 'alice'],
    steps: ['0: ip monitor\r', 100, '1: ip addr add 10.7.7.7/32 dev eth1\r', 200, '1: ping -c 1 10.0.0.2\r', 500,
      '1: ip link set eth1 down\r',
      200, '0: \x03', 200],
  },
  {
    name: 'awk and grep', lab: 'first-ping', fromMs: 0, nodes: ['alice'],
    steps: ["ping -c 3 10.0.0.2 | grep 'bytes from' | awk -F= '{ print $4 }'\r", 3000,
      "ip -o addr | awk '{ print $2, $4 }' | sort\r", 200, "grep -c . /etc/hosts; sed -n 1p /etc/hosts\r", 200],
  },
  {
    name: 'a narrow window that changes its size', lab: 'first-ping', fromMs: 0, nodes: ['alice'],
    steps: ['resize 40 6', 'echo a line that is longer than the window is wide', 50, '\x01', 50, 'X\x7f', 50, '\x05\r', 50,
      'resize 100 30', 50,
      'echo $COLUMNS $LINES\r', 50],
  },
  {
    name: 'the window is closed', lab: 'first-ping', fromMs: 0, nodes: ['alice', 'alice'],
    steps: ['0: sleep 100 &\r', 50, '0: ping 10.0.0.2\r', 1200, '0: \x1a', 50, 'close', 100, '1: ip neigh\r', 100],
  },
]

/** Runs a session, then its log once more. */
export async function runSession(session: LabSession, text: string): Promise<SessionOutcome> {
  const lab = await Lab.fromText(text, `labs/${session.lab}/lab.yaml`)
  await lab.runUntil(`${session.fromMs}ms`)
  const consoles = session.nodes.map((name) => lab.node(name).console())
  await lab.runFor('10ms')
  for (const step of session.steps) {
    if (typeof step === 'number') await lab.runFor(`${step}ms`)
    else act(consoles, step)
  }
  await lab.runFor('1s')
  const hash = lab.hash()
  const again = await Lab.replay(lab.model, lab.log())
  return {
    outputs: consoles.map(({ node, chunks }) => ({ node, chunks: chunks.map(({ timeNs, bytes }) => [timeNs,
      latin1(bytes)] as const) })),
    hash, replayed: again.hash(), endedAtNs: lab.now,
  }
}

/** "1: ls\r" types on console 1, "ls\r" on the first. "resize 40 6" and "close" are done to the first. */
function act(consoles: readonly LabConsole[], step: string): void {
  const [, columns, rows] = /^resize (\d+) (\d+)$/.exec(step) ?? []
  if (columns !== undefined) return consoles[0].resize(Number(columns), Number(rows))
  if (step === 'close') return consoles[0].close()
  const [, number, keys] = /^(?:(\d): )?([^]*)$/.exec(step) ?? []
  consoles[Number(number ?? 0)].write(keys)
}

/** Bytes as text, one character each. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
}
