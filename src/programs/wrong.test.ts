import { expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../test/support/recorded.ts'
import { PROGRAMS } from './registry.ts'

/** Invocations that the real programs refuse: the same words, but for the build of OpenSSL, and the same status. */
const network = new RecordedNetwork(PROGRAMS)

for (const recorded of readRecord(new URL('./fixtures/wrong.record', import.meta.url))) {
  test(recorded.line, async () => {
    const result = await network.run(recorded.line)
    expect(result.failure).toBe(null)
    expect({ stdout: result.stdout, stderr: result.stderr, status: result.status })
      .toEqual({ stdout: recorded.stdout, stderr: recorded.stderr.replace(/^OpenSSL .*\n/m, ''), status: recorded.status })
  })
}
