import { describe, expect, test } from 'vitest'
import { readArgumentsRecord, runArguments } from '../../../test/support/argv-record.ts'
import { PROGRAMS } from '../registry.ts'

/** Both recorded by fixtures/record-argv.mjs; the cases of the second were made by random-programs.mjs (seed 77). */
for (const file of ['awk', 'random']) {
  describe(`mawk as recorded: ${file}`, () => {
    const { files, runs } = readArgumentsRecord(new URL(`./fixtures/${file}.record`, import.meta.url))
    for (const recorded of runs) {
      test(recorded.argv.join(' '), async () => {
        const { stdout, stderr, status } = recorded
        expect(await runArguments(PROGRAMS, recorded, files)).toEqual({ stdout, stderr, status, failure: null })
      })
    }
  })
}
