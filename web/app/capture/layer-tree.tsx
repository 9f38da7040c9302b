import type { LayerView } from '../../messages.ts'
import { t } from '../i18n/words.ts'

/** Bytes [start, end) of the frame. */
export interface Range {
  readonly start: number
  readonly end: number
}

interface Props {
  readonly layers: readonly LayerView[]
  readonly range: Range | null
  readonly point: (range: Range | null) => void
}

/** The layers of a frame, outermost first, each with its fields; what is pointed at is marked in the bytes too. */
export function LayerTree({ layers, range, point }: Props) {
  return (
    <div class="capture-layers" role="tree" aria-label={t('capture.layers')}>
      {layers.map((layer) => (
        <details key={`${layer.name}${layer.start}`} open>
          <summary data-marked={isMarked(layer, range)} onPointerEnter={() => point(layer)} onFocus={() => point(layer)}>
            {layer.name}{layer.value === '' ? '' : <em>{layer.value}</em>}
          </summary>
          {layer.children.map((field) => (
            <div
              key={field.name} class="capture-field" role="treeitem" tabIndex={-1} data-marked={isMarked(field, range)}
              onPointerEnter={() => point(field)} onFocus={() => point(field)}
            >
              <span>{field.name}</span><span class="mono">{field.value}</span>
            </div>
          ))}
        </details>
      ))}
    </div>
  )
}

function isMarked({ start, end }: Range, range: Range | null): boolean {
  return range !== null && start === range.start && end === range.end
}
