import { expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../test/support/recorded.ts'
import { PROGRAMS } from './registry.ts'

const network = new RecordedNetwork(PROGRAMS)
await network.warmUp()

for (const recorded of readRecord(new URL('./fixtures/arping.record', import.meta.url))) {
  test(recorded.line, async () => {
    const result = await network.run(recorded.line)
    expect(result.failure).toBe(null)
    if (recorded.status === null) return
    const normalise = (text: string): string => text.replace(/[0-9]+\.[0-9]{3}ms/g, 'Tms')
    expect({ stdout: normalise(result.stdout), stderr: result.stderr, status: result.status })
      .toEqual({ stdout: normalise(recorded.stdout), stderr: recorded.stderr, status: recorded.status })
  })
}
