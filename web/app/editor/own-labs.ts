import { batch, signal } from '@preact/signals'
import { createStore, del, entries, get, set, type UseStore } from 'idb-keyval'
import { openLab } from '../actions.ts'
import { Refused } from '../engine.ts'
import { t } from '../i18n/words.ts'
import { baseName } from '../share/link.ts'
import { draftFile, draftIssues, draftModel, draftText, notice, sideRoom } from '../state.ts'

/** A person's own labs, in the browser's database by name. Their file is "my/NAME.yaml"; what is typed is kept at once. */
export interface OwnLab {
  readonly name: string
  readonly text: string
  /** Real time, ms since 1970. */
  readonly savedAt: number
}

export const ownLabs = signal<readonly OwnLab[]>([])

let opened: UseStore | null = null
const store = (): UseStore => opened ??= createStore('netarium-labs', 'labs')
const FOLDER = 'my/'

export function isOwn(file: string): boolean {
  return file.startsWith(FOLDER)
}

export async function readOwnLabs(): Promise<void> {
  const all = await entries<string, OwnLab>(store())
  ownLabs.value = all.map(([, lab]) => lab).sort((a, b) => a.name < b.name ? -1 : 1)
}

export async function keepOwn(file: string, text: string): Promise<void> {
  await putOwn({ name: file.slice(FOLDER.length).replace(/\.yaml$/, ''), text, savedAt: Date.now() })
}

export async function putOwn(lab: OwnLab): Promise<void> {
  await set(lab.name, lab, store())
  await readOwnLabs()
}

export async function deleteOwn(name: string): Promise<void> {
  await del(name, store())
  await readOwnLabs()
}

/** Keeps a new lab of one's own under a name that is free: the one that is wished, or with a number behind it. */
export async function addOwn(wished: string, text: string): Promise<string> {
  const stem = wished.replace(/[^\p{L}\p{N}_.-]+/gu, '-').replace(/^[-.]+/, '') || 'lab'
  let name = stem
  for (let number = 2; ; number++) {
    const there = await get<OwnLab>(name, store())
    if (there === undefined) await putOwn({ name, text, savedAt: Date.now() })
    if (there === undefined || there.text === text) return name
    name = `${stem}-${number}`
  }
}

/**
 * Opens a lab of one's own. One with errors comes into the editor, which shows them; the running lab stays. Gives false
 * then, or if there is none of this name.
 */
export async function openOwn(name: string): Promise<boolean> {
  const lab = await get<OwnLab>(name, store())
  if (lab === undefined) {
    notice.value = t('editor.noSuchLab', { name })
    return false
  }
  const fileName = `${FOLDER}${name}.yaml`
  const address = `?my=${encodeURIComponent(name)}`
  if (location.search !== address) history.pushState(null, '', address)
  try {
    await openLab({ fileName, text: lab.text })
    sideRoom.value = 'editor'
    return true
  } catch (error) {
    if (!(error instanceof Refused) || error.issues.length === 0) throw error
    showBroken(fileName, lab.text, error)
    return false
  }
}

/** A lab file from elsewhere: kept among one's own, and opened. */
export async function takeLabFile(fileName: string, text: string): Promise<void> {
  await openOwn(await addOwn(baseName(fileName), text))
}

function showBroken(fileName: string, text: string, refused: Refused): void {
  batch(() => {
    draftFile.value = fileName
    draftText.value = text
    draftModel.value = null
    draftIssues.value = refused.issues
    sideRoom.value = 'editor'
    notice.value = t('editor.broken', { file: fileName, count: refused.issues.length })
  })
}
