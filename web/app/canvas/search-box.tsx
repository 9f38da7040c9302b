import { useEffect, useRef } from 'preact/hooks'
import { useComputed, useSignal } from '@preact/signals'
import type { LabModel, NodeModel } from '../../../src/lab/model.ts'
import { t } from '../i18n/words.ts'
import { searching, wanted } from './canvas-state.ts'

/** More than this are not listed; typing on makes them fewer. */
const MOST_LISTED = 8

/** Nodes whose name or an address of which has the text in it: those that begin with it first. */
export function search(model: LabModel, text: string): NodeModel[] {
  const word = text.trim().toLowerCase()
  if (word === '') return []
  const found = model.nodes.filter((node) => wordsOf(node).some((one) => one.includes(word)))
  const begins = (node: NodeModel): number => node.name.toLowerCase() === word ? 0 : wordsOf(node).some((one) =>
    one.startsWith(word)) ? 1 : 2
  return found.sort((a, b) => begins(a) - begins(b))
}

function wordsOf({ name, interfaces }: NodeModel): string[] {
  return [name.toLowerCase(), ...interfaces.flatMap(({ addresses, mac, kind }) =>
    kind === 'loopback' ? [] : [...addresses, mac.toLowerCase()])]
}

/** The small box that `/` opens. onChoose: Enter, or a click. */
export function SearchBox({ model, onChoose }: { model: LabModel, onChoose: (node: string) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const at = useSignal(0)
  const found = useComputed(() => search(model, wanted.value))
  useEffect(() => {
    const before = document.activeElement
    input.current?.focus()
    return () => { if (before instanceof HTMLElement) before.focus() }
  }, [])
  const listed = found.value.slice(0, MOST_LISTED)
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation()
    if (event.key === 'Escape') close()
    else if (event.key === 'ArrowDown') at.value = Math.min(listed.length - 1, at.value + 1)
    else if (event.key === 'ArrowUp') at.value = Math.max(0, at.value - 1)
    else if (event.key === 'Enter' && listed[at.value] !== undefined) choose(listed[at.value].name)
    else return
    event.preventDefault()
  }
  const choose = (name: string): void => {
    close()
    onChoose(name)
  }
  return (
    <div class="network-search" role="search">
      <input
        ref={input} type="text" role="combobox" aria-label={t('canvas.search')} placeholder={t('canvas.search')}
        aria-expanded={listed.length > 0} aria-controls="network-found" aria-autocomplete="list" autocomplete="off"
        spellcheck={false} aria-activedescendant={listed.length > 0 ? `network-found-${at.value}` : undefined}
        value={wanted.value} onKeyDown={onKeyDown}
        onInput={(event) => {
          wanted.value = event.currentTarget.value
          at.value = 0
        }}
      />
      <ul id="network-found" role="listbox" aria-label={t('canvas.found')}>
        {listed.map((node, place) => (
          <li
            key={node.name} id={`network-found-${place}`} role="option" aria-selected={place === at.value}
            onPointerDown={(event) => { event.preventDefault() }} onClick={() => choose(node.name)}
          >
            <strong>{node.name}</strong>
            <span>{node.interfaces.flatMap(({ kind, addresses }) => kind === 'loopback' ? [] : addresses).join(' ')}</span>
          </li>
        ))}
      </ul>
      {wanted.value.trim() !== '' && listed.length === 0 && <p>{t('canvas.nothing-found')}</p>}
    </div>
  )
}

function close(): void {
  searching.value = false
  wanted.value = ''
}
