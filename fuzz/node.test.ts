import { expect, test } from 'vitest'
import { DropReason } from '../src/wire/drop-reason.ts'
import { fuzzNode } from './node.ts'

const FRAMES = Number(process.env.FUZZ_FRAMES ?? 20_000)

test.each([1, 2, 3])('hostile frames: nothing throws, none is lost, each is delivered or dropped and counted (seed %i)', (seed) => {
  const report = fuzzNode(FRAMES, seed)
  expect(report.live).toBe(0)
  // The frames must reach what they are meant to hurt.
  expect(report.echoReplies).toBeGreaterThan(FRAMES / 1000)
  for (const reason of [DropReason.OTHERHOST, DropReason.IP_CSUM, DropReason.IP_INHDR, DropReason.ICMP_CSUM] as const) {
    expect(report.drops[reason]).toBeGreaterThan(0)
  }
})

test('the same seed gives the same end', () => {
  expect(fuzzNode(2_000, 9)).toEqual(fuzzNode(2_000, 9))
})
