import { describe, expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../../test/support/recorded.ts'
import { PROGRAMS } from '../registry.ts'

/** Neighbours come in the order of a hash with a random seed: lines are put in order. */
function comparable(line: string, text: string): string {
  return / arp /.test(line) ? text.split('\n').sort().join('\n') : text
}

const RECORDS = ['../fixtures/arp.record', '../fixtures/route.record']

for (const record of RECORDS) {
  describe(record, async () => {
    const network = new RecordedNetwork(PROGRAMS)
    await network.warmUp()
    for (const recorded of readRecord(new URL(record, import.meta.url))) {
      test(recorded.line, async () => {
        const result = await network.run(recorded.line)
        expect(result.failure).toBe(null)
        if (recorded.status === null) return
        expect({ stdout: comparable(recorded.line, result.stdout), stderr: result.stderr, status: result.status }).toEqual(
          { stdout: comparable(recorded.line, recorded.stdout), stderr: recorded.stderr, status: recorded.status })
      })
    }
  })
}
