/** What tcpdump says on stderr around its lines. Each ends with a newline. */
import type { TcpdumpOptions } from './options.ts'

const LINK_TYPE = 'link-type EN10MB (Ethernet)'

/** Before a live capture. */
export function listeningText(device: string, options: TcpdumpOptions): string {
  const silent = options.verbose === 0 && options.writeFile === null
  const first = silent ? 'tcpdump: verbose output suppressed, use -v[v]... for full protocol decode\n' : 'tcpdump: '
  return `${first}listening on ${device}, ${LINK_TYPE}, snapshot length ${options.snapLength} bytes\n`
}

/** Before the lines of a file (-r). */
export function readingText(file: string, snapLength: number): string {
  return `reading from file ${file}, ${LINK_TYPE}, snapshot length ${snapLength}\n`
}

export interface CaptureCounts {
  captured: number
  /** Frames that the filter accepted, printed or not. */
  received: number
  /** Lost before the program could read them. */
  dropped: number
}

/** After a live capture. When a signal ended it an empty line comes first, since the terminal shows `^C`. */
export function statisticsText(counts: CaptureCounts, bySignal: boolean): string {
  return `${bySignal ? '\n' : ''}${packets(counts.captured)} captured\n`
    + `${packets(counts.received)} received by filter\n${packets(counts.dropped)} dropped by kernel\n`
}

/** What --count prints, on stdout. */
export function countText(count: number): string {
  return `${packets(count)}\n`
}

/** One line per protocol that was printed less fully than tcpdump does. */
export function missingText(missing: ReadonlyMap<string, number>): string {
  let text = ''
  for (const [name, count] of missing) {
    text += `tcpdump: Netarium has no printer for ${name}: ${packets(count)} printed without it\n`
  }
  return text
}

function packets(count: number): string {
  return `${count} packet${count === 1 ? '' : 's'}`
}
