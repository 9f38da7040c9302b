/**
 * What the lab's commands printed, compared line by line, with what cannot be the same hidden and nothing else:
 *
 *   measured times      ping's `time=… ms`, `time … ms` and `rtt … ms`, traceroute's and arping's times: T
 *   tcpdump's stamps    at the beginning of a line: HH:MM:SS
 *   tcpdump's numbers   ICMP echo ids and ports from 32768 up are numbered in the order of appearance;
 *                       IP identifications (-v): 0 stays, any other becomes 1
 *   ping -v             `ident=…`, the number of the process
 *   random MACs         locally administered ones that the lab does not give: numbered in the order of appearance
 *   neighbours' order   `ip neighbour`, `arp` and `bridge fdb` list tables whose hash the kernel seeds at random: lines
 *                       are sorted
 *   time to live        `expires 599sec` of a cached route: one second more or less is the same
 */

/** How a command ended and what it printed. */
export interface Printed {
  /** null: it was stopped. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface LineDifference {
  readonly stream: 'stdout' | 'stderr' | 'status'
  /** From 1; 0 for the status. */
  readonly line: number
  /** Normalised; null: there is no such line. */
  readonly kernel: string | null
  readonly netarium: string | null
}

/** Returns the lines in which two outcomes of `command` differ, statuses first. knownMacs: those that the lab gives. */
export function compareOutputs(command: string, kernel: Printed, netarium: Printed, knownMacs: ReadonlySet<string>):
  LineDifference[] {
  const found: LineDifference[] = []
  const status = (text: number | null): string => text === null ? 'stopped' : String(text)
  if (kernel.status !== netarium.status) {
    found.push({ stream: 'status', line: 0, kernel: status(kernel.status), netarium: status(netarium.status) })
  }
  const left = new TextNormaliser(command, knownMacs)
  const right = new TextNormaliser(command, knownMacs)
  for (const stream of ['stdout', 'stderr'] as const) {
    const a = left.lines(kernel[stream])
    const b = right.lines(netarium[stream])
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const [one = null, other = null] = [a[i], b[i]]
      if (!sameLine(one, other)) found.push({ stream, line: i + 1, kernel: one, netarium: other })
    }
  }
  return found
}

const MAC = /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/gi
const LIFETIME = /\bexpires (\d+)sec\b/

function sameLine(a: string | null, b: string | null): boolean {
  if (a === b || a === null || b === null) return a === b
  const [left, right] = [LIFETIME.exec(a), LIFETIME.exec(b)]
  return left !== null && right !== null && Math.abs(Number(left[1]) - Number(right[1])) <= 1
    && a.replace(LIFETIME, '') === b.replace(LIFETIME, '')
}

/** Numbers of one command's output, its streams in turn. */
export class TextNormaliser {
  private readonly macs = new Map<string, number>()
  private readonly echoIds = new Map<string, number>()
  private readonly ports = new Map<string, number>()

  constructor(private readonly command: string, private readonly knownMacs: ReadonlySet<string>) {}

  /** The lines of a text, normalised; a last line without a newline ends with `\` as in no other way. */
  lines(text: string): string[] {
    if (text === '') return []
    const whole = text.endsWith('\n') ? text.slice(0, -1) : `${text}\\`
    const lines = whole.split('\n')
    return (listsNeighbours(this.command) ? this.sorted(lines) : lines).map(line => this.line(line))
  }

  /** In the order of what is not random: so random MACs are numbered in the same order on both sides. */
  private sorted(lines: readonly string[]): string[] {
    const keys = new Map(lines.map(line => [line, line.replace(MAC, mac => this.isRandom(mac) ? '?' : mac)]))
    const order = (a: string, b: string): number => a < b ? -1 : a > b ? 1 : 0
    return [...lines].sort((a, b) => order(keys.get(a) ?? a, keys.get(b) ?? b))
  }

  private line(line: string): string {
    const timed = /\b(?:ping|traceroute|arping|tracepath|mtr)\b/.test(this.command) ? withoutTimes(line) : line
    const dumped = /\btcpdump\b/.test(this.command) ? this.dumpLine(timed) : timed
    return dumped.replace(MAC, mac => this.mac(mac))
  }

  private mac(mac: string): string {
    return this.isRandom(mac) ? `random-mac-${numberOf(this.macs, mac.toLowerCase())}` : mac
  }

  private isRandom(mac: string): boolean {
    return (Number.parseInt(mac.slice(0, 2), 16) & 3) === 2 && !this.knownMacs.has(mac.toLowerCase())
  }

  private dumpLine(line: string): string {
    return line
      .replace(/^(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d{6,9} /, 'HH:MM:SS ')
      .replace(/(\bICMP echo (?:request|reply), id )(\d+)/, (_, before: string, id: string) =>
        `${before}${numberOf(this.echoIds, id)}`)
      .replace(/(\(tos [^)]*?, id )(\d+)/g, (_, before: string, id: string) => `${before}${id === '0' ? '0' : '1'}`)
      .replace(/(\b\d+\.\d+\.\d+\.\d+)\.(\d{5})\b/g, (all, address: string, port: string) =>
        Number(port) < 32768 ? all : `${address}.port-${numberOf(this.ports, `${address}.${port}`)}`)
  }
}

function withoutTimes(line: string): string {
  return line
    .replace(/\btime[=<][\d.]+ ms/g, 'time=T ms')
    .replace(/(icmp_seq=\d+ ident=)\d+/, '$1I')
    .replace(/, time \d+ms/g, ', time Tms')
    .replace(/^(rtt min\/avg\/max\/mdev = )[\d./]+ ms/, '$1T ms')
    .replace(/(^|\s)\d+\.\d{3} ?ms\b/g, '$1T ms')
    .replace(/, ipg\/ewma [\d./]+ ms/, ', ipg/ewma T ms')
}

function listsNeighbours(command: string): boolean {
  return /^(?:ip(?: -\S+)* n(?:e|ei|eig|eigh|eighb\w*)?\b|arp\b|cat \/proc\/net\/arp$|bridge(?: -\S+)* fdb\b)/.test(command)
}

/** 1, 2, 3 … in the order in which the keys are first seen. */
function numberOf(numbers: Map<string, number>, key: string): number {
  const number = numbers.get(key) ?? numbers.size + 1
  numbers.set(key, number)
  return number
}
