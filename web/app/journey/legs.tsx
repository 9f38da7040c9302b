import { useEffect, useRef, useState } from 'preact/hooks'
import type { JourneyView, LegView, StayView } from '../../messages.ts'
import { Icon } from '../icon.tsx'
import { t } from '../i18n/words.ts'
import { journeyAt } from '../state.ts'
import { clockText } from '../time/format.ts'
import { HeaderTable } from './header-table.tsx'
import { explain } from './sentences.ts'

/** [leg, stay]: a place in a journey. */
type At = readonly [number, number]

/**
 * The packet and what it caused, each a block of stays at nodes. The stay that has the focus, or under the pointer, is
 * the one that the canvas lights up (state.journeyAt); arrow keys go from one to the next.
 */
export function Legs({ journey }: { readonly journey: JourneyView }) {
  const { legs } = journey
  const [open, setOpen] = useState<ReadonlySet<number>>(() => new Set(legs.flatMap((leg, i) => startsOpen(leg) ? [i] : [])))
  const list = useRef<HTMLDivElement>(null)
  /** What this room itself pointed at last: it need not scroll there. */
  const own = useRef<At | null>(null)
  const places: At[] = legs.flatMap((leg, i) => leg.stays.map((_, j): At => [i, j]))
  const at = journeyAt.value
  const present = at === null ? -1 : places.findIndex(([leg, stay]) => leg === at[0] && stay === at[1])

  const point = (place: At): void => {
    own.current = place
    journeyAt.value = place
  }
  const unfold = (leg: number): void => { if (!open.has(leg)) setOpen(new Set([...open, leg])) }
  const goTo = (index: number): void => {
    const place = places[Math.max(0, Math.min(places.length - 1, index))]
    if (place === undefined) return
    unfold(place[0])
    point(place)
    const there = elementAt(list.current, place)
    if (there !== null) there.focus()
    else requestAnimationFrame(() => elementAt(list.current, place)?.focus()) // once its leg is unfolded
  }
  const onKey = (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLElement) || !event.target.matches('.journey-stay')) return
    if (event.key === 'ArrowDown') goTo(present + 1)
    else if (event.key === 'ArrowUp') goTo(present - 1)
    else if (event.key === 'Home') goTo(0)
    else if (event.key === 'End') goTo(places.length - 1)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  useEffect(() => {
    if (at === null || own.current === at) return
    unfold(at[0])
    requestAnimationFrame(() => elementAt(list.current, at)?.scrollIntoView({ block: 'nearest', behavior: 'smooth' }))
  }, [at])

  return (
    <>
      <div class="journey-tools" role="group" aria-label={t('journey.hops')}>
        <button type="button" disabled={present <= 0} onClick={() => goTo(present - 1)}>
          <Icon name="up" />{t('journey.previous')}
        </button>
        <button type="button" disabled={present === places.length - 1} onClick={() => goTo(present + 1)}>
          <Icon name="down" />{t('journey.next')}
        </button>
        {present >= 0 && <span class="journey-count">{t('journey.count', { at: present + 1, all: places.length })}</span>}
      </div>
      <div class="journey-legs" ref={list} onKeyDown={onKey}>
        {legs.map((leg, i) => (
          <section key={leg.trace} class="journey-leg" data-kind={leg.kind} data-open={open.has(i)}>
            <h3>
              <button
                type="button" aria-expanded={open.has(i)}
                onClick={() => setOpen(new Set(open.has(i) ? [...open].filter((one) => one !== i) : [...open, i]))}
              >
                <Icon name={open.has(i) ? 'down' : 'right'} />
                <span class="journey-kind">{t(`journey.${leg.kind}`)}</span>
                {isLost(leg) && <b class="journey-cross" title={t('journey.dropped')}>✕</b>}
                {leg.title !== '' && <code>{leg.title}</code>}
              </button>
            </h3>
            {open.has(i) && (
              <>
                {leg.cause !== '' && <p class="journey-cause">{t('journey.by')} <code>{leg.cause}</code></p>}
                <ol class="journey-stays">
                  {leg.stays.map((stay, j) => (
                    <Stay
                      key={stay.node} stay={stay} place={[i, j]} current={at !== null && at[0] === i && at[1] === j}
                      inOrder={present < 0 ? i === 0 && j === 0 : at !== null && at[0] === i && at[1] === j} point={point}
                    />
                  ))}
                </ol>
                <HeaderTable wires={leg.wires} point={(node) => {
                  const stay = leg.stays.findIndex((one) => one.node === node)
                  if (stay >= 0) point([i, stay])
                }} />
              </>
            )}
          </section>
        ))}
      </div>
    </>
  )
}

interface StayProps {
  readonly stay: StayView
  readonly place: At
  readonly current: boolean
  /** Whether Tab stops here: one stay of all does. */
  readonly inOrder: boolean
  readonly point: (place: At) => void
}

function Stay({ stay, place, current, inOrder, point }: StayProps) {
  const went = [...new Set(stay.went.map(({ device }) => device))].join(', ')
  return (
    <li
      class="journey-stay" data-at={place.join('/')} aria-current={current}
      data-dropped={stay.drops.some(({ harmless }) => harmless !== true)}
      tabIndex={inOrder ? 0 : -1} onFocus={() => point(place)}
      onPointerMove={(event) => { if (!current && isMoved(event)) point(place) }}
    >
      <p class="journey-where">
        <strong>{stay.node}</strong>
        <span class="mono">
          {stay.came !== '' && <span title={t('journey.came')}><span aria-label={t('journey.came')}>→</span> {stay.came}</span>}
          {went !== '' && <span title={t('journey.went')}> {went} <span aria-label={t('journey.went')}>→</span></span>}
        </span>
        <time class="mono">{clockText(stay.atNs)}</time>
      </p>
      {stay.steps.length > 0 && (
        <dl>
          {stay.steps.map(({ hook, text }) => (
            <div key={`${hook} ${text}`}><dt>{hook}</dt><dd>{explain(text)}</dd></div>
          ))}
        </dl>
      )}
      {stay.drops.map(({ reason, text, harmless }) => (
        <p key={reason} class="journey-drop" data-harmless={harmless}>
          <b aria-label={t('journey.dropped')}>{harmless === true ? '–' : '✕'}</b><code>{reason}</code> {explain(text)}
        </p>
      ))}
    </li>
  )
}

/** The packet itself, its answer, and whatever came to a bad end, are unfolded at first; ARP and the rest are not. */
function startsOpen(leg: LegView): boolean {
  return leg.kind === 'packet' || leg.kind === 'answer' || leg.kind === 'error'
}

function isLost({ stays }: LegView): boolean {
  return stays.some(({ drops }) => drops.some(({ harmless }) => harmless !== true))
}

/** Whether the pointer moved, and not the page under it. */
function isMoved({ movementX, movementY }: PointerEvent): boolean {
  return movementX !== 0 || movementY !== 0
}

function elementAt(list: HTMLElement | null, [leg, stay]: At): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`[data-at="${leg}/${stay}"]`) ?? null
}
