import { useEffect, useRef } from 'preact/hooks'
import { effect } from '@preact/signals'
import { EditorState } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import type { LabIssue } from '../../../src/lab/model.ts'
import { tellRefusal } from '../actions.ts'
import { Refused } from '../engine.ts'
import { pickFile } from '../drop/take-file.ts'
import { t } from '../i18n/words.ts'
import { draftFile, draftIssues, draftModel, draftText, labName, language, model, notice, source } from '../state.ts'
import { editorState, goTo, showIssues, showText } from './code-view.ts'
import { checkDraft, discardOffered, offered, restoreOffered, runDraft } from './drafts.ts'
import { endpointsIn, nextInterface, nodeNames } from './edit-lab.ts'
import { MyLabs } from './my-labs.tsx'
import { Palette } from './palette.tsx'
import './editor.css'

/** The lab file, and what can be added to it by hand. What is typed shows on the canvas; it runs when it is told to. */

/** The editor as it was when the room was last left: its undo history, cursor and folds. */
let left: { readonly file: string, readonly language: string, readonly state: EditorState } | null = null
let view: EditorView | null = null

async function run(): Promise<void> {
  try {
    await runDraft(labName.value !== '' && draftFile.value === source.value?.fileName ? labName.value : '')
    notice.value = ''
  } catch (error) {
    if (!(error instanceof Refused) || error.issues.length === 0) return tellRefusal(error)
    await checkDraft()
    notice.value = t('editor.refused', { count: error.issues.length })
  }
}

export function EditorRoom() {
  const changed = draftText.value !== source.value?.text || draftFile.value !== source.value.fileName
  const errors = draftIssues.value
  const read = changed ? draftModel.value : model.value
  const warnings = errors.length > 0 ? [] : read?.warnings ?? []
  return (
    <div class="editor">
      <div class="editor-bar">
        <button type="button" class="primary" title={t('editor.runKey')} onClick={() => void run()}>{t('editor.run')}</button>
        <button type="button" disabled={!changed} onClick={backToRunning}>{t('editor.back')}</button>
        <button type="button" onClick={() => void pickFile().catch(tellRefusal)}>{t('editor.openFile')}</button>
        <span class="editor-file mono" title={draftFile.value}>{draftFile.value}</span>
      </div>
      <DraftBar />
      <Palette />
      <CodeView errors={errors} warnings={warnings} />
      <div class="editor-state" role="status">
        {errors.length > 0 ? t('editor.errors', { count: errors.length })
          : changed ? t('editor.changed') : t('editor.running')}
      </div>
      {errors.length + warnings.length > 0 && (
        <ul class="editor-issues" aria-label={t('editor.issues')}>
          {errors.map((issue) => <IssueLine key={`error ${keyOf(issue)}`} issue={issue} kind="error" />)}
          {warnings.map((issue) => <IssueLine key={`warning ${keyOf(issue)}`} issue={issue} kind="warning" />)}
        </ul>
      )}
      <MyLabs />
    </div>
  )
}

function backToRunning(): void {
  if (source.value === null) return
  draftFile.value = source.value.fileName
  draftText.value = source.value.text
}

function keyOf({ line, column, message }: LabIssue): string {
  return `${line}:${column} ${message}`
}

function IssueLine({ issue, kind }: { readonly issue: LabIssue, readonly kind: 'error' | 'warning' }) {
  const { line, column, path, message, hint } = issue
  return (
    <li data-kind={kind}>
      <button type="button" onClick={() => { if (view !== null) goTo(view, issue) }}>
        <span class="mono">{line}:{column}</span>
        <span>{path === '' ? '' : <code>{path}</code>} {message}{hint === '' ? '' : <em>; {hint}</em>}</span>
      </button>
    </li>
  )
}

/** A draft from an earlier visit, offered once. */
function DraftBar() {
  const draft = offered.value
  if (draft === null) return null
  const at = new Date(draft.savedAt)
  const today = at.toDateString() === new Date().toDateString()
  const locale = language.value === 'zh' ? 'zh-CN' : 'en-GB'
  const time = today ? at.toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit' })
    : at.toLocaleString(locale, { dateStyle: 'short', timeStyle: 'short' })
  return (
    <div class="editor-draft" role="status">
      <span>{t('editor.draftFound', { time })}</span>
      <button type="button" class="primary" onClick={restoreOffered}>{t('editor.restore')}</button>
      <button type="button" onClick={discardOffered}>{t('editor.discard')}</button>
    </div>
  )
}

function names() {
  const text = draftText.value
  const nodes = nodeNames(text)
  return {
    nodes, ends: endpointsIn(text).map(({ node, interface: name }) => `${node}:${name}`),
    freeEnds: nodes.map((node) => `${node}:${nextInterface(text, node)}`),
  }
}

function CodeView({ errors, warnings }: { readonly errors: readonly LabIssue[], readonly warnings: readonly LabIssue[] }) {
  const host = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (host.current === null) return undefined
    const hooks = {
      label: t('editor.label'), names, onText: (text: string) => { draftText.value = text }, onRun: () => void run(),
    }
    const again = left !== null && left.file === draftFile.value && left.language === language.value ? left.state : null
    const made = new EditorView({ state: again ?? editorState(draftText.value, hooks), parent: host.current })
    view = made
    let file = draftFile.value
    const stop = effect(() => {
      if (draftFile.value !== file) made.setState(editorState(draftText.value, hooks))
      else showText(made, draftText.value)
      file = draftFile.value
    })
    return () => {
      stop()
      left = { file, language: language.value, state: made.state }
      view = null
      made.destroy()
    }
  }, [language.value])
  useEffect(() => { if (view !== null) showIssues(view, errors, warnings) }, [errors, warnings, language.value])
  return <div class="editor-code" ref={host} />
}
