import { expect, test } from 'vitest'
import { readArgumentsRecord, runArguments } from '../../test/support/argv-record.ts'
import { PROGRAMS } from './registry.ts'

const { files, runs } = readArgumentsRecord(new URL('./fixtures/printf-test-expr.record', import.meta.url))

for (const recorded of runs) {
  test(recorded.argv.join(' '), async () => {
    const { stdout, stderr, status } = recorded
    expect(await runArguments(PROGRAMS, recorded, files)).toEqual({ stdout, stderr, status, failure: null })
  })
}
