import { expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../test/support/recorded.ts'
import { PROGRAMS } from './registry.ts'

/** /proc/net/arp comes in the order of a hash with a random seed: its lines are put in order. */
function comparable(line: string, text: string): string {
  return line.endsWith('/proc/net/arp') ? text.split('\n').sort().join('\n') : text
}

const network = new RecordedNetwork(PROGRAMS)
await network.warmUp()

for (const recorded of readRecord(new URL('./fixtures/net-files.record', import.meta.url))) {
  test(recorded.line, async () => {
    const result = await network.run(recorded.line)
    expect(result.failure).toBe(null)
    if (recorded.status === null) return
    expect({ stdout: comparable(recorded.line, result.stdout), stderr: result.stderr, status: result.status }).toEqual(
      { stdout: comparable(recorded.line, recorded.stdout), stderr: recorded.stderr, status: recorded.status })
  })
}
