import { useEffect, useRef, useState } from 'preact/hooks'
import { tellRefusal } from '../actions.ts'
import { Icon } from '../icon.tsx'
import { t } from '../i18n/words.ts'
import { labName, language } from '../state.ts'
import { type Chapter, COURSE } from './course.ts'
import { indexOpen } from './index-open.ts'
import { openBundled } from './open-lab.ts'
import './labs-index.css'

/** Where a newcomer starts. */
const FIRST_LAB = 'first-ping'

const pictures = import.meta.glob<string>('../../../labs/*/topology.svg', {
  query: '?url&no-inline', import: 'default', eager: true,
})

/** All bundled labs, chapter by chapter in the order of the reference text, to be found by a word and opened. */
export function LabsIndex() {
  const dialog = useRef<HTMLDialogElement>(null)
  const [wanted, setWanted] = useState('')
  useEffect(() => dialog.current?.showModal(), [])
  const close = (): void => { indexOpen.value = false }
  const pick = (name: string): void => {
    close()
    void openBundled(name).catch(tellRefusal)
  }
  const chapters = found(wanted)
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') close() // also from the search field, which would only be emptied
    const by = event.key === 'ArrowDown' || event.key === 'ArrowRight' ? 1
      : event.key === 'ArrowUp' || event.key === 'ArrowLeft' ? -1 : 0
    const inField = event.target instanceof HTMLInputElement
    if (by === 0 || inField && event.key !== 'ArrowDown') return
    const cards = [...dialog.current?.querySelectorAll<HTMLElement>('.labs-card') ?? []]
    const next = cards.indexOf(document.activeElement as HTMLElement) + by // -1: not found, the first is next
    cards[Math.max(0, Math.min(cards.length - 1, next))]?.focus()
    event.preventDefault()
  }
  return (
    <dialog
      class="labs" ref={dialog} aria-label={t('labs.title')} onClose={close} onKeyDown={onKey}
      onClick={(event) => { if (event.target === dialog.current) close() }}
    >
      <div class="labs-head">
        <div>
          <h2>{t('labs.title')}</h2>
          <p>{t('labs.about')}</p>
        </div>
        <input
          type="search" value={wanted} placeholder={t('labs.search')} aria-label={t('labs.search')} autofocus
          onInput={(event) => setWanted(event.currentTarget.value)}
          onKeyDown={(event) => {
            const first = chapters[0]?.labs[0]
            if (event.key === 'Enter' && wanted !== '' && first !== undefined) pick(first.name)
          }}
        />
        <button type="button" aria-label={t('app.close')} title={t('app.close')} onClick={close}><Icon name="close" /></button>
      </div>
      <div class="labs-chapters">
        {chapters.length === 0 && <p class="labs-none">{t('labs.none')}</p>}
        {chapters.map(({ title, labs }) => (
          <section key={title.en}>
            <h3>{title[language.value]}</h3>
            <ul>
              {labs.map(({ name, claim }) => (
                <li key={name}>
                  <button
                    type="button" class="labs-card" aria-current={name === labName.value ? 'true' : undefined}
                    onClick={() => pick(name)}
                  >
                    <img src={pictures[`../../../labs/${name}/topology.svg`]} alt="" loading="lazy" />
                    <strong>{name}{name === FIRST_LAB && <em>{t('labs.start')}</em>}</strong>
                    <span>{claim[language.value]}</span>
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </dialog>
  )
}

/** The chapters with the labs in which every word is found: in the name, the claim or the chapter's title. */
function found(wanted: string): readonly Chapter[] {
  const words = wanted.toLowerCase().split(/\s+/)
  return COURSE.flatMap(({ title, labs }) => {
    const left = labs.filter(({ name, claim }) => {
      const text = `${name} ${claim.en} ${claim.zh} ${title.en} ${title.zh}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    return left.length === 0 ? [] : [{ title, labs: left }]
  })
}
