import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.ts'
import { LAB_NAMES, readLab } from '../support/labs.ts'

/* The slab of frames moves at every allocation: whoever keeps a view across one would throw, or read another run. */

test.each(LAB_NAMES)('%s: the same run while the slab moves at every allocation', async (name) => {
  const still = await (await Lab.fromModel(readLab(name))).run()
  const lab = await Lab.fromModel(readLab(name))
  lab.network.pool.relocating = true
  const moving = await lab.run()
  expect([moving.journalHash, moving.ok]).toEqual([still.journalHash, true])
})
