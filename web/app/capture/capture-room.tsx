import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import type { CapturedFrame, CapturedFrames, DissectedFrame } from '../../messages.ts'
import { engine, showJourney, tellRefusal } from '../actions.ts'
import { Refused } from '../engine.ts'
import { t } from '../i18n/words.ts'
import { clock, ends, lookedAt, selectedNode } from '../state.ts'
import { FrameList } from './frame-list.tsx'
import { HexView } from './hex-view.tsx'
import { LayerTree, type Range } from './layer-tree.tsx'
import { saveCapture } from './save.ts'
import { WiresharkView } from './wireshark-view.tsx'
import './capture.css'

/** Frames that are listed at most; the newest. */
const LIMIT = 5000
/** Between two looks at what has been captured while time passes, ms. */
const REFRESH_MS = 250

const NOTHING: CapturedFrames = { frames: [], total: 0 }

/** Captures on any interface: a list with a filter, the layers of a frame, its bytes. */
export function CaptureRoom() {
  const end = useSignal<string | null>(null)
  const filter = useSignal('')
  const mistake = useSignal('')
  const found = useSignal<CapturedFrames>(NOTHING)
  const chosen = useSignal<CapturedFrame | null>(null)
  const dissected = useSignal<DissectedFrame | null>(null)
  const range = useSignal<Range | null>(null)
  const byWireshark = useSignal(false)
  const file = lookedAt.value

  useEffect(() => follow(() => ask(end.value, filter.value).then((frames) => {
    found.value = frames
    mistake.value = ''
  }, (error: unknown) => {
    if (!(error instanceof Refused)) throw error
    mistake.value = error.message
  })), [end.value, filter.value])

  const choose = (frame: CapturedFrame): void => {
    chosen.value = frame
    range.value = null
    const asked = file === null ? engine.call('dissect', { sequence: frame.sequence })
      : engine.call('dissectBytes', file.capture.packets[frame.sequence])
    void asked.then((answer) => { dissected.value = answer }).catch(tellRefusal)
  }
  const shown = file === null ? found.value : file.capture
  if (byWireshark.value) {
    return (
      <div class="capture">
        <WiresharkView frame={chosen.value} leave={() => { byWireshark.value = false }} />
      </div>
    )
  }
  return (
    <div class="capture">
      <form class="capture-bar" onSubmit={(event) => event.preventDefault()}>
        {file === null ? <EndChoice end={end.value} choose={(value) => { end.value = value }} /> : (
          <span class="capture-file">
            {file.fileName}
            <button type="button" onClick={() => { lookedAt.value = null }}>{t('capture.backToLab')}</button>
          </span>
        )}
        <input
          class="mono" type="search" spellcheck={false} placeholder={t('capture.filterExample')} aria-label={t('capture.filter')}
          aria-invalid={mistake.value !== ''} value={filter.value} disabled={file !== null}
          onInput={(event) => { filter.value = event.currentTarget.value }}
        />
        <span class="capture-count">{t('capture.count', { count: shown.total })}</span>
        <button type="button" title={t('wireshark.about')} onClick={() => { byWireshark.value = true }}>{t('wireshark.open')}</button>
        {file === null && (
          <button type="button" onClick={() => void saveCapture().catch(tellRefusal)}>{t('capture.save')}</button>
        )}
      </form>
      {mistake.value !== '' && <p class="capture-mistake" role="alert">{mistake.value}</p>}
      {file !== null && file.capture.problem !== '' && <p class="capture-mistake">{file.capture.problem}</p>}
      <div class="capture-panes">
        <FrameList frames={shown.frames} chosen={chosen.value} choose={choose} empty={t(filter.value === '' ? 'capture.none' : 'capture.nothing')}
          journey={(frame) => void showJourney(frame.trace).catch(tellRefusal)} />
        {dissected.value !== null && (
          <div class="capture-details">
            <LayerTree label={t('capture.layers')} layers={dissected.value.layers} range={range.value} point={(value) => { range.value = value }} />
            <HexView bytes={dissected.value.bytes} layers={dissected.value.layers} range={range.value}
              point={(value) => { range.value = value }} />
          </div>
        )}
      </div>
    </div>
  )
}

function EndChoice({ end, choose }: { readonly end: string | null, readonly choose: (end: string | null) => void }) {
  const node = selectedNode.value
  const own = ends.value.filter((one) => node === null || one.startsWith(`${node}:`))
  const others = ends.value.filter((one) => !own.includes(one))
  return (
    <select aria-label={t('capture.end')} value={end ?? ''} onChange={(event) => choose(event.currentTarget.value || null)}>
      <option value="">{t('capture.everywhere')}</option>
      {[...own, ...others].map((one) => <option key={one}>{one}</option>)}
    </select>
  )
}

function ask(end: string | null, filter: string): Promise<CapturedFrames> {
  return engine.call('capture', { end, filter, after: -1, limit: LIMIT })
}

/** Looks now, and again when time has passed; returns how to stop. */
function follow(look: () => Promise<void>): () => void {
  let events = -1
  let busy = false
  const turn = (): void => {
    if (busy || clock.value.events === events) return
    events = clock.value.events
    busy = true
    void look().finally(() => { busy = false })
  }
  turn()
  const timer = window.setInterval(turn, REFRESH_MS)
  return () => window.clearInterval(timer)
}
