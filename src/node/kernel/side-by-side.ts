/** Two frames that ought to be the same, taken apart and laid side by side, with marks where they are not. */
import { viewOf } from '../../base/hex.ts'
import { dissect } from '../../capture/dissect/dissect.ts'
import { defaultOptions } from '../../capture/tcpdump/options.ts'
import { TcpdumpPrinter } from '../../capture/tcpdump/printer.ts'
import type { CapturedFrame } from './captures.ts'

/** A field of either frame; null: this frame has no such field. */
export interface FieldPair {
  /** `ipv4`; `ipv4 quoted` in an ICMP error; `vlan 2` for the second tag. */
  readonly layer: string
  readonly field: string
  readonly kernel: string | null
  readonly netarium: string | null
  readonly same: boolean
}

const NOTHING = '(nothing)'
const COLUMN = 44

/** Returns each frame's text with its time in seconds, as `tcpdump -nn -e -v -t` prints it, on one line. */
export function decoded(frames: readonly CapturedFrame[]): string[] {
  const printer = new TcpdumpPrinter({ ...defaultOptions(), numeric: true, ethernet: true, verbose: 1, timeStyle: 1 })
  return frames.map(({ atNs, bytes }) =>
    `${(atNs / 1e9).toFixed(6)} ${printer.line(0, viewOf(bytes), 0, bytes.length).replace(/\n[\t ]*/g, ' ')}`)
}

/** Returns all fields of both frames, in the order of the frame; a missing frame has none. */
export function pairFields(kernel: CapturedFrame | undefined, netarium: CapturedFrame | undefined): FieldPair[] {
  const left = fieldsOf(kernel)
  const right = fieldsOf(netarium)
  return [...new Set([...left.keys(), ...right.keys()])].map((key) => {
    const [layer, field] = key.split('\n')
    const pair = { layer, field, kernel: left.get(key) ?? null, netarium: right.get(key) ?? null }
    return { ...pair, same: pair.kernel === pair.netarium }
  })
}

/** Texts of all fields by `layer\nfield`. */
function fieldsOf(frame: CapturedFrame | undefined): Map<string, string> {
  const fields = new Map<string, string>()
  if (frame === undefined) return fields
  const seen = new Map<string, number>()
  for (const layer of dissect(viewOf(frame.bytes), 0, frame.bytes.length)) {
    const name = layer.quoted ? `${layer.protocol} quoted` : layer.protocol
    const rank = (seen.get(name) ?? 0) + 1
    seen.set(name, rank)
    const title = rank > 1 ? `${name} ${rank}` : name
    for (const field of layer.fields) fields.set(`${title}\n${field.name}`, wholeText(frame, field))
  }
  return fields
}

/** The field's text; of bytes that it shortens, all of them. */
function wholeText({ bytes }: CapturedFrame, { text, at, end }: { text: string, at: number, end: number }): string {
  return text.endsWith('…') ? Buffer.from(bytes.subarray(at, end)).toString('hex') : text
}

/** Returns the lines of a table: every field of both frames, `<>` before those that differ. */
export function sideBySide(kernel: CapturedFrame | undefined, netarium: CapturedFrame | undefined): string[] {
  const time = (frame: CapturedFrame | undefined): string => frame === undefined ? NOTHING : (frame.atNs / 1e9).toFixed(6)
  const rows = pairFields(kernel, netarium)
  const width = Math.max(4, ...rows.map(({ layer, field }) => layer.length + 1 + field.length))
  const line = (mark: string, name: string, left: string, right: string): string =>
    `${mark} ${name.padEnd(width)}  ${left.padEnd(COLUMN)}  ${right}`.trimEnd()
  return [
    line('  ', '', 'kernel', 'netarium'),
    line('  ', 'time', time(kernel), time(netarium)),
    ...rows.map(({ layer, field, kernel: left, netarium: right, same }) =>
      line(same ? '  ' : '<>', `${layer} ${field}`, ...cut(left ?? '-', right ?? '-'))),
  ]
}

/** Both texts in at most a column's width each, such that the first place where they differ is seen. */
function cut(left: string, right: string): [string, string] {
  if (left.length <= COLUMN && right.length <= COLUMN) return [left, right]
  let at = 0
  while (at < left.length && left[at] === right[at]) at++
  const from = at === left.length && at === right.length ? 0 : Math.max(0, at - 8)
  const shown = (text: string): string => {
    const rest = `${from > 0 ? '…' : ''}${text.slice(from)}`
    return rest.length <= COLUMN ? rest : `${rest.slice(0, COLUMN - 1)}…`
  }
  return [shown(left), shown(right)]
}
