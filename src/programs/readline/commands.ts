import type { LineEditor } from './editor.ts'
import { isBlank, isWord } from './line-buffer.ts'
import { completeWord, insertAll, listCompletions } from './complete.ts'
import { search } from './search.ts'
import { splitWords } from './words.ts'

/** A command of the editor; `key` is what called it. */
export type Command = (editor: LineEditor, key: string) => void | Promise<void>

/** Does something as often as the argument says, the other way if it is negative; rings when it can't be done. */
function repeated(forwards: (editor: LineEditor) => boolean, backwards: (editor: LineEditor) => boolean): Command {
  return (editor) => {
    const count = editor.argument ?? 1
    for (let i = Math.abs(count); i > 0; i--) {
      if (!(count > 0 ? forwards : backwards)(editor)) return editor.bell()
    }
  }
}

function forwardChar({ buffer }: LineEditor): boolean {
  if (buffer.point === buffer.length) return false
  buffer.point = buffer.after(buffer.point)
  return true
}

function backwardChar({ buffer }: LineEditor): boolean {
  if (buffer.point === 0) return false
  buffer.point = buffer.before(buffer.point)
  return true
}

function forwardWord({ buffer }: LineEditor): boolean {
  buffer.point = buffer.wordEnd(buffer.point)
  return true
}

function backwardWord({ buffer }: LineEditor): boolean {
  buffer.point = buffer.wordStart(buffer.point)
  return true
}

function deleteChar(editor: LineEditor): boolean {
  const { buffer } = editor
  if (buffer.point === buffer.length) return false
  const end = buffer.after(buffer.point)
  if (editor.argument === null) buffer.remove(buffer.point, end)
  else editor.kill(buffer.point, end, false)
  return true
}

function rubout(editor: LineEditor): boolean {
  const { buffer } = editor
  if (buffer.point === 0) return false
  const from = buffer.before(buffer.point)
  if (editor.argument === null) buffer.remove(from, buffer.point)
  else editor.kill(from, buffer.point, true)
  return true
}

function killWord(editor: LineEditor): boolean {
  const { point } = editor.buffer
  editor.kill(point, editor.buffer.wordEnd(point), false)
  return true
}

function backwardKillWord(editor: LineEditor): boolean {
  const { point } = editor.buffer
  editor.kill(editor.buffer.wordStart(point), point, true)
  return true
}

function unixWordRubout(editor: LineEditor): boolean {
  const { point } = editor.buffer
  if (point === 0) return false
  editor.kill(editor.buffer.blankWordStart(point), point, true)
  return true
}

async function selfInsert(editor: LineEditor, key: string): Promise<void> {
  const { buffer, keys } = editor
  const count = editor.argument ?? 1
  if (count < 0) return
  if (count !== 1) {
    buffer.insert(key.repeat(Math.min(count, 1000)))
    return
  }
  buffer.insert(key)
  // What was typed at once is shown at once.
  while (keys.pending) {
    const next = await keys.next()
    if (next === null) return
    if (next < ' ' || next === '\x7f') {
      keys.push(next)
      return
    }
    buffer.insert(next)
  }
}

function transposeChars(editor: LineEditor): void {
  const { buffer } = editor
  if (buffer.length < 2 || buffer.point === 0) return editor.bell()
  const at = buffer.point === buffer.length ? buffer.before(buffer.point) : buffer.point
  const from = buffer.before(at)
  const end = buffer.after(at)
  const { text } = buffer
  buffer.replace(from, end, [...text.slice(at, end), ...text.slice(from, at)].join(''))
}

function transposeWords(editor: LineEditor): void {
  const { buffer } = editor
  const secondEnd = buffer.wordEnd(buffer.point)
  const secondStart = buffer.wordStart(secondEnd)
  const firstStart = buffer.wordStart(secondStart)
  const firstEnd = buffer.wordEnd(firstStart)
  if (firstStart === secondStart || secondStart < firstEnd) return editor.bell()
  const part = (from: number, to: number): string => buffer.text.slice(from, to).join('')
  buffer.replace(firstStart, secondEnd,
    part(secondStart, secondEnd) + part(firstEnd, secondStart) + part(firstStart, firstEnd))
}

function changeCase(change: (word: string) => string): Command {
  return ({ buffer }) => {
    const end = buffer.wordEnd(buffer.point)
    buffer.replace(buffer.point, end, change(buffer.text.slice(buffer.point, end).join('')))
  }
}

function capitalize(word: string): string {
  const chars = Array.from(word)
  const first = chars.findIndex(isWord)
  return chars.map((char, index) => index === first ? char.toUpperCase() : char.toLowerCase()).join('')
}

function yank(editor: LineEditor): void {
  const text = editor.kills.current()
  if (text === null) return editor.bell()
  editor.buffer.mark = editor.buffer.point
  editor.buffer.save()
  editor.buffer.replace(editor.buffer.point, editor.buffer.point, text)
}

function yankPop(editor: LineEditor): void {
  const { buffer, kills } = editor
  if (editor.lastCommand !== 'yank' && editor.lastCommand !== 'yank-pop') return editor.bell()
  const from = buffer.point - Array.from(kills.current() ?? '').length
  kills.rotate()
  buffer.replace(from, buffer.point, kills.current() ?? '')
}

/** Inserts the last word (or the one of the argument) of the line before; again: of the line before that. */
function yankLastArg(editor: LineEditor): void {
  const { buffer, history } = editor
  if (editor.lastCommand === 'yank-last-arg') buffer.undo()
  else editor.lastArgumentPlace = editor.place
  editor.lastArgumentPlace--
  const line = history.at(editor.lastArgumentPlace)
  if (line === null) {
    editor.bell()
    editor.lastArgumentPlace = Math.max(0, editor.lastArgumentPlace)
  }
  const word = splitWords(line ?? '').at(editor.argument ?? -1)
  buffer.replace(buffer.point, buffer.point, word ?? '')
}

function yankNthArg(editor: LineEditor): void {
  const words = splitWords(editor.history.at(editor.place - 1) ?? '')
  const word = words.at(editor.argument ?? 1)
  if (word === undefined) return editor.bell()
  editor.buffer.replace(editor.buffer.point, editor.buffer.point, word)
}

function toHistory(step: (editor: LineEditor) => number): Command {
  return (editor) => {
    if (!editor.goTo(step(editor))) editor.bell()
  }
}

/** The next line of the history that begins with what stands before the cursor. */
function prefixSearch(direction: -1 | 1): Command {
  return (editor) => {
    const { buffer } = editor
    const prefix = buffer.text.slice(0, buffer.point).join('')
    let place = editor.place + direction
    while (place >= 0 && place < editor.history.length && !editor.lineAt(place).startsWith(prefix)) place += direction
    if (place < 0 || place > editor.history.length || place === editor.history.length && direction > 0
      && !editor.lineAt(place).startsWith(prefix) || !editor.goTo(place)) return editor.bell()
    if (prefix !== '') buffer.point = Array.from(prefix).length
  }
}

function endOfFile(editor: LineEditor): void {
  if (editor.buffer.length === 0) editor.result = { line: null }
  else if (!deleteChar(editor)) editor.bell()
}

function deleteHorizontalSpace({ buffer }: LineEditor): void {
  let from = buffer.point
  let to = buffer.point
  while (from > 0 && isBlank(buffer.text[from - 1])) from--
  while (to < buffer.length && isBlank(buffer.text[to])) to++
  if (from < to) buffer.remove(from, to)
  buffer.point = from
}

function insertComment(editor: LineEditor): void {
  const { buffer } = editor
  buffer.replace(0, 0, '#')
  editor.redisplay()
  editor.accept()
}

async function quotedInsert(editor: LineEditor): Promise<void> {
  const { modes } = editor.terminal
  editor.terminal.setModes({ ...modes, isig: false, ixon: false })
  try {
    const key = await editor.keys.next()
    if (key !== null) editor.buffer.insert(key)
  } finally {
    editor.terminal.setModes(modes)
  }
}

async function characterSearch(editor: LineEditor, backwards: boolean): Promise<void> {
  const key = await editor.keys.next()
  if (key === null) return
  const { buffer } = editor
  const at = backwards ? buffer.point === 0 ? -1 : buffer.text.lastIndexOf(key, buffer.point - 1)
    : buffer.text.indexOf(key, buffer.point + 1)
  if (at < 0) editor.bell()
  else buffer.point = at
}

/** Shows "(arg: n)" for a prompt until the argument is complete, then calls the command that follows. */
async function digitArgument(editor: LineEditor, key: string): Promise<void> {
  const first = key.slice(1)
  let sign = first === '-' ? -1 : 1
  let digits = first === '-' ? '' : first
  let next: string | null = null
  // readline shows the argument that it began with before it reads the first digit.
  let shown = sign
  if (digits !== '') editor.keys.push(digits)
  digits = ''
  for (;;) {
    editor.message = `(arg: ${shown}) `
    editor.redisplay()
    next = await editor.keys.next()
    if (next === '\x1b') {
      const more = await editor.keys.next()
      if (more !== null && /^[0-9]$/.test(more)) next = more
      else if (more !== null) editor.keys.push(more)
    }
    if (next === null) break
    if (next === '-' && digits === '' && sign === 1 && shown === 1) sign = -1
    else if (/^[0-9]$/.test(next)) digits = `${digits}${next}`.slice(0, 6)
    else {
      editor.keys.push(next)
      break
    }
    shown = digits === '' ? sign : sign * Number(digits)
  }
  editor.message = null
  editor.argument = digits === '' ? sign : sign * Number(digits)
}

const PASTE_END = '\x1b[201~'

async function paste(editor: LineEditor): Promise<void> {
  let text = ''
  while (!text.endsWith(PASTE_END)) {
    const key = await editor.keys.next()
    if (key === null) return
    text += key
  }
  const pasted = text.slice(0, -PASTE_END.length).replaceAll('\r', '\n')
  const from = editor.buffer.point
  editor.buffer.save()
  editor.buffer.replace(from, from, pasted)
  editor.standout = { from, to: editor.buffer.point }
}

export const COMMANDS: Readonly<Record<string, Command>> = {
  'self-insert': selfInsert,
  'beginning-of-line': ({ buffer }) => { buffer.point = 0 },
  'end-of-line': ({ buffer }) => { buffer.point = buffer.length },
  'forward-char': repeated(forwardChar, backwardChar),
  'backward-char': repeated(backwardChar, forwardChar),
  'forward-word': repeated(forwardWord, backwardWord),
  'backward-word': repeated(backwardWord, forwardWord),
  'delete-char': repeated(deleteChar, rubout),
  'backward-delete-char': repeated(rubout, deleteChar),
  'end-of-file': endOfFile,
  'kill-line': (editor) => editor.kill(editor.buffer.point, editor.buffer.length, false),
  'backward-kill-line': (editor) => {
    if (editor.buffer.point === 0) editor.bell()
    else editor.kill(0, editor.buffer.point, true)
  },
  'unix-line-discard': (editor) => {
    if (editor.buffer.point === 0) editor.bell()
    else editor.kill(0, editor.buffer.point, true)
  },
  'unix-word-rubout': repeated(unixWordRubout, unixWordRubout),
  'kill-word': repeated(killWord, backwardKillWord),
  'backward-kill-word': repeated(backwardKillWord, killWord),
  'yank': yank,
  'yank-pop': yankPop,
  'yank-last-arg': yankLastArg,
  'yank-nth-arg': yankNthArg,
  'transpose-chars': transposeChars,
  'transpose-words': transposeWords,
  'upcase-word': changeCase((word) => word.toUpperCase()),
  'downcase-word': changeCase((word) => word.toLowerCase()),
  'capitalize-word': changeCase(capitalize),
  'delete-horizontal-space': deleteHorizontalSpace,
  'undo': (editor) => {
    if (!editor.buffer.undo()) editor.bell()
  },
  'revert-line': (editor) => {
    if (!editor.buffer.revert()) editor.bell()
  },
  'set-mark': ({ buffer }) => { buffer.mark = buffer.point },
  'exchange-point-and-mark': (editor) => {
    const { buffer } = editor
    const { point } = buffer
    buffer.point = Math.min(buffer.mark, buffer.length)
    buffer.mark = point
    editor.standout = { from: Math.min(point, buffer.point), to: Math.max(point, buffer.point) }
  },
  'quoted-insert': quotedInsert,
  'character-search': (editor) => characterSearch(editor, false),
  'character-search-backward': (editor) => characterSearch(editor, true),
  'digit-argument': digitArgument,
  'previous-history': toHistory((editor) => editor.place - Math.abs(editor.argument ?? 1)),
  'next-history': toHistory((editor) => editor.place + Math.abs(editor.argument ?? 1)),
  'beginning-of-history': toHistory((editor) => editor.place === 0 ? -1 : 0),
  'end-of-history': toHistory(({ history }) => history.length),
  'history-search-backward': prefixSearch(-1),
  'history-search-forward': prefixSearch(1),
  'operate-and-get-next': (editor) => {
    editor.nextPlace = editor.place < editor.history.length ? editor.place + 1 : null
    editor.accept()
  },
  'reverse-search-history': (editor) => search(editor, -1),
  'forward-search-history': (editor) => search(editor, 1),
  'complete': completeWord,
  'possible-completions': listCompletions,
  'insert-completions': insertAll,
  'insert-comment': insertComment,
  'clear-screen': (editor) => {
    editor.display.clear()
    editor.redrawBelow()
  },
  'clear-display': (editor) => {
    editor.display.write('\x1b[H\x1b[2J\x1b[3J')
    editor.redrawBelow()
  },
  'accept-line': (editor) => editor.accept(),
  'abort': (editor) => editor.bell(),
  'bracketed-paste-begin': paste,
}
