import { useState } from 'preact/hooks'
import type { JourneyView } from '../../messages.ts'
import { applyFixes, tellRefusal } from '../actions.ts'
import { copyText } from '../clipboard.ts'
import { t } from '../i18n/words.ts'
import { journeyTitle } from '../journey-title.ts'
import { journey, sideRoom } from '../state.ts'
import { Legs } from './legs.tsx'
import { explain } from './sentences.ts'
import './journey.css'

/** The way of one packet: how it ended, what would help, and each node's decisions on the way. */
export function JourneyRoom() {
  const shown = journey.value
  if (shown === null) {
    return (
      <div class="journey-none">
        <p>{t('journey.none')}</p>
        <button type="button" class="primary" onClick={() => { sideRoom.value = 'why' }}>{t('journey.ask')}</button>
      </div>
    )
  }
  return (
    <article class="journey" aria-label={t('room.journey')}>
      <header class="journey-head">
        <h2>{journeyTitle(shown)}</h2>
        <CopyButton key={shown.text} text={shown.text} />
      </header>
      <Ending key={`${shown.text}#end`} journey={shown} />
      <Legs key={`${shown.text}#legs`} journey={shown} />
      {shown.output !== '' && (
        <details class="journey-output">
          <summary>{t('journey.output')}</summary>
          <pre>{shown.output}</pre>
        </details>
      )}
    </article>
  )
}

function CopyButton({ text }: { readonly text: string }) {
  const [copied, setCopied] = useState(false)
  return (
    <button type="button" onClick={() => void copyText(text).then(setCopied)}>
      {t(copied ? 'journey.copied' : 'journey.copy')}
    </button>
  )
}

/** How it ended, in words; if badly, what helps. A packet that was clicked may still be on its way: nothing is said. */
function Ending({ journey: { asked, loss, remedy } }: { readonly journey: JourneyView }) {
  if (asked === null) return null
  if (loss === null) {
    const word = asked.protocol === 'udp' ? 'journey.taken' : asked.tries > 1 ? 'journey.allAnswered' : 'journey.answered'
    return <p class="journey-end" data-ok="true"><b aria-hidden="true">✓</b>{t(word, { tries: asked.tries })}</p>
  }
  const place = loss.device === '' ? loss.node : `${loss.node} (${loss.device})`
  return (
    <section class="journey-end" data-ok="false">
      <p>
        <b aria-hidden="true">✕</b>
        {t(loss.answer ? 'journey.answerLost' : 'journey.lost', { place, why: explain(loss.text) })}
        {' '}<code>{loss.reason}</code>
      </p>
      {loss.reason === 'NO_SOCKET' ? <p>{t('journey.noService', { port: asked.port })}</p>
        : remedy === null || remedy.length === 0 ? <p>{t('journey.noRemedy')}</p> : <Remedy fixes={remedy} asked={asked} />}
    </section>
  )
}

type Fixes = NonNullable<JourneyView['remedy']>

function Remedy({ fixes, asked }: { readonly fixes: Fixes, readonly asked: NonNullable<JourneyView['asked']> }) {
  const [done, setDone] = useState<ReadonlySet<number>>(new Set())
  const [busy, setBusy] = useState(false)
  const apply = async (chosen: readonly number[], again: boolean): Promise<void> => {
    setBusy(true)
    try {
      await applyFixes(chosen.map((index) => fixes[index]), again ? asked : null)
      setDone(new Set([...done, ...chosen]))
    } catch (error) {
      tellRefusal(error)
    } finally {
      setBusy(false)
    }
  }
  const left = fixes.flatMap((_, index) => done.has(index) ? [] : [index])
  return (
    <div class="journey-remedy">
      <p>{t('journey.remedy')}</p>
      <ol>
        {fixes.map((fix, index) => {
          const [place, what] = 'on' in fix ? [fix.on, fix.run] : [t('journey.link', { link: fix.link }), changeText(fix.set)]
          return (
            <li key={`${place} ${what}`}>
              <div><strong>{place}</strong><code>{what}</code></div>
              <button
                type="button" disabled={busy || done.has(index)} aria-label={`${t('journey.do')}: ${place}: ${what}`}
                onClick={() => void apply([index], false)}
              >
                {t(done.has(index) ? 'journey.done' : 'journey.do')}
              </button>
            </li>
          )
        })}
      </ol>
      <button type="button" class="primary" disabled={busy} aria-busy={busy} onClick={() => void apply(left, true)}>
        {t(left.length > 0 ? 'journey.doAll' : 'journey.again')}
      </button>
    </div>
  )
}

function changeText(set: Readonly<Record<string, string>>): string {
  return Object.entries(set).map(([key, value]) => `${key}: ${value}`).join(', ')
}
