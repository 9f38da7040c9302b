import { useState } from 'preact/hooks'
import { effect, signal, untracked } from '@preact/signals'
import { t } from '../i18n/words.ts'
import { draftModel, draftText, model, notice, selection, sideRoom } from '../state.ts'
import {
  addLink, addNode, freeName, type NewKind, nextInterface, nodeNames, removeLink, removeNode, renameNode,
} from './edit-lab.ts'

/** Adds, joins, renames and removes nodes: each is an edit of the lab file's text. */

const KINDS: readonly NewKind[] = ['host', 'router', 'switch']
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$/

/** Two nodes are being joined on the canvas: the first one, '' while none is chosen; null: no. */
const joining = signal<string | null>(null)
let stopJoining: (() => void) | null = null

/** Takes an edit over; null means that the text can't be edited by buttons as it is now. */
function edit(text: string | null): boolean {
  if (text === null) notice.value = t('editor.cannotEdit')
  else draftText.value = text
  return text !== null
}

function add(kind: NewKind): void {
  const text = draftText.value
  edit(addNode(text, freeName(text, kind), kind))
}

function join(a: string, b: string): void {
  const text = draftText.value
  const end = (node: string): string => `${node}:${nextInterface(text, node)}`
  if (a !== b) edit(addLink(text, end(a), end(b)))
}

/** Waits for two nodes to be selected on the canvas; the editor stays open meanwhile. */
function joinOnCanvas(): void {
  endJoin()
  joining.value = ''
  const before = selection.value
  stopJoining = effect(() => {
    const chosen = selection.value
    if (chosen === before || chosen?.kind !== 'node') return
    untracked(() => {
      const first = joining.value
      sideRoom.value = 'editor'
      if (first === '') joining.value = chosen.node
      else if (first !== null && first !== chosen.node) {
        joining.value = null
        join(first, chosen.node)
      }
    })
  })
}

function endJoin(): void {
  stopJoining?.()
  stopJoining = null
  joining.value = null
}

export function Palette() {
  return (
    <div class="editor-palette" role="group" aria-label={t('editor.palette')}>
      {KINDS.map((kind) => (
        <button key={kind} type="button" onClick={() => add(kind)}>+ {t(`kind.${kind}`)}</button>
      ))}
      {joining.value === null
        ? <button type="button" onClick={joinOnCanvas}>{t('editor.join')}</button>
        : (
          <button type="button" class="editor-joining" aria-pressed="true" onClick={endJoin}>
            {joining.value === '' ? t('editor.joinFirst') : t('editor.joinSecond', { node: joining.value })}
          </button>
        )}
      <details class="editor-more">
        <summary>{t('editor.more')}</summary>
        <Joiner />
        <Selected />
      </details>
    </div>
  )
}

/** The same by two lists, for the keyboard. */
function Joiner() {
  const nodes = nodeNames(draftText.value)
  const [a, setA] = useState('')
  const [b, setB] = useState('')
  const from = nodes.includes(a) ? a : nodes[0] ?? ''
  const to = nodes.includes(b) ? b : nodes[1] ?? ''
  return (
    <form class="editor-line" onSubmit={(event) => { event.preventDefault(); join(from, to) }}>
      <select aria-label={t('editor.from')} value={from} onChange={(event) => setA(event.currentTarget.value)}>
        {nodes.map((node) => <option key={node}>{node}</option>)}
      </select>
      <select aria-label={t('editor.to')} value={to} onChange={(event) => setB(event.currentTarget.value)}>
        {nodes.map((node) => <option key={node}>{node}</option>)}
      </select>
      <button type="submit" disabled={from === to}>{t('editor.joinThese')}</button>
    </form>
  )
}

/** What is selected on the canvas, or a node from the list. */
function Selected() {
  const nodes = nodeNames(draftText.value)
  const [picked, setPicked] = useState('')
  const [name, setName] = useState('')
  const chosen = selection.value
  const selected = chosen?.kind === 'node' ? chosen.node : ''
  const node = nodes.includes(picked) ? picked : nodes.includes(selected) ? selected : nodes[0] ?? ''
  const rename = (event: Event): void => {
    event.preventDefault()
    if (!NAME.test(name) || nodes.includes(name)) {
      notice.value = t('editor.badName', { name })
      return
    }
    if (edit(renameNode(draftText.value, node, name))) setPicked(name)
    setName('')
  }
  const link = chosen?.kind === 'link' ? chosen.link : -1
  const linkName = (draftModel.value ?? model.value)?.links[link]?.name
  return (
    <>
      <form class="editor-line" onSubmit={rename}>
        <select aria-label={t('editor.node')} value={node} onChange={(event) => setPicked(event.currentTarget.value)}>
          {nodes.map((one) => <option key={one}>{one}</option>)}
        </select>
        <input
          value={name} aria-label={t('editor.newName')} placeholder={t('editor.newName')}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" disabled={name === ''}>{t('editor.rename')}</button>
        <button
          type="button" class="editor-remove" disabled={node === ''}
          onClick={() => edit(removeNode(draftText.value, node))}
        >
          {t('editor.remove', { what: node })}
        </button>
      </form>
      {linkName !== undefined && (
        <button type="button" class="editor-remove" onClick={() => edit(removeLink(draftText.value, link))}>
          {t('editor.remove', { what: linkName })}
        </button>
      )}
    </>
  )
}
