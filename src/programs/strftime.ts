/** strftime(3) in UTC and the C locale. Moments are seconds since 1970. */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October',
  'November', 'December']
const DAY = 86_400

interface Calendar {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  /** 0 is Sunday. */
  readonly weekday: number
  /** 0 is the first of January. */
  readonly yearDay: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** Days from 1970-01-01 to a day of the Gregorian calendar; months and days may lie outside of theirs. */
function daysOf(year: number, month: number, day: number): number {
  const months = year * 12 + month - 1
  const y = Math.floor(months / 12) - (months - Math.floor(months / 12) * 12 < 2 ? 1 : 0)
  const m = (months - Math.floor(months / 12) * 12 + 10) % 12 // March is 0
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100)
    + Math.floor((153 * m + 2) / 5) + day - 719_469
}

/** mktime(): seconds since 1970 of a time in UTC. */
export function utcSeconds(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  return daysOf(year, month, day) * DAY + hour * 3600 + minute * 60 + second
}

function calendar(seconds: number): Calendar {
  const days = Math.floor(seconds / DAY)
  const rest = seconds - days * DAY
  let year = 1970 + Math.floor(days / 365.2425)
  while (daysOf(year + 1, 1, 1) <= days) year++
  while (daysOf(year, 1, 1) > days) year--
  let month = 1
  while (month < 12 && daysOf(year, month + 1, 1) <= days) month++
  return {
    year, month, day: days - daysOf(year, month, 1) + 1, weekday: ((days + 4) % 7 + 7) % 7,
    yearDay: days - daysOf(year, 1, 1), hour: Math.floor(rest / 3600), minute: Math.floor(rest / 60) % 60, second: rest % 60,
  }
}

/** Year and week of ISO 8601. */
function isoWeek({ year, yearDay, weekday }: Calendar): { year: number, week: number } {
  const day = (weekday + 6) % 7
  const week = Math.floor((yearDay - day + 10) / 7)
  if (week < 1) {
    const length = daysOf(year, 1, 1) - daysOf(year - 1, 1, 1)
    return isoWeek({ year: year - 1, yearDay: yearDay + length, weekday } as Calendar) // only these three are used
  }
  const length = daysOf(year + 1, 1, 1) - daysOf(year, 1, 1)
  return week === 53 && length - yearDay + day <= 3 ? { year: year + 1, week: 1 } : { year, week }
}

/** How a number is padded: "_" blanks, "-" nothing, "0" zeros. */
function padded(value: number, width: number, fill: string, flag: string): string {
  if (flag === '-') return String(value)
  return String(value).padStart(width, flag === '_' ? ' ' : flag === '0' ? '0' : fill)
}

/** Formats a moment, in whole seconds since 1970. Unknown conversions stay as they are. */
export function strftime(format: string, seconds: number): string {
  const moment = Number.isFinite(seconds) ? Math.max(-6e13, Math.min(6e13, Math.floor(seconds))) : 0
  return expand(format, calendar(moment), moment)
}

/** What a width is filled with: zeros before numbers, if they are not to be blanks. */
function fillOf(text: string, flag: string): string {
  return flag !== '_' && /^[0-9]/.test(text) ? '0' : ' '
}

function expand(format: string, time: Calendar, seconds: number): string {
  return format.replace(/%([_0^#-]?)([0-9]*)[EO]?([^])/g, (whole, flag: string, width: string, letter: string) => {
    const text = field(letter, time, seconds, flag)
    if (text === null) return whole
    const cased = flag === '^' || flag === '#' ? text.toUpperCase() : text
    if (width === '') return cased
    return cased.padStart(Math.min(Number(width), 1024), fillOf(cased, flag))
  })
}

function field(letter: string, time: Calendar, seconds: number, flag: string): string | null {
  const { year, month, day, weekday, yearDay, hour, minute, second } = time
  const two = (value: number, fill = '0'): string => padded(value, 2, fill, flag)
  const twelve = (hour + 11) % 12 + 1
  switch (letter) {
    case 'a': return DAYS[weekday].slice(0, 3)
    case 'A': return DAYS[weekday]
    case 'b': case 'h': return MONTHS[month - 1].slice(0, 3)
    case 'B': return MONTHS[month - 1]
    case 'c': return expand('%a %b %e %H:%M:%S %Y', time, seconds)
    case 'C': return two(Math.floor(year / 100))
    case 'd': return two(day)
    case 'D': case 'x': return expand('%m/%d/%y', time, seconds)
    case 'e': return two(day, ' ')
    case 'F': return expand('%Y-%m-%d', time, seconds)
    case 'g': return two((isoWeek(time).year % 100 + 100) % 100)
    case 'G': return String(isoWeek(time).year)
    case 'H': return two(hour)
    case 'I': return two(twelve)
    case 'j': return padded(yearDay + 1, 3, '0', flag)
    case 'k': return two(hour, ' ')
    case 'l': return two(twelve, ' ')
    case 'm': return two(month)
    case 'M': return two(minute)
    case 'n': return '\n'
    case 'p': return hour < 12 ? 'AM' : 'PM'
    case 'P': return hour < 12 ? 'am' : 'pm'
    case 'r': return expand('%I:%M:%S %p', time, seconds)
    case 'R': return expand('%H:%M', time, seconds)
    case 's': return String(seconds)
    case 'S': return two(second)
    case 't': return '\t'
    case 'T': case 'X': return expand('%H:%M:%S', time, seconds)
    case 'u': return String(weekday === 0 ? 7 : weekday)
    case 'U': return two(Math.floor((yearDay + 7 - weekday) / 7))
    case 'V': return two(isoWeek(time).week)
    case 'w': return String(weekday)
    case 'W': return two(Math.floor((yearDay + 7 - (weekday + 6) % 7) / 7))
    case 'y': return two((year % 100 + 100) % 100)
    case 'Y': return String(year)
    case 'z': return '+0000'
    case 'Z': return 'UTC'
    case '%': return '%'
    default: return null
  }
}
