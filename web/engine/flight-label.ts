import { viewOf } from '../../src/base/hex.ts'
import { summary } from '../../src/capture/dissect/summary.ts'

/** Longer ones would cover the picture. */
const MAX_LENGTH = 34

/** A few words for a frame that travels on the canvas: "ARP who-has 10.0.0.2", "echo request 1", made of tcpdump's line. */
export function flightLabel(bytes: Uint8Array): string {
  return shorten(summary(viewOf(bytes), 0, bytes.length))
}

/** tcpdump's line, cut down to what tells frames apart. */
export function shorten(line: string): string {
  const text = line.replace(/^vlan (\d+), p \d+,(?: ethertype [\w ]+,)? /, 'vlan $1 ')
    .replace(/ARP, Request who-has (\S+).*$/, 'ARP who-has $1')
    .replace(/ARP, Reply (\S+) is-at.*$/, 'ARP $1 is-at …')
    .replace(/IP \S+ > \S+: ICMP echo (request|reply), id \d+, seq (\d+).*$/, 'echo $1 $2')
    .replace(/IP \S+ > \S+: ICMP /, '')
    .replace(/IP \S+ > (\S+)\.(\d+): UDP.*$/, 'UDP to $1:$2')
    .replace(/IP \S+ > (\S+)\.(\d+): Flags \[([^\]]*)\].*$/, (_all, address: string, port: string, flags: string) =>
      `${flagWords(flags)} to ${address}:${port}`)
    .replace(/IP \S+ > \S+: /, '')
    .replace(/^STP .*?(Config|Topology Change).*$/, 'STP $1')
    .replace(/, length \d+.*$/, '')
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text
}

const FLAGS: Readonly<Record<string, string>> = { 'S': 'SYN', 'F': 'FIN', 'R': 'RST', 'P': 'PSH', '.': 'ACK', 'U': 'URG' }

function flagWords(flags: string): string {
  return [...flags].map((flag) => FLAGS[flag] ?? flag).join('+')
}
