import {
  autocompletion, closeBrackets, closeBracketsKeymap, type CompletionContext, completionKeymap, type CompletionResult,
} from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab, isolateHistory } from '@codemirror/commands'
import { yaml } from '@codemirror/lang-yaml'
import {
  bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting,
} from '@codemirror/language'
import { type Diagnostic, lintGutter, lintKeymap, nextDiagnostic, setDiagnostics } from '@codemirror/lint'
import { highlightSelectionMatches, searchKeymap, search } from '@codemirror/search'
import { Annotation, EditorState, type Text } from '@codemirror/state'
import {
  drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers,
} from '@codemirror/view'
import { tags } from '@lezer/highlight'
import type { LabIssue } from '../../../src/lab/model.ts'
import { language } from '../state.ts'
import { choicesAt, describe, type Names, placeAtEnd } from './complete.ts'

/** CodeMirror for lab files: our colours, our schema's words, our engine's errors. */

/** A change that came from elsewhere (the canvas, another file), not from typing. */
export const fromOutside = Annotation.define<boolean>()

const COLORS = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName], color: 'var(--accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--udp)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--tcp)' },
  { tag: tags.comment, color: 'var(--ink-faint)', fontStyle: 'italic' },
  { tag: [tags.punctuation, tags.separator, tags.bracket], color: 'var(--ink-soft)' },
  { tag: [tags.labelName, tags.meta, tags.keyword], color: 'var(--warn)' },
])

const THEME = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', backgroundColor: 'var(--ground)', fontSize: '13px' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-1px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '6px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': { backgroundColor: 'var(--ground)', color: 'var(--ink-faint)', border: '0' },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--accent) 4%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { backgroundColor: 'color-mix(in srgb, var(--accent) 32%, transparent)' },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in srgb, var(--accent) 16%, transparent)' },
  '.cm-searchMatch': { backgroundColor: 'var(--changed)', outline: '1px solid var(--warn)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket':
    { backgroundColor: 'transparent', outline: '1px solid var(--line-strong)' },
  '.cm-panels': { backgroundColor: 'var(--surface)', color: 'var(--ink)', borderColor: 'var(--line)' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-button': {
    backgroundImage: 'none', backgroundColor: 'var(--raised)', borderColor: 'var(--line)', borderRadius: '6px',
  },
  '.cm-textfield': { backgroundColor: 'var(--ground)', borderColor: 'var(--line-strong)', borderRadius: '6px' },
  '.cm-tooltip': {
    backgroundColor: 'var(--raised)', color: 'var(--ink)', border: '1px solid var(--line-strong)', borderRadius: '6px',
    boxShadow: 'var(--shadow)', maxWidth: '360px',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--accent-ink)' },
  '.cm-completionInfo': { fontFamily: 'var(--sans)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--raised)', borderColor: 'var(--line)', color: 'var(--ink-soft)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none', textDecoration: 'underline wavy var(--bad)', textDecorationSkipInk: 'none',
    textUnderlineOffset: '3px',
  },
  '.cm-lintRange-warning': {
    backgroundImage: 'none', textDecoration: 'underline wavy var(--warn)', textUnderlineOffset: '3px',
  },
  '.cm-diagnostic': { fontFamily: 'var(--sans)', fontSize: 'var(--small)' },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--bad)' },
  '.cm-diagnostic-warning': { borderLeftColor: 'var(--warn)' },
  '.editor-hover': { padding: '6px 10px', fontFamily: 'var(--sans)', fontSize: 'var(--small)', lineHeight: '1.45' },
})

const CHINESE = {
  'Find': '查找', 'Replace': '替换', 'next': '下一个', 'previous': '上一个', 'all': '全部', 'match case': '区分大小写',
  'by word': '全字匹配', 'regexp': '正则', 'replace': '替换', 'replace all': '全部替换', 'close': '关闭',
  'Go to line': '转到行', 'go': '转到', 'Diagnostics': '诊断', 'No diagnostics': '没有问题', 'Completions': '补全',
  'current match': '当前匹配', 'on line': '在第几行', 'Fold line': '折叠', 'Unfold line': '展开', 'folded code': '已折叠',
  'unfold': '展开',
}

export interface Hooks {
  readonly label: string
  readonly names: () => Names
  readonly onText: (text: string) => void
  readonly onRun: () => void
}

/** A fresh state for a text. */
export function editorState(text: string, { label, names, onText, onRun }: Hooks): EditorState {
  return EditorState.create({
    doc: text,
    extensions: [
      lineNumbers(), foldGutter(), lintGutter(), highlightActiveLineGutter(), history(), drawSelection(), indentOnInput(),
      indentUnit.of('  '), EditorState.tabSize.of(2), bracketMatching(), closeBrackets(), highlightActiveLine(),
      highlightSelectionMatches(), search({ top: true }), yaml(), syntaxHighlighting(COLORS), THEME,
      autocompletion({ override: [(context) => complete(context, names())], icons: false }), hoverTooltip(hover),
      language.value === 'zh' ? EditorState.phrases.of(CHINESE) : [],
      EditorView.contentAttributes.of({ 'aria-label': label, 'tabindex': '0' }),
      EditorView.updateListener.of(({ docChanged, state, transactions }) => {
        if (docChanged && !transactions.some((one) => one.annotation(fromOutside) === true)) onText(state.doc.toString())
      }),
      keymap.of([
        { key: 'Mod-Enter', preventDefault: true, run: () => { onRun(); return true } },
        { key: 'F8', run: nextDiagnostic },
        ...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap,
        ...lintKeymap, indentWithTab,
      ]),
    ],
  })
}

function complete(context: CompletionContext, names: Names): CompletionResult | null {
  const { state, pos } = context
  const line = state.doc.lineAt(pos)
  const typed = /[\w:./-]*$/.exec(line.text.slice(0, pos - line.from))?.[0] ?? ''
  const word = typed.startsWith('-') ? '' : typed
  if (word === '' && !context.explicit && !/[{,:["]\s?$|^\s*$/.test(line.text.slice(0, pos - line.from))) return null
  const place = placeAtEnd(state.sliceDoc(0, pos - word.length))
  const after = state.sliceDoc(pos, pos + 2)
  const quote = (label: string): string => {
    const quoted = /["']/.test(state.sliceDoc(pos - word.length - 1, pos - word.length))
    return label.includes(':') && !quoted ? `"${label}"` : label
  }
  const options = choicesAt(place, names).map(({ label, detail, kind }, rank) => ({
    label, type: kind, boost: -rank, // in the schema's order
    info: detail === '' ? undefined : detail,
    apply: kind === 'key' && !/^\s*:/.test(after) ? `${label}: ` : quote(label),
  }))
  return options.length === 0 ? null : { from: pos - word.length, options, validFor: /^[\w:./-]*$/ }
}

function hover(view: EditorView, pos: number): { pos: number, end: number, create: () => { dom: HTMLElement } } | null {
  const line = view.state.doc.lineAt(pos)
  for (const found of line.text.matchAll(/([A-Za-z][\w-]*)["']?\s*:(?=\s|$)/g)) {
    const start = line.from + found.index
    const end = start + found[1].length
    if (pos < start || pos > end) continue
    const about = describe(placeAtEnd(`${view.state.sliceDoc(0, start + found[0].length)} `).path)
    if (about === '') return null
    return {
      pos: start, end, create: () => {
        const dom = document.createElement('div')
        dom.className = 'editor-hover'
        dom.textContent = about
        return { dom }
      },
    }
  }
  return null
}

/** Makes the editor show `text` by the smallest change, which can be undone. */
export function showText(view: EditorView, text: string): void {
  const before = view.state.doc.toString()
  if (before === text) return
  let start = 0
  while (start < before.length && start < text.length && before[start] === text[start]) start++
  let tail = 0
  while (tail < before.length - start && tail < text.length - start &&
    before[before.length - 1 - tail] === text[text.length - 1 - tail]) tail++
  view.dispatch({
    changes: { from: start, to: before.length - tail, insert: text.slice(start, text.length - tail) },
    annotations: [fromOutside.of(true), isolateHistory.of('full')], // each is undone by itself
  })
}

/** Shows errors and warnings where they stand. */
export function showIssues(view: EditorView, errors: readonly LabIssue[], warnings: readonly LabIssue[]): void {
  const { doc } = view.state
  const diagnostics = [
    ...errors.map((issue) => diagnostic(doc, issue, 'error')), ...warnings.map((issue) => diagnostic(doc, issue, 'warning')),
  ].sort((a, b) => a.from - b.from)
  view.dispatch(setDiagnostics(view.state, diagnostics))
}

function diagnostic(doc: Text, { line, column, message, hint }: LabIssue, severity: 'error' | 'warning'): Diagnostic {
  const from = offsetOf(doc, line, column)
  const rest = doc.sliceString(from, doc.lineAt(from).to)
  const word = /^("[^"]*"|'[^']*'|[^\s,{}[\]#]+)/.exec(rest)?.[0] ?? rest.slice(0, 1)
  return { from, to: from + word.length, severity, message: hint === '' ? message : `${message}; ${hint}` }
}

function offsetOf(doc: Text, line: number, column: number): number {
  if (line < 1) return 0
  const found = doc.line(Math.min(line, doc.lines))
  return Math.min(found.from + column - 1, found.to)
}

/** Puts the cursor where an issue is. */
export function goTo(view: EditorView, { line, column }: LabIssue): void {
  const at = offsetOf(view.state.doc, line, column)
  view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) })
  view.focus()
}
