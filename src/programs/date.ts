import { strerror } from '../base/errno.ts'
import { CAPTURE_EPOCH_SECONDS } from '../capture/capture-file.ts'
import type { Process, Program } from '../host/process.ts'
import { kindOf } from './file-tree.ts'
import { notModelled } from './not-modelled.ts'
import { strftime, utcSeconds } from './strftime.ts'
import { type Arguments, gnuProgram, type GnuSpec } from './text/gnu.ts'

/** date of coreutils 9.1 by the virtual clock, in UTC, which no program can set. */
const SPEC: GnuSpec = {
  short: 'd:f:I::r:Rs:u',
  long: {
    'date=': 'd', 'debug': 'debug', 'file=': 'f', 'iso-8601': 'I?', 'reference=': 'r', 'resolution': 'resolution',
    'rfc-email': 'R', 'rfc-822': 'R', 'rfc-2822': 'R', 'rfc-3339=': '3339', 'set=': 's', 'uct': 'u', 'utc': 'u',
    'universal': 'u',
  },
  lacks: ['f', 's', 'debug', 'resolution'],
}

interface Moment { readonly seconds: number, readonly nanoseconds: number }

const ISO = ['hours', 'minutes', 'date', 'seconds', 'ns']
const ISO_FORMATS: Readonly<Record<string, string>> = {
  date: '%Y-%m-%d', hours: '%Y-%m-%dT%H%:z', minutes: '%Y-%m-%dT%H:%M%:z', seconds: '%Y-%m-%dT%H:%M:%S%:z',
  ns: '%Y-%m-%dT%H:%M:%S,%N%:z',
}
const RFC3339 = ['date', 'seconds', 'ns']
const RFC3339_FORMATS: Readonly<Record<string, string>> = {
  date: '%Y-%m-%d', seconds: '%Y-%m-%d %H:%M:%S%:z', ns: '%Y-%m-%d %H:%M:%S.%N%:z',
}

export const date: Program = gnuProgram(SPEC, async (process, args) => {
  const formats: string[] = []
  for (const { name, value } of args.options) {
    if (name === 'R') formats.push('%a, %d %b %Y %H:%M:%S %z')
    else if (name === 'I') formats.push(ISO_FORMATS[choice(args, '--iso-8601', value === '' ? 'date' : value, ISO)])
    else if (name === '3339') formats.push(RFC3339_FORMATS[choice(args, '--rfc-3339', value, RFC3339)])
  }
  const [operand, extra] = args.operands
  if (args.has('d') && args.has('r')) {
    throw args.usageError('the options to specify dates for printing are mutually exclusive')
  }
  if (extra !== undefined) throw args.usageError(`extra operand \u2018${extra}\u2019`)
  if (operand?.startsWith('+') === true) formats.push(operand.slice(1))
  else if (operand !== undefined && args.has('d')) {
    throw args.usageError(`the argument \u2018${operand}\u2019 lacks a leading '+';\n`
      + 'when using an option to specify date(s), any non-option\nargument must be a format string beginning with \'+\'')
  } else if (operand !== undefined) {
    process.stderr.write(`date: invalid date \u2018${operand}\u2019\n${notModelled('date', 'setting the clock')}`)
    return 1
  }
  if (formats.length > 1) throw args.error('multiple output formats specified')
  const moment = momentOf(process, args)
  process.stdout.write(`${format(formats[0] ?? '%a %b %e %H:%M:%S %Z %Y', moment)}\n`)
  return 0
})

/** One of the words, or a beginning that only one of them has. */
function choice(args: Arguments, option: string, text: string, words: readonly string[]): string {
  const found = words.includes(text) ? [text] : words.filter((word) => word.startsWith(text))
  if (found.length === 1) return found[0]
  const kind = found.length === 0 || text === '' ? 'invalid' : 'ambiguous'
  throw args.usageError(`${text === '' ? 'ambiguous' : kind} argument \u2018${text}\u2019 for \u2018${option}\u2019\n`
    + `Valid arguments are:\n${words.map((word) => `  - \u2018${word}\u2019`).join('\n')}`)
}

function now(process: Process): Moment {
  const seconds = Math.floor(process.nowNs / 1e9)
  return { seconds: CAPTURE_EPOCH_SECONDS + seconds, nanoseconds: process.nowNs - seconds * 1e9 }
}

function momentOf(process: Process, args: Arguments): Moment {
  const reference = args.value('r')
  if (reference !== undefined) {
    const kind = kindOf(process, reference)
    if (typeof kind === 'number') throw args.error(`${reference}: ${strerror(-kind)}`)
    const ns = process.host.files.modifiedNs(process.resolve(reference))
    return { seconds: CAPTURE_EPOCH_SECONDS + Math.floor(ns / 1e9), nanoseconds: ns % 1e9 }
  }
  const text = args.value('d')
  if (text === undefined) return now(process)
  const moment = parseDate(text, now(process))
  if (moment === null) throw args.error(`invalid date \u2018${text}\u2019`)
  return moment
}

/** strftime() with what date adds: %N, %q, %:z and %::z. */
function format(text: string, { seconds, nanoseconds }: Moment): string {
  const digits = String(nanoseconds).padStart(9, '0')
  const own = text.replace(/%([-_0^#]*)([0-9]*)(:{0,3}z|[NqZp%])/g,
    (whole, flags: string, width: string, letter: string) => {
      if (letter === 'N') {
        const cut = width === '' ? digits : digits.slice(0, Number(width)).padEnd(Number(width), '0')
        return flags.includes('-') ? cut.replace(/0+$/, '') || '0' : cut
      }
      if (letter === 'q') return String(Math.ceil(Number(strftime('%m', seconds)) / 3))
      if (letter === 'Z' && flags === '#' && width === '') return 'utc'
      if (letter === 'p' && flags === '#' && width === '') return strftime('%P', seconds)
      if (letter === ':z') return '+00:00'
      if (letter === '::z') return '+00:00:00'
      return letter === ':::z' ? '+00' : whole
    })
  return strftime(own, seconds)
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']
const SPANS: Readonly<Record<string, readonly [field: 'month' | 'day' | 'second', count: number]>> = {
  year: ['month', 12], month: ['month', 1], fortnight: ['day', 14], week: ['day', 7], day: ['day', 1],
  hour: ['second', 3600], minute: ['second', 60], min: ['second', 60], second: ['second', 1], sec: ['second', 1],
}
const DAYS: Readonly<Record<string, number>> = { now: 0, today: 0, tomorrow: 1, yesterday: -1 }

/** What parse_datetime() of gnulib reads, of its common forms; null for what is none of them. */
function parseDate(text: string, at: Moment): Moment | null {
  const epoch = /^\s*@([+-]?[0-9]+)(?:[.,]([0-9]+))?\s*$/.exec(text)
  if (epoch !== null) {
    const fraction = Number((epoch[2] ?? '').padEnd(9, '0').slice(0, 9))
    const seconds = Number(epoch[1])
    if (!Number.isSafeInteger(seconds)) return null
    return epoch[1].startsWith('-') && fraction > 0 ? { seconds: seconds - 1, nanoseconds: 1e9 - fraction }
      : { seconds, nanoseconds: fraction }
  }
  return new DateReader(text.toLowerCase(), at).read()
}

class DateReader {
  private year: number
  private month: number
  private day: number
  private time: number | null = null
  private nanoseconds = 0
  private zone = 0
  private dated = false
  private weekday: { day: number, ordinal: number } | null = null
  private readonly shift = { month: 0, day: 0, second: 0 }

  constructor(private rest: string, private readonly at: Moment) {
    this.year = Number(strftime('%Y', at.seconds))
    this.month = Number(strftime('%m', at.seconds))
    this.day = Number(strftime('%d', at.seconds))
  }

  read(): Moment | null {
    for (;;) {
      this.rest = this.rest.replace(/^[\s,]+/, '')
      if (this.rest === '') break
      if (!this.item()) return null
    }
    const keepsTime = this.time === null && !this.dated && this.weekday === null
    const time = keepsTime ? ((this.at.seconds % 86_400) + 86_400) % 86_400 : this.time ?? 0
    if (this.month < 1 || this.month > 12 || this.day < 1) return null
    const check = utcSeconds(this.year, this.month, this.day, 0, 0, 0)
    if (Number(strftime('%d', check)) !== this.day) return null
    let days = this.shift.day
    if (this.weekday !== null && !this.dated) {
      const today = Number(strftime('%w', check))
      const { day, ordinal } = this.weekday
      days += (day - today + 7) % 7 + 7 * (ordinal - (ordinal > 0 && today !== day ? 1 : 0))
    }
    const seconds = utcSeconds(this.year, this.month + this.shift.month, this.day + days, 0, 0, 0) + time - this.zone
      + this.shift.second
    if (!Number.isSafeInteger(seconds)) return null
    return { seconds, nanoseconds: keepsTime ? this.at.nanoseconds : this.nanoseconds }
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    const match = pattern.exec(this.rest)
    if (match !== null) this.rest = this.rest.slice(match[0].length)
    return match
  }

  private setDate(year: number, month: number, day: number): boolean {
    if (this.dated) return false
    this.dated = true
    this.year = year
    this.month = month
    this.day = day
    return true
  }

  private item(): boolean {
    const iso = this.take(/^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?=$|[\st,])t?/)
    if (iso !== null) return this.setDate(Number(iso[1]), Number(iso[2]), Number(iso[3]))
    const american = this.take(/^([0-9]{1,2})\/([0-9]{1,2})(?:\/([0-9]{4}))?(?![0-9/])/)
    if (american !== null) return this.setDate(Number(american[3] ?? this.year), Number(american[1]), Number(american[2]))
    const clock = this.take(/^([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(?:\s*(am|pm))?(?![0-9:])/)
    if (clock !== null) return this.clock(clock)
    if (this.take(/^(?:utc|gmt|z)(?![a-z])/) !== null) return true
    const packed = this.take(/^([0-9]{4})([0-9]{2})([0-9]{2})(?![0-9])/)
    if (packed !== null) return this.setDate(Number(packed[1]), Number(packed[2]), Number(packed[3]))
    const dayFirst = this.take(/^([0-9]{1,2})[ -]([a-z]{3,9})(?:[ -]([0-9]{4}))?(?![a-z0-9:])/)
    if (dayFirst !== null) {
      const month = MONTHS.indexOf(dayFirst[2].slice(0, 3))
      if (month >= 0) return this.setDate(Number(dayFirst[3] ?? this.year), month + 1, Number(dayFirst[1]))
      this.rest = dayFirst[0] + this.rest
    }
    const relative = this.take(/^([+-]?)\s*([0-9]+)\s*([a-z]+)/)
    if (relative !== null) return this.span((relative[1] === '-' ? -1 : 1) * Number(relative[2]), relative[3])
    return this.word()
  }

  private clock([, hours, minutes, seconds = '0', fraction = '', half]: RegExpExecArray): boolean {
    let hour = Number(hours)
    if (half !== undefined) {
      if (hour < 1 || hour > 12) return false
      hour = hour % 12 + (half === 'pm' ? 12 : 0)
    }
    if (this.time !== null || hour > 23 || Number(minutes) > 59 || Number(seconds) > 60) return false
    this.time = hour * 3600 + Number(minutes) * 60 + Number(seconds)
    this.nanoseconds = Number(fraction.padEnd(9, '0').slice(0, 9))
    // A sign right behind a time begins a zone: "12:00 +1 hour" is an hour after 12:00 at +01.
    const zone = this.take(/^\s*([+-])\s*([0-9]{1,2}):?([0-9]{2})?(?![0-9:])/)
    if (zone !== null) this.zone = (zone[1] === '-' ? -1 : 1) * (Number(zone[2]) * 3600 + Number(zone[3] ?? 0) * 60)
    return true
  }

  private span(count: number, word: string): boolean {
    const span = SPANS[word] ?? SPANS[word.replace(/s$/, '')]
    if (span === undefined || !Number.isSafeInteger(count * span[1])) return false
    const ago = this.take(/^\s+ago(?![a-z])/) !== null
    this.shift[span[0]] += (ago ? -count : count) * span[1]
    return true
  }

  private word(): boolean {
    const word = this.take(/^[a-z]+/)?.[0]
    if (word === undefined) return false
    if (Object.hasOwn(DAYS, word)) {
      this.shift.day += DAYS[word]
      return true
    }
    if (word === 'next' || word === 'last' || word === 'this') {
      const ordinal = word === 'next' ? 1 : word === 'last' ? -1 : 0
      const named = this.take(/^\s+([a-z]+)/)?.[1]
      if (named === undefined) return false
      return this.setWeekday(named, ordinal) || this.span(ordinal, named)
    }
    const month = MONTHS.indexOf(word.slice(0, 3))
    if (month >= 0 && word.length >= 3) {
      const day = this.take(/^[ -]+([0-9]{1,2})(?:,?[ -]+([0-9]{4}))?(?![0-9:])/)
      if (day !== null) return this.setDate(Number(day[2] ?? this.year), month + 1, Number(day[1]))
    }
    return this.setWeekday(word, 0) || this.span(1, word)
  }

  private setWeekday(word: string, ordinal: number): boolean {
    const day = WEEKDAYS.indexOf(word.slice(0, 3))
    const full = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'][day]
    if (day < 0 || (word !== full && word.length !== 3) || this.weekday !== null) return false
    this.weekday = { day, ordinal }
    return true
  }
}
