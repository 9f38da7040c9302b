import { engine, select } from '../actions.ts'
import { Figure, type Line } from '../figures/figure.tsx'
import { t } from '../i18n/words.ts'
import { links, model, notice, selection } from '../state.ts'
import './panels.css'

/** What can be done to a cable, and how it is written: the words of a lab file. */
const KNOBS = [
  { key: 'delay', values: ['0ms', '1ms', '10ms', '50ms', '200ms', '1s'] },
  { key: 'jitter', values: ['0ms', '1ms', '5ms', '20ms'] },
  { key: 'bandwidth', values: ['unlimited', '100kbps', '1Mbps', '10Mbps', '100Mbps', '1Gbps'] },
  { key: 'loss', values: ['0%', '1%', '5%', '20%', '50%', '100%'] },
  { key: 'duplicate', values: ['0%', '1%', '10%'] },
  { key: 'reorder', values: ['0%', '5%', '25%'] },
  { key: 'corrupt', values: ['0%', '1%', '10%'] },
] as const

/** The selected cable: cut it, mend it, make it worse. Each change is an input of the run, and can be taken back. */
export function LinkRoom() {
  const selected = selection.value
  const link = selected?.kind === 'link' ? model.value?.links[selected.link] : undefined
  const state = selected?.kind === 'link' ? links.value[selected.link] : undefined
  if (link === undefined || state === undefined || selected?.kind !== 'link') return <NoLink />
  const [a, b] = link.endpoints.map(({ node, interface: name }) => `${node}:${name}`)
  const set = (change: Readonly<Record<string, string>>, direction: 'both' | 'out' | 'in' = 'both'): void => {
    notice.value = ''
    engine.order({ kind: 'setLink', end: a, set: change, direction })
  }
  return (
    <div class="panels">
      <h2>{a}<span>—</span>{b}</h2>
      <div class="panels-actions">
        <button type="button" class={state.up ? 'panels-cut' : 'primary'} onClick={() => set({ state: state.up ? 'down' : 'up' })}>
          {t(state.up ? 'link.cut' : 'link.mend')}
        </button>
        <span class="panels-state" data-up={state.up}>{t(state.up ? 'link.up' : 'link.down')}</span>
      </div>
      <table class="link-knobs">
        <thead><tr><th>{t('link.change')}</th><th>{a} →</th><th>← {b}</th></tr></thead>
        <tbody>
          {KNOBS.map(({ key, values }) => (
            <tr key={key}>
              <th>{t(`link.${key}`)}</th>
              {(['out', 'in'] as const).map((direction, index) => (
                <td key={direction}>
                  <select
                    aria-label={`${t(`link.${key}`)}, ${index === 0 ? a : b}`}
                    value={valueIn(state.impairments[index], key) ?? values[0]}
                    onChange={(event) => set({ [key]: event.currentTarget.value }, direction)}
                  >
                    {withPresent(values, valueIn(state.impairments[index], key)).map((value) => <option key={value}>{value}</option>)}
                  </select>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="panels-none">{t('link.input')}</p>
      <Figure key={`frames ${a}`} link={selected.link} title={t('figure.framesTitle')} unit="frames" line={lineOf(a, b)} />
      <Figure key={`bits ${a}`} link={selected.link} title={t('figure.bitsTitle')} unit="bits" line={lineOf(a, b)} />
    </div>
  )
}

/** More cables are found on the canvas. */
const MOST_OFFERED = 40

function NoLink() {
  const all = model.value?.links ?? []
  return (
    <div class="panels">
      <p class="panels-none">{t('link.none')}</p>
      <div class="panels-actions">
        {all.slice(0, MOST_OFFERED).map(({ endpoints: [a, b] }, link) => (
          <button key={link} type="button" onClick={() => select({ kind: 'link', link })}>
            {`${a.node}:${a.interface} — ${b.node}:${b.interface}`}
          </button>
        ))}
      </div>
    </div>
  )
}

/** The two directions of a cable, in the order of their numbers. */
function lineOf(a: string, b: string): (name: string) => Line {
  return (name) => name === '0' ? { label: `${a} → ${b}`, color: '--icmp' } : { label: `${b} → ${a}`, color: '--arp', dashed: true }
}

/** The present value of "delay 10ms, loss 5%" for a key; null when it is not there. */
function valueIn(words: string, key: string): string | null {
  const found = words.split(', ').find((word) => word.startsWith(`${key} `))
  return found === undefined ? null : found.slice(key.length + 1)
}

function withPresent(values: readonly string[], present: string | null): readonly string[] {
  return present === null || values.includes(present) ? values : [...values, present]
}
