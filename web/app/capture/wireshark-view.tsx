import { useSignal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { PacketDetails, PacketField, PacketRows } from '../../wireshark/messages.ts'
import type { CapturedFrame } from '../../messages.ts'
import { engine } from '../actions.ts'
import { Refused } from '../engine.ts'
import { t } from '../i18n/words.ts'
import { clock, lookedAt } from '../state.ts'
import { HexView } from './hex-view.tsx'
import { LayerTree, type Range, type TreeNode } from './layer-tree.tsx'
import { RowList } from './row-list.tsx'
import { askWireshark, startWireshark, wireshark } from './wireshark.ts'
import './wireshark.css'

/** Rows that are listed at most; the newest. */
const LIMIT = 5000
/** Between two looks at a capture that grows, ms: the whole file is read anew each time. */
const REFRESH_MS = 1500
const NOTHING: PacketRows = { rows: [], matched: 0 }

interface Props {
  /** The frame that was chosen in our own list. */
  readonly frame: CapturedFrame | null
  readonly leave: () => void
}

/** The capture as Wireshark sees it: its packet list, display filter, tree and bytes. */
export function WiresharkView({ frame, leave }: Props) {
  useEffect(() => void startWireshark(), [])
  const { value: state } = wireshark
  switch (state.kind) {
    case 'missing': return <Missing leave={leave} />
    case 'failed': return (
      <div class="wireshark-words">
        <p role="alert">{t('wireshark.failed', { reason: state.reason })}</p>
        <div class="capture-bar">
          <BackButton leave={leave} />
          <button type="button" onClick={() => void startWireshark()}>{t('wireshark.again')}</button>
        </div>
      </div>
    )
    case 'ready': return <Panes frame={frame} leave={leave} columns={state.columns} version={state.version} />
    default: return <Starting leave={leave} share={state.kind === 'starting' ? state.share : 0} />
  }
}

interface Leaving {
  readonly leave: () => void
}

function BackButton({ leave }: Leaving) {
  return <button type="button" onClick={leave}>← {t('wireshark.back')}</button>
}

function Missing({ leave }: Leaving) {
  return (
    <div class="wireshark-words">
      <p>{t('wireshark.missing')}</p>
      <pre tabIndex={0}>npm run get:wireshark</pre>
      <p>{t('wireshark.license')}</p>
      <div class="capture-bar">
        <BackButton leave={leave} />
        <button type="button" onClick={() => void startWireshark()}>{t('wireshark.again')}</button>
      </div>
    </div>
  )
}

function Starting({ share, leave }: Leaving & { readonly share: number }) {
  return (
    <div class="wireshark-words" role="status">
      <p>{t(share < 1 ? 'wireshark.fetching' : 'wireshark.starting')}</p>
      <progress aria-label={t('wireshark.fetching')} value={share} />
      <BackButton leave={leave} />
    </div>
  )
}

function Panes({ frame, leave, columns, version }: Props & { readonly columns: readonly string[], readonly version: string }) {
  const filter = useSignal('')
  const mistake = useSignal('')
  const list = useSignal(NOTHING)
  const chosen = useSignal(0)
  const details = useSignal<PacketDetails | null>(null)
  const tree = useSignal<readonly WiresharkNode[]>([])
  const range = useSignal<WiresharkNode | null>(null)
  const loaded = useSignal(0)
  const file = lookedAt.value

  useEffect(() => keepLoaded(() => { loaded.value++ }), [file])
  useEffect(() => {
    if (loaded.value === 0) return
    void rowsOf(filter.value).then((found) => {
      list.value = found
      mistake.value = ''
    }, (error: unknown) => {
      if (!(error instanceof Refused)) throw error
      mistake.value = error.message
    })
  }, [loaded.value, filter.value])
  const choose = (number: number): void => {
    chosen.value = number
    range.value = null
    void askWireshark('frame', { number }).then((answer) => {
      details.value = answer
      tree.value = answer.tree.map((field) => nodeOf(field, true))
    })
  }
  // The frame of our own list, once its file is there.
  const first = useRef(frame)
  useEffect(() => {
    if (loaded.value === 0 || first.current === null) return
    void numberOf(first.current).then(choose)
    first.current = null
  }, [loaded.value])

  const source = range.value?.source ?? 0
  const bytes = details.value?.sources[source]
  const point = (pointed: Range | null): void => { range.value = pointed as WiresharkNode | null } // of this tree
  return (
    <>
      <form class="capture-bar" onSubmit={(event) => event.preventDefault()}>
        <BackButton leave={leave} />
        {file !== null && <span class="capture-file">{file.fileName}</span>}
        <input
          class="mono" type="search" spellcheck={false} placeholder="icmp.type == 8 || arp" aria-label={t('wireshark.filter')}
          title={t('wireshark.filter')} aria-invalid={mistake.value !== ''} data-good={filter.value !== '' && mistake.value === ''}
          value={filter.value} onInput={(event) => { filter.value = event.currentTarget.value }}
        />
        <span class="capture-count">{t('capture.count', { count: list.value.matched })}</span>
        <span class="capture-count">{t('wireshark.version', { version })}</span>
      </form>
      {mistake.value !== '' && <p class="capture-mistake" role="alert">{mistake.value}</p>}
      <div class="capture-panes wireshark">
        <RowList
          label={t('wireshark.list', { columns: columns.join(', ') })} count={list.value.rows.length} empty={t('capture.nothing')}
          chosen={list.value.rows.findIndex(({ number }) => number === chosen.value)}
          choose={(at) => choose(list.value.rows[at].number)}
          row={(at) => {
            const { number, cells } = list.value.rows[at]
            return {
              id: `wireshark-${number}`, title: cells.at(-1),
              content: cells.map((cell, column) => <span key={columns[column]} data-column={column}>{cell}</span>),
            }
          }}
        />
        {details.value !== null && bytes !== undefined && (
          <div class="capture-details">
            <LayerTree label={t('wireshark.tree')} layers={tree.value} range={range.value} point={point} />
            <HexView bytes={bytes.bytes} layers={tree.value.filter((node) => node.source === source)} range={range.value} point={point} />
          </div>
        )}
      </div>
    </>
  )
}

interface WiresharkNode extends TreeNode {
  readonly source: number
}

/** Wireshark's frame number of a frame of ours: both lists have the same frames in the same order. */
async function numberOf(frame: CapturedFrame): Promise<number> {
  if (lookedAt.value !== null) return frame.sequence + 1
  const all = { end: null, filter: '', limit: 1 }
  const [whole, after] = await Promise.all([
    engine.call('capture', { ...all, after: -1 }), engine.call('capture', { ...all, after: frame.sequence }),
  ])
  return whole.total - after.total
}

/** The newest rows that pass. */
async function rowsOf(filter: string): Promise<PacketRows> {
  const found = await askWireshark('rows', { filter: filter.trim(), skip: 0, limit: LIMIT })
  if (found.matched <= LIMIT) return found
  return askWireshark('rows', { filter: filter.trim(), skip: found.matched - LIMIT, limit: LIMIT })
}

/** Gives Wireshark the dropped file, or the lab's capture now and whenever more has happened; returns how to stop. */
function keepLoaded(done: () => void): () => void {
  let events = -1
  let busy = false
  const turn = async (): Promise<void> => {
    const file = lookedAt.value
    if (busy || events === (file === null ? clock.value.events : 0)) return
    events = file === null ? clock.value.events : 0
    busy = true
    try {
      const bytes = file === null ? (await engine.call('pcapng', {})).bytes : file.bytes.slice()
      await askWireshark('load', { bytes }, [bytes.buffer])
      done()
    } finally {
      busy = false
    }
  }
  void turn()
  const timer = window.setInterval(() => void turn(), REFRESH_MS)
  return () => window.clearInterval(timer)
}

/** What concerns the file more than the frame is folded at first, as are the bits of a field. */
function nodeOf({ label, field, source, start, end, children }: PacketField, top = false): WiresharkNode {
  return {
    id: field, name: label, value: '', start, end, source, folded: !top || field === 'frame',
    children: children.map((child) => nodeOf(child)),
  }
}
