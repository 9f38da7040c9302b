import { useState } from 'preact/hooks'
import type { LabModel, NodeModel } from '../../../src/lab/model.ts'
import { askWhy } from '../actions.ts'
import { Refused } from '../engine.ts'
import { t } from '../i18n/words.ts'
import { clock, model, selectedNode } from '../state.ts'
import { clockText } from '../time/format.ts'
import { whyRefusal } from './refusals.ts'
import './journey.css'

type What = 'echo' | 'udp'

/** Asks why a packet does, or does not, arrive. The answer is told in the room of the journey. */
export function WhyRoom() {
  const nodes = askers(model.value)
  const [chosen, setFrom] = useState<string | null>(null)
  const [to, setTo] = useState('')
  const [what, setWhat] = useState<What>('echo')
  const [port, setPort] = useState('53')
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState('')
  const selected = nodes.some(({ name }) => name === selectedNode.value) ? selectedNode.value : null
  const from = nodes.some(({ name }) => name === chosen) ? chosen : selected ?? nodes[0]?.name ?? ''
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    if (busy) return
    setBusy(true)
    setRefused('')
    try {
      await askWhy(from ?? '', what === 'udp' ? `${to.trim()}:${port}/udp` : to.trim())
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      setRefused(error.message)
    } finally {
      setBusy(false)
    }
  }
  return (
    <form class="why" onSubmit={(event) => void submit(event)} aria-busy={busy}>
      <p class="why-about">{t('why.about')}</p>
      <label>
        {t('why.from')}
        <select value={from ?? ''} onChange={(event) => setFrom(event.currentTarget.value)}>
          {nodes.map(({ name }) => <option key={name}>{name}</option>)}
        </select>
      </label>
      <label>
        {t('why.to')}
        <input
          value={to} list="why-targets" required spellcheck={false} autocomplete="off" aria-invalid={refused !== ''}
          aria-describedby="why-refused" onInput={(event) => setTo(event.currentTarget.value)}
        />
      </label>
      <datalist id="why-targets">
        {targetsOf(model.value, from ?? '').map(([value, label]) => <option key={value} value={value}>{label}</option>)}
      </datalist>
      <fieldset>
        <legend>{t('why.what')}</legend>
        {(['echo', 'udp'] as const).map((one) => (
          <label key={one}>
            <input type="radio" name="why-what" checked={what === one} onChange={() => setWhat(one)} />
            {t(`why.${one}`)}
          </label>
        ))}
      </fieldset>
      {what === 'udp' && (
        <label>
          {t('why.port')}
          <input
            class="why-port" type="number" min="1" max="65535" required value={port}
            onInput={(event) => setPort(event.currentTarget.value)}
          />
        </label>
      )}
      <div class="why-ask">
        <button type="submit" class="primary" disabled={busy}>{t(busy ? 'why.asking' : 'why.ask')}</button>
        <span class="why-about mono">{t('why.now', { time: clockText(clock.value.nowNs) })}</span>
      </div>
      <p id="why-refused" class="why-refused" role="alert">{whyRefusal(refused)}</p>
    </form>
  )
}

/** Who can be asked: hosts first, then routers; a switch sends nothing of its own. */
function askers(lab: LabModel | null): readonly NodeModel[] {
  const nodes = lab?.nodes ?? []
  return [...nodes.filter(({ kind }) => kind === 'host'), ...nodes.filter(({ kind }) => kind === 'router')]
}

/** Names and addresses of the others: [what is entered, what it is]. */
function targetsOf(lab: LabModel | null, from: string): readonly (readonly [string, string])[] {
  return (lab?.nodes ?? []).filter(({ name }) => name !== from).flatMap(({ name, interfaces }) => {
    const addresses = interfaces.flatMap((one) => one.addresses.map((address) =>
      [address.split('/', 1)[0], `${name}:${one.name}`] as const))
    return addresses.length === 0 ? [] : [[name, addresses[0][0]] as const, ...addresses]
  })
}
