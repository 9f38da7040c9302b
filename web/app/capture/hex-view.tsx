import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { LayerView } from '../../messages.ts'
import { t } from '../i18n/words.ts'
import type { Range } from './layer-tree.tsx'

/** Bytes in a row, where there is room and where there is not. */
const PER_ROW = 16
const PER_SHORT_ROW = 8
/** Width of the panes from which on long rows leave room for the others, px. */
const WIDE = 1000

interface Props {
  readonly bytes: Uint8Array
  readonly layers: readonly LayerView[]
  readonly range: Range | null
  readonly point: (range: Range | null) => void
}

/** The frame's bytes; pointing at one marks the field that it belongs to, there and in the layers. */
export function HexView({ bytes, layers, range, point }: Props) {
  const place = useRef<HTMLDivElement>(null)
  const wide = useSignal(true)
  useEffect(() => {
    const panes = place.current?.closest('.capture-panes')
    if (panes === null || panes === undefined) return undefined
    const observer = new ResizeObserver(([{ contentRect }]) => { wide.value = contentRect.width >= WIDE })
    observer.observe(panes)
    return () => observer.disconnect()
  }, [])
  const perRow = wide.value ? PER_ROW : PER_SHORT_ROW
  const rows = Array.from({ length: Math.ceil(bytes.length / perRow) }, (_, row) => row * perRow)
  return (
    <div ref={place} class="capture-hex mono" role="img" tabIndex={0} aria-label={t('capture.bytes', { count: bytes.length })} onPointerLeave={() => point(null)}>
      {rows.map((from) => (
        <div key={from} class="capture-hex-row">
          <span class="capture-offset">{from.toString(16).padStart(4, '0')}</span>
          {[...bytes.subarray(from, from + perRow)].map((byte, index) => (
            <span
              key={from + index} data-marked={isIn(from + index, range)} onPointerEnter={() => point(fieldAt(layers, from + index))}
            >
              {byte.toString(16).padStart(2, '0')}
            </span>
          ))}
          <span class="capture-text">{textOf(bytes.subarray(from, from + perRow))}</span>
        </div>
      ))}
    </div>
  )
}

function isIn(at: number, range: Range | null): boolean {
  return range !== null && at >= range.start && at < range.end
}

/** The smallest field that a byte belongs to, else its layer. */
export function fieldAt(layers: readonly LayerView[], at: number): Range | null {
  let best: LayerView | null = null
  const visit = (view: LayerView): void => {
    if (!isIn(at, view)) return
    if (best === null || view.end - view.start <= best.end - best.start) best = view
    for (const child of view.children) visit(child)
  }
  for (const layer of layers) visit(layer)
  return best
}

function textOf(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '·').join('')
}
