import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.ts'
import { formatReport } from '../../src/lab/run-report.ts'
import { LAB_NAMES, readLab } from '../support/labs.ts'

/* Every bundled lab proves what it says. */

test.each(LAB_NAMES)('%s: all checks hold, and when it is at rest no frame is missing', async (name) => {
  const lab = await Lab.fromModel(readLab(name))
  const report = await lab.run()
  expect(report.checks.filter(({ ok }) => ok !== true).map(({ name: check }) => check), formatReport(report)).toEqual([])
  // An hour later neighbours have been forgotten and nothing is on its way any more.
  await lab.runFor('1h')
  expect(lab.network.pool.live).toBe(0)
})
