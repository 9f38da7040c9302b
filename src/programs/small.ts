import type { Process } from '../host/process.ts'
import { strtod } from './c-number.ts'

/** The small commands that exec lines and scripts use between the others (coreutils 9.1, hostname 3.23). */

export async function truth(): Promise<number> {
  return 0
}

export async function falsehood(): Promise<number> {
  return 1
}

/** echo as bash's: -n, -e and -E in any cluster before the first other word. */
export async function echo(process: Process): Promise<number> {
  const words = process.argv.slice(1)
  let newline = true
  let escapes = false
  while (words.length > 0 && /^-[neE]+$/.test(words[0])) {
    for (const letter of (words.shift() ?? '').slice(1)) {
      if (letter === 'n') newline = false
      else escapes = letter === 'e'
    }
  }
  const text = words.join(' ')
  const cut = escapes ? text.indexOf('\\c') : -1
  const shown = escapes ? unescape(cut < 0 ? text : text.slice(0, cut)) : text
  process.stdout.write(shown + (newline && cut < 0 ? '\n' : ''))
  return 0
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07', b: '\b', e: '\x1b', E: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\',
}

function unescape(text: string): string {
  return text.replace(/\\(?:0([0-7]{1,3})|x([0-9a-fA-F]{1,2})|([abeEfnrtv\\]))/g,
    (_, octal: string | undefined, hex: string | undefined, letter: string) => {
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff)
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16))
      return ESCAPES[letter]
    })
}

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }

/** sleep NUMBER[smhd]...: the sum of its arguments. */
export async function sleep(process: Process): Promise<number> {
  const words = process.argv.slice(1)
  const tryHelp = "Try 'sleep --help' for more information.\n"
  if (words.length === 0) {
    process.stderr.write(`sleep: missing operand\n${tryHelp}`)
    return 1
  }
  let seconds = 0
  let wrong = false
  for (const word of words) {
    const { value, rest } = strtod(word)
    if (word === 'infinity' || word === 'inf') seconds = Infinity
    else if (rest === word || !(rest in UNITS) || value < 0) {
      process.stderr.write(`sleep: invalid time interval \u2018${word}\u2019\n`)
      wrong = true
    } else seconds += value * UNITS[rest]
  }
  if (wrong) {
    process.stderr.write(tryHelp)
    return 1
  }
  if (seconds === Infinity) await process.pause()
  await process.sleep(Math.round(seconds * 1e9))
  return 0
}
