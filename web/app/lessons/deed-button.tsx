import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import {
  askWhy, engine, openConsole, openLab, play, seek, step, tellRefusal, type as typeInto,
} from '../actions.ts'
import { Icon, type IconName } from '../icon.tsx'
import { t, type Word } from '../i18n/words.ts'
import { bottomRoom, consoles, frontConsole, labName, source } from '../state.ts'
import type { Deed } from './deeds.ts'

interface Props {
  readonly deed: Deed
  readonly children?: ComponentChildren
  readonly small?: boolean
}

const WORDS: Readonly<Record<Deed['kind'], readonly [Word, IconName]>> = {
  type: ['lesson.do', 'play'], why: ['lesson.why', 'right'], run: ['lesson.run', 'play'], step: ['lesson.step', 'step'],
  capture: ['lesson.capture', 'right'], link: ['lesson.cable', 'right'],
}

/** Does what a line of a lesson says. children: words of the lesson's own for it. small: the icon alone, amid a sentence. */
export function DeedButton({ deed, children, small = false }: Props) {
  const [busy, setBusy] = useState(false)
  const [, icon] = WORDS[deed.kind]
  const act = async (): Promise<void> => {
    setBusy(true)
    try {
      await doIt(deed)
    } catch (error) {
      tellRefusal(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <button type="button" class="lesson-deed" disabled={busy} aria-label={children === undefined ? labelOf(deed) : undefined}
      title={small ? labelOf(deed) : undefined}
      onClick={() => void act()}
    >
      <Icon name={icon} />{small ? null : children ?? wordsOf(deed)}
    </button>
  )
}

function labelOf(deed: Deed): string {
  const text = wordsOf(deed)
  return deed.kind === 'type' ? `${text}: ${deed.node}# ${deed.command}` : text
}

function wordsOf(deed: Deed): string {
  const [word] = WORDS[deed.kind]
  return t(deed.kind === 'run' && deed.seed !== null ? 'lesson.runSeed' : word, valuesOf(deed))
}

function valuesOf(deed: Deed): Record<string, string | number> {
  if (deed.kind === 'why') return { from: deed.from, to: deed.to }
  return deed.kind === 'run' && deed.seed !== null ? { seed: deed.seed } : {}
}

async function doIt(deed: Deed): Promise<void> {
  switch (deed.kind) {
    case 'type': return typeOn(deed.node, deed.command)
    case 'why':
      if (deed.atNs !== null) await seek(deed.atNs)
      return askWhy(deed.from, deed.to)
    case 'run': return run(deed.seed)
    case 'step': return step()
    case 'capture':
      bottomRoom.value = 'capture'
      return
    case 'link': engine.order({ kind: 'setLink', end: deed.end, set: deed.set, direction: 'both' })
  }
}

/** Types a command into a console of the node: the one in front if it is the node's, else any, else a new one. */
async function typeOn(node: string, command: string): Promise<void> {
  const own = consoles.value.filter((one) => one.node === node && one.alive)
  const there = own.find(({ console }) => console === frontConsole.value) ?? own[0]
  if (there !== undefined) {
    frontConsole.value = there.console
    bottomRoom.value = 'console'
  }
  typeInto(there?.console ?? await openConsole(node), `${command}\r`)
}

/** Runs the lab on; with a seed, anew from its start. */
async function run(seed: number | null): Promise<void> {
  const { value: opened } = source
  if (seed !== null && opened !== null) {
    await openLab({ fileName: opened.fileName, text: opened.text, seed }, labName.value)
  }
  play()
}
