import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { CapturedFrame } from '../../messages.ts'
import { t } from '../i18n/words.ts'
import { clockText } from '../time/format.ts'

const ROW = 24
/** Rows that are drawn beyond what is seen, above and below. */
const MARGIN = 10

interface Props {
  readonly frames: readonly CapturedFrame[]
  readonly chosen: CapturedFrame | null
  readonly choose: (frame: CapturedFrame) => void
  readonly journey: (frame: CapturedFrame) => void
}

/** The list of frames. Only what is seen is drawn, so it may be long. Arrows choose, Enter tells the journey. */
export function FrameList({ frames, chosen, choose, journey }: Props) {
  const list = useRef<HTMLDivElement>(null)
  const top = useSignal(0)
  const following = useRef(true)
  useEffect(() => {
    if (list.current !== null && following.current) list.current.scrollTop = list.current.scrollHeight
  }, [frames])
  const height = list.current?.clientHeight ?? 300
  const first = Math.max(0, Math.floor(top.value / ROW) - MARGIN)
  const last = Math.min(frames.length, Math.ceil((top.value + height) / ROW) + MARGIN)
  const at = chosen === null ? -1 : frames.findIndex(({ sequence }) => sequence === chosen.sequence)
  const key = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (event.key === 'Enter' && chosen !== null) journey(chosen)
    else if (by === 0) return
    else {
      const next = frames[Math.min(frames.length - 1, Math.max(0, at + by))]
      if (next !== undefined) choose(next)
      const row = Math.max(0, at + by) * ROW
      const element = list.current
      if (element !== null && (row < element.scrollTop || row + ROW > element.scrollTop + element.clientHeight)) {
        element.scrollTop = row - element.clientHeight / 2
      }
    }
    event.preventDefault()
  }
  return (
    <div
      ref={list} class="capture-list" role="listbox" tabIndex={0} aria-label={t('capture.list')} onKeyDown={key}
      aria-activedescendant={at >= first && at < last ? `frame-${chosen?.sequence}` : undefined}
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget
        top.value = scrollTop
        following.current = scrollTop + clientHeight >= scrollHeight - ROW
      }}
    >
      <div class="capture-space" ref={(element) => { if (element !== null) element.style.height = `${frames.length * ROW}px` }}>
        {frames.slice(first, last).map((frame, index) => (
          <div
            key={frame.sequence} id={`frame-${frame.sequence}`} class="capture-row mono" role="option"
            aria-selected={frame.sequence === chosen?.sequence} data-dropped={frame.dropped !== ''} title={frame.dropped}
            ref={(element) => { if (element !== null) element.style.top = `${(first + index) * ROW}px` }}
            onClick={() => choose(frame)} onDblClick={() => journey(frame)}
          >
            <i class={`capture-dot capture-${frame.protocol}`} />
            <span class="capture-time">{clockText(frame.atNs)}</span>
            <span class="capture-end">{frame.end} {frame.end === '' ? '' : frame.direction === 'out' ? '→' : '←'}</span>
            <span class="capture-summary">{frame.summary}{frame.dropped === '' ? '' : `  ✗ ${frame.dropped}`}</span>
          </div>
        ))}
      </div>
    </div>
  )
}
