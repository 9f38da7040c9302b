import { signal } from '@preact/signals'
import type { WireField, WireView } from '../../messages.ts'
import { t } from '../i18n/words.ts'
import { fieldName, layerName, valueText } from './header-words.ts'

interface Props {
  readonly wires: readonly WireView[]
  /** Points at the stay at a node. */
  readonly point: (node: string) => void
}

interface Row {
  readonly layer: string
  readonly name: string
  /** A cell for each wire; null: no such field there. */
  readonly cells: readonly { readonly text: string | null, readonly changed: boolean }[]
}

/** Whether rows that stay the same are left out: a person's choice, the same for all legs. */
const onlyChanges = signal(true)

/** The header fields on each cable that a packet crossed, side by side; what differs from the cable before is marked. */
export function HeaderTable({ wires, point }: Props) {
  if (wires.length === 0) return null
  const rows = rowsOf(wires)
  const changing = rows.filter(({ cells }) => cells.some(({ changed }) => changed))
  const shown = onlyChanges.value && wires.length > 1 ? changing : rows
  return (
    <section class="journey-headers">
      <h4>
        {t('journey.headers')}
        {wires.length > 1 && (
          <label>
            <input
              type="checkbox" role="switch" checked={onlyChanges.value}
              onChange={(event) => { onlyChanges.value = event.currentTarget.checked }}
            />
            {t('journey.onlyChanges')}
          </label>
        )}
      </h4>
      {shown.length === 0 ? <p class="journey-same">{t('journey.same')}</p> : (
        <div class="journey-scroll" tabIndex={0} role="region" aria-label={t('journey.headers')}>
          <table>
            <thead>
              <tr>
                <td />
                {wires.map(({ from, to, device }, index) => (
                  <th key={`${index} ${device}`} scope="col">
                    <button type="button" onClick={() => point(from)}>{from} → {to}</button>
                  </th>
                ))}
              </tr>
            </thead>
            {groupsOf(shown).map(([layer, fields]) => (
              <tbody key={layer}>
                <tr class="journey-layer"><th scope="rowgroup" colSpan={wires.length + 1}>{layerName(layer)}</th></tr>
                {fields.map(({ name, cells }) => (
                  <tr key={name}>
                    <th scope="row">{fieldName(name)}</th>
                    {cells.map(({ text, changed }, index) => (
                      <td key={`${index} ${wires[index].device}`} data-changed={changed}>
                        {changed ? <mark>{text === null ? '–' : valueText(text)}</mark> : text === null ? '–' : valueText(text)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            ))}
          </table>
        </div>
      )}
    </section>
  )
}

/** A row for each field that a wire has, in the order of the frames. */
function rowsOf(wires: readonly WireView[]): Row[] {
  const keyOf = ({ layer, name }: WireField): string => `${layer}/${name}`
  const texts = wires.map(({ fields }) => new Map(fields.map((field) => [keyOf(field), field.text])))
  const seen = new Map<string, WireField>()
  for (const { fields } of wires) for (const field of fields) if (!seen.has(keyOf(field))) seen.set(keyOf(field), field)
  const layers = [...new Set([...seen.values()].map(({ layer }) => layer))]
  return layers.flatMap((layer) => [...seen.values()].filter((field) => field.layer === layer)).map((field) => {
    const key = keyOf(field)
    const cells = wires.map(({ before }, index) => {
      const text = texts[index].get(key) ?? null
      return { text, changed: before !== null && (texts[before].get(key) ?? null) !== text }
    })
    return { layer: field.layer, name: field.name, cells }
  })
}

function groupsOf(rows: readonly Row[]): readonly (readonly [string, readonly Row[]])[] {
  const groups = new Map<string, Row[]>()
  for (const row of rows) groups.set(row.layer, [...groups.get(row.layer) ?? [], row])
  return [...groups]
}
