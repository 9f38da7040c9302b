import { useSignal, useSignalEffect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { FrameCounts } from '../../messages.ts'
import { engine } from '../actions.ts'
import { Refused } from '../engine.ts'
import { t, type Word } from '../i18n/words.ts'
import { clock, language, model, theme } from '../state.ts'
import { scaleStep } from '../time/format.ts'
import type { Plot } from './plot.ts'
import { type Row, summaryOf } from './summary.ts'
import './figures.css'

/** Between two looks while time passes, ms: four a second at most. */
const REFRESH_MS = 250
/** The timeline's least span, and as much room at its end. */
const LEAST_SPAN_NS = 2e9
const ROOM = 1.04
const BINS = 100

export interface Line {
  readonly label: string
  /** A token of the theme: "--arp". */
  readonly color: string
  /** So that a line under it is seen too. */
  readonly dashed?: boolean
}

interface Props {
  /** Place in model.links; null: all cables. */
  readonly link: number | null
  readonly title: string
  readonly unit: 'frames' | 'bits'
  /** How a series is called and drawn, by its name in FrameCounts. */
  readonly line: (name: string) => Line
}

/** Frames or bits per second over virtual time, as a figure and as a table in words; it follows the run. */
export function Figure({ link, title, unit, line }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot | null>(null)
  const counts = useSignal<FrameCounts | null>(null)
  useEffect(() => follow(async () => {
    const { endNs } = clock.value
    const binNs = binOf(endNs)
    counts.value = await engine.call('figures', { link, fromNs: 0, binNs, bins: Math.ceil(spanOf(endNs) / binNs) })
  }), [link, model.value])
  useSignalEffect(() => {
    const found = counts.value
    const element = place.current
    void theme.value // the plot's colours are of the theme
    void language.value
    if (found === null || element === null) return
    void import('./plot.ts').then(({ Plot }) => {
      if (place.current !== element) return // the room was closed meanwhile
      plot.current ??= new Plot(element)
      plot.current.show(found, unit, line)
    })
  })
  useEffect(() => () => {
    plot.current?.end()
    plot.current = null
  }, [])
  const rows = counts.value === null ? [] : summaryOf(counts.value, unit)
  return (
    <figure class="figure">
      <figcaption>
        <strong>{title}</strong>
        {rows.map(({ name }) => <Key key={name} {...line(name)} />)}
      </figcaption>
      <div ref={place} class="figure-plot" aria-hidden="true" />
      {rows.length === 0 ? <p class="figure-none">{t('figure.none')}</p> : <Words rows={rows} unit={unit} line={line} />}
    </figure>
  )
}

function Key({ label, color }: Line) {
  return <span class="figure-key"><i ref={(element) => { if (element !== null) element.style.background = `var(${color})` }} />{label}</span>
}

/** The figure in words, for who does not see it. */
function Words({ rows, unit, line }: { readonly rows: readonly Row[], readonly unit: Props['unit'], readonly line: Props['line'] }) {
  return (
    <details class="figure-words">
      <summary>{t('figure.words')}</summary>
      <table>
        <thead><tr><td /><th>{t('figure.sum')}</th><th>{t('figure.peak')}</th><th>{t('figure.at')}</th></tr></thead>
        <tbody>
          {rows.map(({ name, sum, peak, at }) => (
            <tr key={name}>
              <th scope="row">{line(name).label}</th>
              <td>{t(`figure.${unit}` as Word, { count: sum }) /* both units have their word */}</td>
              <td>{t(`figure.${unit}PerSecond` as Word, { count: peak })}</td>
              <td>{at}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}

/** A bin that people can name, so that about BINS of them make the timeline's span. */
function binOf(endNs: number): number {
  return scaleStep(spanOf(endNs), BINS)
}

/** What the timeline shows. */
function spanOf(endNs: number): number {
  return Math.max(LEAST_SPAN_NS, endNs * ROOM)
}

/** Looks now, and again when something has happened; returns how to stop. */
function follow(look: () => Promise<void>): () => void {
  let seen = ''
  let busy = false
  const turn = (): void => {
    const { events, endNs } = clock.value
    const now = `${events}/${binOf(endNs)}`
    if (busy || now === seen) return
    seen = now
    busy = true
    void look().catch((error: unknown) => {
      if (!(error instanceof Refused)) throw error // the lab is another one by now
    }).finally(() => { busy = false })
  }
  turn()
  const timer = window.setInterval(turn, REFRESH_MS)
  return () => window.clearInterval(timer)
}
