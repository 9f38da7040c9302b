import { signal } from '@preact/signals'
import { lexer } from 'marked'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { CaptureCheck, CheckModel } from '../../../src/lab/model.ts'
import { tellRefusal } from '../actions.ts'
import { Icon } from '../icon.tsx'
import { t } from '../i18n/words.ts'
import { lesson } from '../labs.ts'
import { checks, labName, language, model } from '../state.ts'
import { clockText } from '../time/format.ts'
import { nextLab } from './course.ts'
import { indexOpen } from './index-open.ts'
import { Blocks } from './markdown.tsx'
import { openBundled } from './open-lab.ts'
import { type Lesson, pagesOf } from './pages.ts'
import './lessons.css'

/** Where a person is in the open lab's lesson: kept while other rooms are open, and when the language changes. */
const place = signal<{ readonly lab: string, readonly page: number }>({ lab: '', page: 0 })

/** The open lab's README, a step at a time, with what it says to do done at a press; at its end the lab's checks. */
export function LessonRoom() {
  const name = labName.value
  const text = useLesson(name, language.value)
  const read: Lesson | null = useMemo(() => text === null ? null : pagesOf(lexer(text)), [text])
  const room = useRef<HTMLElement>(null)
  if (model.value === null || read === null) return <p class="loading" aria-busy="true" />
  if (read.pages.length === 0 && model.value.checks.length === 0) return <NoLesson />
  const { title, pages } = read
  const nodes = model.value.nodes.map((node) => node.name)
  const count = pages.length + 1
  const at = place.value.lab === name ? Math.min(place.value.page, count - 1) : 0
  const page = pages[at]
  const goTo = (next: number): void => {
    place.value = { lab: name, page: next }
    room.current?.parentElement?.scrollTo({ top: 0 })
  }
  const onKey = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (by === 0 || at + by < 0 || at + by >= count) return
    goTo(at + by)
    const steps = event.currentTarget instanceof HTMLElement ? event.currentTarget.querySelectorAll('button') : []
    steps[at + by + 1]?.focus() // the first button is that of the step before
    event.preventDefault()
  }
  return (
    <article class="lesson" ref={room} aria-label={t('room.lesson')}>
      <h2>{title === '' ? model.value.name : title}</h2>
      <nav class="lesson-nav" aria-label={t('lesson.steps')} onKeyDown={onKey}>
        <button
          type="button" aria-label={t('lesson.previous')} title={t('lesson.previous')} disabled={at === 0}
          onClick={() => goTo(at - 1)}
        >
          <Icon name="left" />
        </button>
        <ol>
          {Array.from({ length: count }, (_, index) => (
            <li key={index}>
              <button
                type="button" aria-current={index === at ? 'step' : undefined} tabIndex={index === at ? 0 : -1}
                aria-label={nameOf(read, index)} title={nameOf(read, index)} data-read={index < at} onClick={() => goTo(index)}
              />
            </li>
          ))}
        </ol>
        <button
          type="button" aria-label={t('lesson.next')} title={t('lesson.next')} disabled={at === count - 1}
          onClick={() => goTo(at + 1)}
        >
          <Icon name="right" />
        </button>
      </nav>
      <section class="lesson-page" aria-live="polite">
        {page === undefined ? <Proof /> : (
          <>
            {nameOf(read, at) !== '' && <p class="lesson-part">{nameOf(read, at)}</p>}
            <Blocks tokens={page.tokens} reading={{ nodes }} />
          </>
        )}
      </section>
      {at < count - 1
        ? (
          <button type="button" class="primary lesson-on" onClick={() => goTo(at + 1)}>
            {t('lesson.on')}<Icon name="right" />
          </button>
        ) : <NextLab name={name} />}
    </article>
  )
}

function NoLesson() {
  return (
    <div class="lesson">
      <h2>{model.value?.name}</h2>
      <p>{model.value?.about}</p>
      <p>{t('lesson.none')}</p>
      <div class="lesson-end"><button type="button" onClick={() => { indexOpen.value = true }}>{t('labs.all')}</button></div>
    </div>
  )
}

/** The text of a lab's README; '' for a lab without one, null while it is loaded. */
function useLesson(name: string, inLanguage: 'en' | 'zh'): string | null {
  const [loaded, setLoaded] = useState<{ readonly key: string, readonly text: string } | null>(null)
  const key = `${name}/${inLanguage}`
  useEffect(() => {
    let wanted = true
    void (name === '' ? Promise.resolve('') : lesson(name, inLanguage)).then((text) => {
      if (wanted) setLoaded({ key, text })
    })
    return () => { wanted = false }
  }, [key])
  return loaded?.key === key ? loaded.text : null
}

function nameOf({ pages }: Lesson, index: number): string {
  const page = pages[index]
  if (page === undefined) return t('lesson.proof')
  if (page.step === null) return page.heading === '' ? t('lesson.about') : page.heading
  return t('lesson.step_', { number: page.step, all: pages.filter(({ step }) => step !== null).length })
}

/** What the lab claims, and what of it has been seen to hold so far. */
function Proof() {
  const lab = model.value
  if (lab === null || lab.checks.length === 0) return <p>{t('checks.none')}</p>
  const results = checks.value
  const holding = results.filter(({ ok }) => ok === true).length
  return (
    <>
      <p class="lesson-part">{t('lesson.proof')}</p>
      <p>{t('lesson.proofAbout')}</p>
      <ul class="lesson-checks">
        {lab.checks.map((check, index) => {
          const ok = results[index]?.ok ?? null
          return (
            <li key={index} data-ok={ok}>
              <b aria-label={t(ok === true ? 'lesson.holds' : ok === false ? 'lesson.fails' : 'lesson.waits')}>
                {ok === true ? '✓' : ok === false ? '✗' : '·'}
              </b>
              <div>
                <code>{check.kind === 'run' ? `${check.on}# ${check.run}` : captureText(check)}</code>
                <span>{expectationText(check)}</span>
                {results[index]?.reasons.map((reason) => <p key={reason}>{reason}</p>)}
              </div>
              <time class="mono">{clockText(check.atNs)}</time>
            </li>
          )
        })}
      </ul>
      <p class="lesson-sum" aria-live="polite">{t('checks.hold', { count: holding, all: lab.checks.length })}</p>
    </>
  )
}

/** "middle:eth1 icmp": the frames that a check counts. */
function captureText({ on, interface: device, filter }: CaptureCheck): string {
  return `${on}:${device} ${filter}`.trim()
}

/** What a check demands, in a few words. */
function expectationText({ expect }: CheckModel): string {
  if ('minFrames' in expect) {
    const { minFrames: least, maxFrames: most } = expect
    if (least === most) return t('lesson.frames', { count: least })
    return most === Number.MAX_SAFE_INTEGER ? t('lesson.framesLeast', { least }) : t('lesson.framesRange', { least, most })
  }
  const { exit, stdout, stderr } = expect
  const texts = [...stdout, ...stderr].map(({ text, not }) =>
    text === '' ? t('lesson.printsNothing') : t(not ? 'lesson.printsNot' : 'lesson.prints', { text }))
  return [...exit === null ? [] : [t('lesson.exits', { exit })], ...texts].join(t('lesson.and'))
}

function NextLab({ name }: { readonly name: string }) {
  const next = nextLab(name)
  return (
    <div class="lesson-end">
      {next !== null && (
        <button type="button" class="primary" onClick={() => void openBundled(next).catch(tellRefusal)}>
          {t('lesson.nextLab', { lab: next })}
        </button>
      )}
      <button type="button" onClick={() => { indexOpen.value = true }}>{t('labs.all')}</button>
    </div>
  )
}
