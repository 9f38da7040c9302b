import { decodeUtf8 } from '../../../base/utf8.ts'
import { CAPTURE_EPOCH_SECONDS } from '../../../capture/capture-file.ts'
import { formatPrintf } from '../../c-printf.ts'
import { strftime } from '../../strftime.ts'
import { evaluateTest } from '../../test.ts'
import { assignElements } from '../assign.ts'
import { isSet } from '../conditional.ts'
import { notModelled } from '../errors.ts'
import { unescapeEcho } from '../expand/ansi.ts'
import { splitFields } from '../expand/chunks.ts'
import { type Run, ShellError } from '../flow.ts'
import { isName } from '../names.ts'
import type { Shell } from '../shell.ts'

/** echo, printf, read, mapfile, test. */

export function echo(shell: Shell, argv: readonly string[]): number {
  let at = 1
  let newline = true
  let escapes = shell.shopt.xpg_echo
  for (; at < argv.length && /^-[neE]+$/.test(argv[at]); at++) {
    for (const letter of argv[at].slice(1)) {
      if (letter === 'n') newline = false
      else escapes = letter === 'e'
    }
  }
  const words = argv.slice(at).join(' ')
  if (!escapes) return shell.out(newline ? `${words}\n` : words, 'echo') ? 0 : 1
  const { text, ended } = unescapeEcho(words)
  return shell.out(newline && !ended ? `${text}\n` : text, 'echo') ? 0 : 1
}

export function printf(shell: Shell, argv: readonly string[]): number {
  let at = 1
  let target: string | null = null
  if (argv[at] === '-v') {
    target = argv[at + 1] ?? null
    if (target === null) return printfUsage(shell, 'printf: -v: option requires an argument')
    if (!/^[A-Za-z_]\w*(?:\[[^]+\])?$/.test(target)) return shell.error(`printf: \`${target}': not a valid identifier`, 2)
    at += 2
  } else if (/^-[^-]/.test(argv[at] ?? '')) return printfUsage(shell, `printf: ${argv[at].slice(0, 2)}: invalid option`)
  if (argv[at] === '--') at++
  if (at >= argv.length) return printfUsage(shell, '')
  const result = formatPrintf(argv[at], argv.slice(at + 1), {
    kind: 'bash', prefix: `${shell.prefix}printf: `,
    strftime: (format, seconds) => {
      if (seconds === -1) return strftime(format, Math.floor(shell.epochSeconds))
      const started = CAPTURE_EPOCH_SECONDS + Math.floor(shell.process.startedAtNs / 1e9)
      return strftime(format, seconds === -2 ? started : seconds)
    },
    assign: (name, value) => {
      if (!isName(name)) return false
      shell.assignReference(name, null, value)
      return true
    },
  })
  if (target !== null) {
    const element = /^([^[]+)(?:\[([^]*)\])?$/.exec(target)
    const key = element?.[2] === undefined ? null : shell.subscriptOf(element[1], element[2])
    shell.assignReference(element?.[1] ?? target, key, decodeUtf8(result.output))
  } else if (!shell.out(result.output, 'printf')) return 1
  if (result.errors !== '') shell.process.stderr.write(result.errors)
  return result.status
}

function printfUsage(shell: Shell, message: string): number {
  if (message !== '') shell.error(message)
  shell.process.stderr.write('printf: usage: printf [-v var] format [arguments]\n')
  return 2
}

export function test(shell: Shell, argv: readonly string[]): number {
  const [name] = argv
  let words = argv.slice(1)
  if (name === '[') {
    if (words[words.length - 1] !== ']') return shell.error("[: missing `]'", 2)
    words = words.slice(0, -1)
  }
  const { status, errors } = evaluateTest(shell.process, words, {
    kind: 'bash', prefix: `${shell.prefix}${name}: `, isSet: (variable) => isSet(shell, variable),
    isOption: (option) => shell.options.all.get(option) === true,
    isReference: (variable) => shell.variables.find(variable)?.nameref === true,
  })
  if (errors !== '') shell.process.stderr.write(errors)
  return status
}

interface ReadOptions {
  raw: boolean
  array: string | null
  delimiter: string
  /** Characters at most; exact: the delimiter does not count. */
  count: number | null
  exact: boolean
  timeoutNs: number | null
  prompt: string
  fd: number
}

const READ_USAGE = 'read: usage: read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] '
  + '[-t timeout] [-u fd] [name ...]\n'

export function* read(shell: Shell, argv: readonly string[]): Run<number> {
  const options: ReadOptions = { raw: false, array: null, delimiter: '\n', count: null, exact: false, timeoutNs: null,
    prompt: '', fd: 0 }
  const names = readOptions(shell, argv, options)
  if (typeof names === 'number') return names
  for (const name of names) {
    if (!/^[A-Za-z_]\w*(?:\[[^]*\])?$/.test(name)) return shell.error(`read: \`${name}': not a valid identifier`)
  }
  if (!shell.process.descriptors.has(options.fd)) {
    return shell.error(`read: ${options.fd}: invalid file descriptor: Bad file descriptor`)
  }
  if (options.prompt !== '' && shell.process.isTerminal(options.fd)) shell.process.stderr.write(options.prompt)
  const { text, status } = yield* readText(shell, options)
  store(shell, names, text, options)
  return status
}

function readOptions(shell: Shell, argv: readonly string[], options: ReadOptions): string[] | number {
  let at = 1
  for (; at < argv.length && /^-./.test(argv[at]); at++) {
    if (argv[at] === '--') {
      at++
      break
    }
    for (let i = 1; i < argv[at].length; i++) {
      const letter = argv[at][i]
      if ('adinNptu'.includes(letter)) {
        const value = i + 1 < argv[at].length ? argv[at].slice(i + 1) : argv[++at]
        if (value === undefined) {
          shell.error(`read: -${letter}: option requires an argument`)
          shell.process.stderr.write(READ_USAGE)
          return 2
        }
        const wrong = readOption(shell, letter, value, options)
        if (wrong !== 0) return wrong
        break
      }
      if (letter === 'r') options.raw = true
      else if (letter !== 's' && letter !== 'e') {
        shell.error(`read: -${letter}: invalid option`)
        shell.process.stderr.write(READ_USAGE)
        return 2
      }
    }
  }
  return argv.slice(at)
}

function readOption(shell: Shell, letter: string, value: string, options: ReadOptions): number {
  if (letter === 'a') options.array = value
  else if (letter === 'd') options.delimiter = value === '' ? '\0' : value[0]
  else if (letter === 'p') options.prompt = value
  else if (letter === 'n' || letter === 'N') {
    if (!/^[0-9]+$/.test(value)) return shell.error(`read: ${value}: invalid number`)
    options.count = Number(value)
    options.exact = letter === 'N'
  } else if (letter === 't') {
    if (!/^[0-9]*\.?[0-9]*$/.test(value)
      || !/[0-9]/.test(value)) return shell.error(`read: ${value}: invalid timeout specification`)
    options.timeoutNs = Math.round(Number(value) * 1e9)
  } else if (letter === 'u') {
    if (!/^[0-9]+$/.test(value)) return shell.error(`read: ${value}: invalid file descriptor specification`)
    options.fd = Number(value)
  } else return shell.error(notModelled('bash: read -i'), 2)
  return 0
}

/** Bytes up to the delimiter. In the text, what a backslash made literal is marked by \0 in front of it. */
function* readText(shell: Shell, options: ReadOptions): Run<{ readonly text: string, readonly status: number }> {
  const { process } = shell
  const stream = process.input(options.fd)
  const deadlineNs = options.timeoutNs === null ? Infinity : process.nowNs + options.timeoutNs
  const until = options.exact ? -1 : options.delimiter.charCodeAt(0)
  const bytes: number[] = []
  let characters = 0
  for (let escaped = false; options.count === null || characters < options.count;) {
    const descriptor = process.descriptors.get(options.fd)
    if (deadlineNs !== Infinity && descriptor !== undefined) {
      if (!(yield* shell.call(() => process.waitReadable(descriptor, deadlineNs)))) return { text: decode(bytes),
        status: 142 }
      if (options.timeoutNs === 0) return { text: '', status: 0 }
    }
    const part = yield* shell.call(() => stream.readBytes(1, until))
    if (part.length === 0) return { text: decode(bytes), status: 1 }
    const [byte] = part
    if (escaped) {
      escaped = false
      if (byte === 10) continue
      bytes.push(0, byte)
    } else if (byte === 92 && !options.raw) {
      escaped = true
      continue
    } else if (byte === until) break
    else if (byte !== 0) bytes.push(byte)
    if (byte < 0x80 || byte >= 0xc0) characters++
  }
  return { text: decode(bytes), status: 0 }
}

function decode(bytes: readonly number[]): string {
  return decodeUtf8(Uint8Array.from(bytes))
}

function bare(text: string): string {
  return text.replaceAll('\0', '')
}

function store(shell: Shell, names: readonly string[], text: string, options: ReadOptions): void {
  const { ifs } = shell
  if (options.array !== null) {
    const variable = shell.variables.ensure(options.array)
    const elements = fieldsOf(text, ifs).map((value) => ({ key: null, append: false, value }))
    assignElements(shell, options.array, variable, elements, false)
    return
  }
  if (names.length === 0 || options.exact) {
    shell.assignReference(names[0] ?? 'REPLY', null, bare(text))
    for (const name of names.slice(1)) set(shell, name, '')
    return
  }
  let rest = text
  for (const [index, name] of names.entries()) {
    rest = trimStart(rest, ifs)
    if (index === names.length - 1) set(shell, name, bare(lastField(rest, ifs)))
    else {
      const end = fieldEnd(rest, ifs)
      set(shell, name, bare(rest.slice(0, end)))
      rest = behindDelimiter(rest.slice(end), ifs)
    }
  }
}

function set(shell: Shell, name: string, value: string): void {
  const element = /^([^[]+)\[([^]*)\]$/.exec(name)
  if (element === null) shell.assignReference(name, null, value)
  else shell.assignReference(element[1], shell.subscriptOf(element[1], element[2]), value)
}

const isSpace = (char: string, ifs: string): boolean => ifs.includes(char) && ' \t\n'.includes(char)

function trimStart(text: string, ifs: string): string {
  let at = 0
  while (at < text.length && isSpace(text[at], ifs)) at++
  return text.slice(at)
}

function fieldEnd(text: string, ifs: string): number {
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\0') at++
    else if (ifs.includes(text[at])) return at
  }
  return text.length
}

function behindDelimiter(text: string, ifs: string): string {
  const rest = trimStart(text, ifs)
  return rest !== '' && ifs.includes(rest[0]) && !isSpace(rest[0], ifs) ? trimStart(rest.slice(1), ifs) : rest
}

/** The last variable gets the rest, without white space at its end; a lone delimiter at the end goes, too. */
function lastField(text: string, ifs: string): string {
  const end = fieldEnd(text, ifs)
  const behind = behindDelimiter(text.slice(end), ifs)
  if (behind === '') return text.slice(0, end)
  let stop = text.length
  while (stop > 0 && isSpace(text[stop - 1], ifs) && text[stop - 2] !== '\0') stop--
  return text.slice(0, stop)
}

function fieldsOf(text: string, ifs: string): string[] {
  const chunks: { kind: 'split' | 'quoted', text: string }[] = []
  for (const piece of text.match(/\0[^]|[^\0]+/g) ?? []) {
    chunks.push(piece.startsWith('\0') ? { kind: 'quoted', text: piece.slice(1) } : { kind: 'split', text: piece })
  }
  return splitFields(chunks, ifs).map((field) => field.text)
}

/** mapfile [-t] [-d delim] [-n count] [-s skip] [-O origin] [-u fd] [array] */
export function* mapfile(shell: Shell, argv: readonly string[]): Run<number> {
  let at = 1
  const values: Record<string, string> = { d: '\n', n: '0', s: '0', O: '', u: '0' }
  let trim = false
  for (; at < argv.length && /^-./.test(argv[at]); at++) {
    const letter = argv[at][1]
    if (letter === 't') trim = true
    else if (letter in values) values[letter] = argv[at].length > 2 ? argv[at].slice(2) : argv[++at] ?? ''
    else throw new ShellError(notModelled(`bash: ${argv[0]} -${letter}`), 2)
  }
  const name = argv[at] ?? 'MAPFILE'
  if (!isName(name)) return shell.error(`${argv[0]}: \`${name}': not a valid identifier`)
  const delimiter = (values.d === '' ? '\0' : values.d).charCodeAt(0)
  const stream = shell.process.input(Number(values.u))
  const elements: { key: string | null, append: boolean, value: string }[] = []
  const first = Number(values.O || '0')
  for (let index = 0; Number(values.n) === 0 || elements.length < Number(values.n); index++) {
    let bytes: number[] = []
    for (;;) {
      const part = yield* shell.call(() => stream.readBytes(65_536, delimiter))
      bytes = bytes.length === 0 ? [...part] : [...bytes, ...part]
      if (part.length === 0 || part[part.length - 1] === delimiter) break
    }
    if (bytes.length === 0) break
    if (index < Number(values.s)) continue
    const ended = bytes[bytes.length - 1] === delimiter
    const text = decode(ended && (trim || delimiter === 0) ? bytes.slice(0, -1) : bytes)
    elements.push({ key: String(first + elements.length), append: false, value: text })
  }
  assignElements(shell, name, shell.variables.ensure(name), elements, values.O !== '')
  return 0
}
