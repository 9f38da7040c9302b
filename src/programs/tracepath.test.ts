import { expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../test/support/recorded.ts'
import { PROGRAMS } from './registry.ts'

/** What differs because time differs. */
function normalise(text: string): string {
  return text.replace(/ *[0-9]+\.[0-9]{3}ms /g, ' T ')
}

const network = new RecordedNetwork(PROGRAMS)
await network.warmUp()

for (const recorded of readRecord(new URL('./fixtures/tracepath.record', import.meta.url))) {
  test(recorded.line, async () => {
    const result = await network.run(recorded.line)
    expect(result.failure).toBe(null)
    if (recorded.status === null) return
    expect({ stdout: normalise(result.stdout), stderr: result.stderr, status: result.status })
      .toEqual({ stdout: normalise(recorded.stdout), stderr: recorded.stderr, status: recorded.status })
  })
}
