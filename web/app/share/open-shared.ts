import { batch, signal } from '@preact/signals'
import { engine, openLab } from '../actions.ts'
import { Refused } from '../engine.ts'
import { t } from '../i18n/words.ts'
import { LAB_NAMES } from '../labs.ts'
import { notice, sideRoom } from '../state.ts'
import { fromFragment, fromJson, type SharedRun, UnreadableRun } from './link.ts'

/** A run that was opened from a link or a file, and whether it came to the same journal hash. */
export interface Proof {
  readonly expected: string
  readonly found: string
  readonly branch: string
}
export const proof = signal<Proof | null>(null)

/** Opens the run in the address's fragment; false if there is none. Links that can't be opened are told in words. */
export async function openFragment(): Promise<boolean> {
  return telling(async () => {
    const run = await fromFragment(location.hash)
    if (run === null) return false
    await openRun(run)
    return true
  })
}

/** Opens NAME.netarium.json. */
export async function openRunFile(text: string): Promise<boolean> {
  return telling(async () => {
    await openRun(fromJson(text))
    return true
  })
}

async function openRun({ source, hash, lab, branch }: SharedRun): Promise<void> {
  await openLab(source, LAB_NAMES.includes(lab) ? lab : '')
  const { hash: found } = await engine.call('share', {})
  batch(() => {
    proof.value = { expected: hash, found, branch }
    sideRoom.value = 'share'
    notice.value = ''
  })
}

async function telling(open: () => Promise<boolean>): Promise<boolean> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof UnreadableRun) notice.value = t(error.why === 'newer' ? 'share.newer' : 'share.damaged')
    else if (error instanceof Refused) notice.value = `${t('share.refused')}\n${error.message}`
    else throw error
    return false
  }
}
