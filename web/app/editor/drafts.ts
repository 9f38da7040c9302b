import { effect, signal, untracked } from '@preact/signals'
import { createStore, get, set, update, type UseStore } from 'idb-keyval'
import { engine, openLab } from '../actions.ts'
import { Refused } from '../engine.ts'
import { draftFile, draftIssues, draftModel, draftText, source } from '../state.ts'
import { isOwn, keepOwn } from './own-labs.ts'

/**
 * Keeps what is typed. Each time a lab is opened a session begins; its text, as soon as it differs from the lab's, is
 * kept in the browser's database under the lab's file. When the lab is opened again, the newest draft is offered; what is
 * typed before that is answered belongs to a session of its own, so no draft overwrites another.
 */
export interface Draft {
  readonly session: string
  /** Real time, ms since 1970. */
  readonly savedAt: number
  readonly text: string
}

/** A draft of the open lab from before, for the person to take or to leave. */
export const offered = signal<Draft | null>(null)

/** From the last keystroke until the draft is written, and until the engine is asked about it, ms. */
const SAVE_MS = 200
const CHECK_MS = 160
/** Drafts kept of a file. */
const KEPT = 20
/** Where what could not be written before the page was left waits for the next visit. */
const PENDING = 'netarium.pending-draft'

let opened: UseStore | null = null
const store = (): UseStore => opened ??= createStore('netarium-drafts', 'drafts')

let session = newSession()
/** The text that the session began with. */
let base = ''
/** Whether the session has a draft in the database. */
let hasDraft = false
let running = false
/** What is still to be written. */
let pending: { readonly file: string, readonly draft: Draft } | null = null
let saveTimer: ReturnType<typeof setTimeout> | undefined
let checkTimer: ReturnType<typeof setTimeout> | undefined
let asked = 0

/** Follows draftText from now on. */
export function followDrafts(): void {
  const recovered = recover()
  effect(() => {
    const lab = source.value
    if (lab !== null && !running) untracked(() => begin(lab.fileName, lab.text, recovered))
  })
  effect(() => {
    const text = draftText.value
    const file = draftFile.value
    untracked(() => changed(file, text))
  })
  addEventListener('pagehide', () => {
    flush(true)
  })
}

/** Opens the draft in place of the running lab. Throws Refused, and keeps that lab. */
export async function runDraft(name: string): Promise<void> {
  running = true
  try {
    await openLab({ fileName: draftFile.value, text: draftText.value }, name)
  } finally {
    running = false
  }
}

export function restoreOffered(): void {
  const draft = offered.value
  if (draft === null) return
  offered.value = null
  session = draft.session
  hasDraft = true
  draftText.value = draft.text
}

export function discardOffered(): void {
  const draft = offered.value
  offered.value = null
  if (draft !== null) void drop(draftFile.value, draft.session)
}

/** What the engine says about the draft as it is now. */
export async function checkDraft(): Promise<void> {
  clearTimeout(checkTimer)
  const question = ++asked
  const fileName = draftFile.value
  const text = draftText.value
  try {
    const { issues, model } = await engine.call('check', { fileName, text })
    if (question !== asked) return
    draftIssues.value = issues
    if (model !== null) draftModel.value = model // else what could be read last
  } catch (error) {
    if (!(error instanceof Refused)) throw error // the engine was started anew: the next change asks it again
  }
}

function begin(file: string, text: string, recovered: Promise<void>): void {
  session = newSession()
  base = text
  hasDraft = false
  offered.value = null
  if (isOwn(file)) return
  const own = session
  void recovered.then(() => get<readonly Draft[]>(file, store())).then((drafts = []) => {
    const newest = drafts.filter((draft) => draft.text !== text && draft.text !== draftText.value).at(-1)
    if (session === own && newest !== undefined) offered.value = newest
  }).catch(() => undefined) // a browser without a database: nothing to offer
}

function changed(file: string, text: string): void {
  const isLab = file === source.value?.fileName && text === source.value.text
  if (pending !== null && (isLab || pending.file !== file)) flush(false) // another lab may have been opened
  if (isLab) {
    asked++
    draftModel.value = null
    draftIssues.value = []
  } else if (file !== '') {
    clearTimeout(checkTimer)
    checkTimer = setTimeout(() => void checkDraft(), CHECK_MS)
  }
  if (file === '' || (text === base && !hasDraft)) return
  pending = { file, draft: { session, savedAt: Date.now(), text } }
  clearTimeout(saveTimer)
  saveTimer = setTimeout(() => flush(false), SAVE_MS)
}

function flush(leaving: boolean): void {
  clearTimeout(saveTimer)
  if (pending === null) return
  const { file, draft } = pending
  pending = null
  if (leaving) {
    try {
      localStorage.setItem(PENDING, JSON.stringify({ file, draft }))
    } catch {
      // no room for it there: the database is being written to as well
    }
  }
  void keep(file, draft)
}

async function keep(file: string, draft: Draft): Promise<void> {
  if (isOwn(file)) {
    hasDraft = true
    return keepOwn(file, draft.text)
  }
  if (draft.session === session && draft.text === base) return drop(file, draft.session)
  if (draft.session === session) hasDraft = true
  await update<readonly Draft[]>(file, (drafts = []) =>
    [...drafts.filter((one) => one.session !== draft.session), draft].slice(-KEPT), store())
}

async function drop(file: string, gone: string): Promise<void> {
  if (gone === session) hasDraft = false
  await update<readonly Draft[]>(file, (drafts = []) => drafts.filter((one) => one.session !== gone), store())
}

async function recover(): Promise<void> {
  const pending = localStorage.getItem(PENDING)
  if (pending === null) return
  const { file, draft } = JSON.parse(pending) as { readonly file: string, readonly draft: Draft } // flush() wrote it
  if (isOwn(file)) await keepOwn(file, draft.text)
  else {
    const drafts = await get<readonly Draft[]>(file, store()) ?? []
    await set(file, [...drafts.filter((one) => one.session !== draft.session), draft].slice(-KEPT), store())
  }
  localStorage.removeItem(PENDING)
}

function newSession(): string {
  return crypto.getRandomValues(new Uint32Array(2)).join('-')
}
