import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import { engine, openConsole, tellRefusal } from '../actions.ts'
import { t } from '../i18n/words.ts'
import { Icon } from '../icon.tsx'
import { consoles, frontConsole, model, selectedNode } from '../state.ts'
import './console.css'

/** The consoles: a tab each, the front one's screen below, and a way to open another. */
export function ConsoleRoom() {
  const place = useRef<HTMLDivElement>(null)
  const alive = consoles.value.filter((one) => one.alive)
  const front = alive.find(({ console }) => console === frontConsole.value) ?? alive.at(-1)
  useEffect(() => {
    const { current } = place
    if (current === null || front === undefined) return undefined
    // The terminal's code comes with the first console.
    let hide: (() => void) | null = () => undefined
    void import('./screen.ts').then(({ Screen }) => {
      if (hide === null) return
      const screen = Screen.of(front.console)
      screen.show(current)
      hide = () => screen.hide()
    })
    return () => {
      hide?.()
      hide = null
    }
  }, [front?.console])
  return (
    <div class="console">
      <div class="console-tabs">
        {alive.map(({ console, node }) => (
          <span key={console} class="console-tab" data-front={console === front?.console}>
            <button type="button" onClick={() => { frontConsole.value = console }}>{node}</button>
            <button type="button" aria-label={t('console.close', { node })} title={t('console.close', { node })}
              onClick={() => engine.order({ kind: 'closeConsole', console })}>
              <Icon name="close" />
            </button>
          </span>
        ))}
        <NewConsole />
      </div>
      {front === undefined ? <p class="console-none">{t('console.none')}</p>
        : <div ref={place} class="console-screen" role="region" aria-label={t('console.of', { node: front.node })} />}
    </div>
  )
}

function NewConsole() {
  const nodes = model.value?.nodes ?? []
  const chosen = useSignal<string | null>(null)
  const node = chosen.value ?? selectedNode.value ?? nodes[0]?.name ?? ''
  return (
    <form
      class="console-new" onSubmit={(event) => {
        event.preventDefault()
        void openConsole(node).catch(tellRefusal)
      }}
    >
      <select aria-label={t('console.node')} value={node} onChange={(event) => { chosen.value = event.currentTarget.value }}>
        {nodes.map(({ name }) => <option key={name}>{name}</option>)}
      </select>
      <button type="submit">{t('console.open')}</button>
    </form>
  )
}
