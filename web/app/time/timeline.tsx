import { useRef, useState } from 'preact/hooks'
import { seek, showJourney, tellRefusal } from '../actions.ts'
import { t } from '../i18n/words.ts'
import { clock, marks } from '../state.ts'
import type { Mark } from '../../messages.ts'
import { clockText, scaleStep, tickText } from './format.ts'

/** The least span that is shown, so that a run that has just begun does not race over the scale. */
const LEAST_SPAN_NS = 2e9
const TICKS = 8
/** Marks nearer to each other than this share of the span are drawn as one. */
const MERGE = 1 / 240

/**
 * The run from its start to the latest moment that was reached, with what happened on it. Dragging goes to a moment:
 * the engine replays up to there, one jump at a time, and the last one wanted wins.
 */
export function Timeline() {
  const track = useRef<HTMLDivElement>(null)
  const wanted = useRef<number | null>(null)
  const going = useRef(false)
  const [dragNs, setDragNs] = useState<number | null>(null)
  const { nowNs, endNs } = clock.value
  const spanNs = Math.max(LEAST_SPAN_NS, endNs * 1.04)
  const shownNs = dragNs ?? nowNs

  const go = (atNs: number): void => {
    wanted.current = atNs
    setDragNs(atNs)
    if (going.current) return
    going.current = true
    void follow(wanted).catch(tellRefusal).finally(() => {
      going.current = false
      setDragNs(null)
    })
  }
  const momentAt = (event: PointerEvent): number => {
    const box = track.current?.getBoundingClientRect()
    if (box === undefined) return nowNs
    return Math.round(Math.min(endNs, Math.max(0, (event.clientX - box.left) / box.width * spanNs)))
  }
  const key = (event: KeyboardEvent): void => {
    const target = keyTarget(event.key, nowNs, endNs)
    if (target === null) return
    event.preventDefault()
    go(target)
  }
  return (
    <div
      ref={track} class="timeline" role="slider" tabIndex={0} aria-label={t('time.line')} aria-valuemin={0}
      aria-valuemax={endNs} aria-valuenow={shownNs} aria-valuetext={clockText(shownNs)} onKeyDown={key}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        go(momentAt(event))
      }}
      onPointerMove={(event) => { if (event.currentTarget.hasPointerCapture(event.pointerId)) go(momentAt(event)) }}
    >
      <svg class="timeline-scale" preserveAspectRatio="none" viewBox="0 0 1000 40" aria-hidden="true">
        <rect class="timeline-past" x="0" y="18" width={share(shownNs, spanNs)} height="6" rx="3" />
        <rect
          class="timeline-future" x={share(shownNs, spanNs)} y="18" height="6" rx="3"
          width={Math.max(0, share(endNs, spanNs) - share(shownNs, spanNs))}
        />
        {merged(marks.value, spanNs).map(({ mark, all }) => (
          <rect
            key={`${mark.kind}${mark.atNs}`} class={`timeline-mark timeline-${mark.kind}`} width="2.4"
            x={share(mark.atNs, spanNs) - 1.2} y={mark.kind === 'drop' ? 8 : 12} height={all.length > 1 ? 22 : 16}
          />
        ))}
      </svg>
      {ticks(spanNs).map((ns) => (
        <span key={ns} class="timeline-tick" ref={(element) => { if (element !== null) element.style.left = percent(ns, spanNs) }}>
          {tickText(ns)}
        </span>
      ))}
      <span
        class="timeline-head" aria-hidden="true"
        ref={(element) => { if (element !== null) element.style.left = percent(shownNs, spanNs) }}
      />
      <MarkTips spanNs={spanNs} atNs={shownNs} />
    </div>
  )
}

/** Marks that are told one by one where several stand together. */
const MOST_TOLD = 5

/** What each mark says, for the pointer, and for the keys that went to it: a drop leads to the packet's journey. */
function MarkTips({ spanNs, atNs }: { readonly spanNs: number, readonly atNs: number }) {
  const [pointed, setPointed] = useState<number | null>(null)
  const groups = merged(marks.value, spanNs)
  const tellNs = pointed ?? atNs
  const told = groups.filter(({ mark }) => mark.atNs === tellNs).flatMap((group) => group.all)
  return (
    <>
      {groups.map(({ mark }) => (
        <span
          key={`${mark.kind}${mark.atNs}`} class="timeline-tip" onPointerEnter={() => setPointed(mark.atNs)}
          onPointerLeave={() => setPointed(null)}
          ref={(element) => { if (element !== null) element.style.left = percent(mark.atNs, spanNs) }}
          onDblClick={() => { if (mark.trace !== undefined) void showJourney(mark.trace).catch(tellRefusal) }}
        />
      ))}
      {told.length > 0 && <MarkWords told={told} share={tellNs / spanNs} pointed={pointed !== null} />}
    </>
  )
}

/** share: where on the track, 0 to 1; the words stay within it. */
function MarkWords({ told, share: at, pointed }: { readonly told: readonly Mark[], readonly share: number, readonly pointed: boolean }) {
  return (
    <div
      class="timeline-words" role="tooltip" data-pointed={pointed}
      ref={(element) => {
        if (element === null) return
        element.style.left = `${at * 100}%`
        element.style.translate = `-${at * 100}% 0`
      }}
    >
      <strong class="mono">{clockText(told[0].atNs)}</strong>
      {told.slice(0, MOST_TOLD).map((mark, index) => (
        <span key={index}><i class={`timeline-words-${mark.kind}`} />{mark.text}</span>
      ))}
      {told.length > MOST_TOLD && <em>{t('time.more', { count: told.length - MOST_TOLD })}</em>}
      {pointed && told.some(({ trace }) => trace !== undefined) && <em>{t('time.follow')}</em>}
    </div>
  )
}

async function follow(wanted: { current: number | null }): Promise<void> {
  while (wanted.current !== null) {
    const atNs = wanted.current
    wanted.current = null
    await seek(atNs)
  }
}

/** Where a key leads: arrows to the next and the last mark, Home and End. */
function keyTarget(key: string, nowNs: number, endNs: number): number | null {
  const moments = [0, ...marks.value.map(({ atNs }) => atNs), endNs]
  switch (key) {
    case 'ArrowLeft': return Math.max(0, ...moments.filter((ns) => ns < nowNs))
    case 'ArrowRight': return Math.min(endNs, ...moments.filter((ns) => ns > nowNs))
    case 'Home': return 0
    case 'End': return endNs
    default: return null
  }
}

/** Marks that stand so close that they look like one, with all of them. */
function merged(all: readonly Mark[], spanNs: number): { readonly mark: Mark, readonly all: readonly Mark[] }[] {
  const groups = new Map<string, { mark: Mark, all: Mark[] }>()
  for (const mark of all) {
    const key = `${mark.kind}/${Math.round(mark.atNs / spanNs / MERGE)}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { mark, all: [mark] })
    else group.all.push(mark)
  }
  return [...groups.values()]
}

function ticks(spanNs: number): number[] {
  const step = scaleStep(spanNs, TICKS)
  return Array.from({ length: Math.floor(spanNs / step) + 1 }, (_, i) => i * step)
}

function share(ns: number, spanNs: number): number {
  return ns / spanNs * 1000
}

function percent(ns: number, spanNs: number): string {
  return `${ns / spanNs * 100}%`
}
