import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CAPTURE_EPOCH_SECONDS, timeSince } from '../../src/capture/capture-file.ts'
import { PcapWriter } from '../../src/capture/pcap.ts'
import { readCapture } from '../../src/capture/reader.ts'
import { parseTcpdumpArguments } from '../../src/capture/tcpdump/options.ts'
import { TcpdumpPrinter } from '../../src/capture/tcpdump/printer.ts'
import { requireTool, runTool, withFile } from '../support/tools.ts'

/** A small linear congruential generator: the damage is the same in every run of a seed. */
function randomInts(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = Math.imul(state, 1_664_525) + 1_013_904_223 | 0
    return (state >>> 8) % below
  }
}

/** Frames of the golden captures with bytes overwritten and ends cut off. */
function damagedFrames(seed: number, count: number): { bytes: Uint8Array, originalLength: number }[] {
  const good = ['crafted', 'real'].flatMap(name =>
    readCapture(readFileSync(new URL(`../golden/${name}.pcap`, import.meta.url))).frames)
  const random = randomInts(seed)
  return Array.from({ length: count }, () => {
    const bytes = good[random(good.length)].bytes.slice()
    for (let changes = random(4); changes > 0; changes--) {
      const at = random(3) > 0 ? random(Math.min(bytes.length, 70)) : random(bytes.length)
      bytes[at] = random(2) > 0 ? random(256) : bytes[at] ^ 1 << random(8)
    }
    const kept = random(4) === 0 ? 1 + random(bytes.length) : bytes.length
    return { bytes: bytes.slice(0, kept), originalLength: random(8) === 0 ? bytes.length + random(9) : bytes.length }
  })
}

const FRAMES = Number(process.env.TCPDUMP_FUZZ_FRAMES ?? 1500)

test.for(['-nn', '-nn -vv', '-nn -e -v', '-nn -e -q', '-nn -S -vv -X'])('damaged frames are printed as the real tcpdump prints them, %s', (line, context) => {
  requireTool('tcpdump', context)
  const args = [...line.split(' '), '-tt']
  const invocation = parseTcpdumpArguments(args)
  if (!invocation.run) throw new Error(invocation.stderr)
  const writer = new PcapWriter()
  damagedFrames(Number(process.env.TCPDUMP_FUZZ_SEED ?? 1), FRAMES).forEach(
    (frame, index) => writer.addFrame(index * 1_000_000_000, frame.bytes, frame.originalLength))
  const file = writer.finish()
  const real = withFile('damaged.pcap', file, path => runTool('tcpdump', ['-r', path, ...args]))
  // Stamps are whole seconds, so a line that starts with one starts a frame.
  const expected = real.stdout.split(/^(?=9\d{8}\.000000 )/m)
  const printer = new TcpdumpPrinter(invocation.options)
  let lacking = 0
  readCapture(file).frames.forEach((frame, index) => {
    const view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset, frame.bytes.byteLength)
    const text = printer.line(timeSince(frame, CAPTURE_EPOCH_SECONDS), view, 0, view.byteLength, frame.originalLength)
    const missing = [...printer.missing.values()].reduce((sum, count) => sum + count, 0)
    // Where the printer says that it lacks a protocol, there is nothing to compare.
    if (missing === lacking) expect(`${text}\n`, `frame ${index}`).toBe(expected[index])
    lacking = missing
  })
  expect(expected.length).toBe(FRAMES)
  expect(lacking).toBeLessThan(FRAMES / 5)
})
