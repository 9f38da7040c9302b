import type { Candidate, Completer } from '../../readline/completion.ts'
import { argumentsOf } from '../../completions.ts'
import { splitWords } from '../../readline/words.ts'
import { openQuote } from './lines.ts'
import { BUILTINS } from '../builtins/table.ts'
import type { Shell } from '../shell.ts'

/** Tab in the shell, as bash's bashline.c does it, and behind our programs what completions.ts knows of them. */

const KEYWORDS = [
  '!', '[[', ']]', 'case', 'coproc', 'do', 'done', 'elif', 'else', 'esac', 'fi', 'for', 'function', 'if', 'in', 'select',
    'then',
  'time', 'until', 'while', '{', '}',
]
/** COMP_WORDBREAKS: where a word begins, if not quoted. */
const BREAKS = ' \t\n"\'@><=;|&(:'

export function completerOf(shell: Shell): Completer {
  return (line, point) => {
    const quote = openQuote(line.slice(0, point).join(''))
    const start = quote === '' ? wordStart(line, point) : line.lastIndexOf(quote, point - 1) + 1
    const word = line.slice(start, point).join('')
    const before = line.slice(0, start).join('')
    const variable = quote === "'" ? null : /^\$(\{?)(\w*)$/.exec(word)
    if (variable !== null) return { start, candidates: variables(shell, variable[1], variable[2]) }
    const open = /[@]$/.test(before) ? '@' : ''
    if (open === '@') return { start, candidates: fixed(hostNames(shell), word) }
    if (isCommandPlace(before) && !word.includes('/')) return { start, candidates: commands(shell, word) }
    const known = ofProgram(shell, before, word)
    const candidates = known.length > 0 ? known : files(shell, word, quote === '')
    if (quote === '') return { start, candidates }
    return { start, candidates: candidates.map((one) => ({ ...one, suffix: closed(one.suffix, quote) })) }
  }
}

function wordStart(line: readonly string[], point: number): number {
  let at = point
  while (at > 0) {
    const char = line[at - 1]
    if (BREAKS.includes(char) && line[at - 2] !== '\\') break
    at--
  }
  return at
}

/** Whether a command's name stands here: at the beginning, behind an operator or a word that opens a list. */
function isCommandPlace(before: string): boolean {
  const text = before.trimEnd()
  if (text === '' || /(?:[;&|(`]|\$\()$/.test(text) && !/>&$/.test(text)) return true
  return /(?:^|\s)\{$/.test(text)
}

/** Only what can follow a word is what completes it; equal candidates are one. */
function fixed(names: readonly string[], word: string, suffix = ' '): Candidate[] {
  const fitting = [...new Set(names)].filter((name) => name.startsWith(word)).sort(byCodePoint)
  return fitting.map((text) => ({ text, suffix }))
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function commands(shell: Shell, word: string): Candidate[] {
  return fixed([...shell.aliases.keys(), ...shell.functions.keys(), ...BUILTINS.keys(), ...KEYWORDS,
    ...shell.process.host.programs.keys()], word)
}

function variables(shell: Shell, brace: string, prefix: string): Candidate[] {
  const names = shell.variables.names().filter((name) => name.startsWith(prefix)).sort(byCodePoint)
  return names.map((name) => {
    const value = shell.variables.get(name) ?? ''
    const suffix = brace !== '' ? '}' : value.startsWith('/') && shell.isDirectory(value) ? '/' : ' '
    return { text: `$${brace}${name}`, suffix }
  })
}

/** Files by a path's beginning; a directory ends in a slash, and names that begin with a dot are named by it. */
function files(shell: Shell, word: string, bare: boolean): Candidate[] {
  const plain = bare ? word.replace(/\\(.)/g, '$1') : word
  const slash = plain.lastIndexOf('/')
  const directory = plain.slice(0, slash + 1)
  const name = plain.slice(slash + 1)
  const home = shell.variables.get('HOME') ?? '/root'
  const place = directory.startsWith('~/') ? home + directory.slice(1) : directory
  const found = shell.list(place === '' ? '.' : place)
    .filter((one) => one.startsWith(name) && (name !== '' || !one.startsWith('.')))
  return found.map((one) => {
    const isDirectory = shell.isDirectory(`${place}${one}`)
    return { text: bare ? escaped(directory + one) : directory + one, display: isDirectory ? `${one}/` : one,
      suffix: isDirectory ? '/' : ' ' }
  })
}

/** What follows a candidate in quotes: a file's end closes them. */
function closed(suffix: string, quote: string): string {
  return suffix === '/' ? suffix : `${quote}${suffix}`
}

function escaped(name: string): string {
  return name.replace(/[\s"'\\$`<>|&;()*?[\]!#{}]/g, '\\$&')
}

function hostNames(shell: Shell): string[] {
  const text = shell.process.readFile('/etc/hosts')
  if (typeof text !== 'string') return []
  return text.split('\n').flatMap((line) => line.replace(/#.*/, '').trim().split(/\s+/).slice(1)).filter((name) => name !== '')
}

/** What our programs take there: the words of the present command before it decide. */
function ofProgram(shell: Shell, before: string, word: string): Candidate[] {
  const words = splitWords(before)
  let start = words.length
  while (start > 0 && !/^(?:[;&|(]|&&|\|\||\|&)$/.test(words[start - 1])) start--
  const own = words.slice(start).filter((one, index) => index > 0 || !/^\w+=/.test(one))
  return own.length === 0 ? [] : fixed(argumentsOf(shell.process, own), word)
}
