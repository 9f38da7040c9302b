/** What the fuzzer has found, kept: needs no root. */
import { describe, expect, test } from 'vitest'
import { formatComparison } from '../../../src/node/kernel/report.ts'
import { compareFound, foundLabs, readFound } from './found.ts'

describe('what was different once', () => {
  for (const path of foundLabs()) {
    test(readFound(path).about, async () => {
      const comparison = await compareFound(path)
      if (!comparison.equal) expect.fail(formatComparison(comparison))
    })
  }
})
