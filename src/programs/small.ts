import { CAPTURE_EPOCH_SECONDS } from '../capture/capture-file.ts'
import type { Process } from '../host/process.ts'
import { strtod } from './c-number.ts'
import { notModelled } from './not-modelled.ts'

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

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** date in UTC, by the virtual clock; with +FORMAT of the common conversions. */
export async function date(process: Process): Promise<number> {
  const [format = '+%a %b %e %H:%M:%S UTC %Y', extra] = process.argv.slice(1)
  if (extra !== undefined || !format.startsWith('+')) {
    process.stderr.write(notModelled('date', extra ?? format))
    return 1
  }
  const unknown = /%[^aAbBdeHMSNsTFYmjyn%tDR]/.exec(format)
  if (unknown !== null) {
    process.stderr.write(notModelled('date', unknown[0]))
    return 1
  }
  process.stdout.write(`${formatDate(format.slice(1), process.nowNs)}\n`)
  return 0
}

export function formatDate(format: string, nowNs: number): string {
  const seconds = CAPTURE_EPOCH_SECONDS + Math.floor(nowNs / 1e9)
  const [year, month, day] = civil(Math.floor(seconds / 86_400))
  const two = (value: number): string => String(value).padStart(2, '0')
  const time = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const weekday = (Math.floor(seconds / 86_400) + 4) % 7
  const fields: Record<string, string> = {
    a: DAYS[weekday], b: MONTHS[month - 1], d: two(day), e: String(day).padStart(2, ' '), H: time.slice(0, 2),
    M: time.slice(3, 5), S: time.slice(6), N: String(nowNs % 1e9).padStart(9, '0'), s: String(seconds), T: time,
    R: time.slice(0, 5), F: `${year}-${two(month)}-${two(day)}`, D: `${two(month)}/${two(day)}/${two(year % 100)}`,
    Y: String(year), y: two(year % 100), m: two(month), n: '\n', t: '\t', '%': '%',
    A: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'][weekday],
    B: LONG_MONTHS[month - 1], j: String(dayOfYear(year, month, day)).padStart(3, '0'),
  }
  return format.replace(/%(.)/g, (_, letter: string) => fields[letter])
}

const LONG_MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
  'November', 'December']

function dayOfYear(year: number, month: number, day: number): number {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
  return lengths.slice(0, month - 1).reduce((sum, length) => sum + length, 0) + day
}

/** Year, month and day of a day since 1970, in the Gregorian calendar. */
function civil(days: number): [number, number, number] {
  let year = 1970
  let left = days
  for (;;) {
    const length = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 366 : 365
    if (left < length) break
    left -= length
    year++
  }
  let month = 1
  while (month < 12 && left >= dayOfYear(year, month + 1, 1) - 1) month++
  return [year, month, left - (dayOfYear(year, month, 1) - 1) + 1]
}
