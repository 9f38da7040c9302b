import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readCapture } from '../reader.ts'
import { timeSince } from '../capture-file.ts'
import { parseTcpdumpArguments } from './options.ts'
import { TcpdumpPrinter } from './printer.ts'

// Outputs recorded from tcpdump 4.99.3 by test/golden/record-tcpdump.sh.
const GOLDEN = new URL('../../../test/golden/', import.meta.url)

function print(capture: string, args: readonly string[]): string {
  const { frames } = readCapture(readFileSync(new URL(`${capture}.pcap`, GOLDEN)))
  const invocation = parseTcpdumpArguments(args)
  if (!invocation.run) throw new Error(invocation.stderr)
  const epochSeconds = frames[0].seconds
  const printer = new TcpdumpPrinter({ ...invocation.options, epochSeconds })
  let text = ''
  for (const frame of frames) {
    const view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset, frame.bytes.byteLength)
    text += `${printer.line(timeSince(frame, epochSeconds), view, 0, frame.bytes.length, frame.originalLength)}\n`
  }
  expect([...printer.missing.keys()]).toEqual([])
  return text
}

describe('what tcpdump prints, byte for byte', () => {
  for (const file of readdirSync(new URL('tcpdump/', GOLDEN)).sort()) {
    const [name, options] = file.split('.')
    const args = options.split('_')
    test(`${name} ${args.join(' ')}`, () => {
      const expected = readFileSync(new URL(`tcpdump/${file}`, GOLDEN), 'latin1')
      expect(print(name, args)).toBe(expected)
    })
  }
})
