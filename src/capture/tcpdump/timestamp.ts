/** The time stamp that starts a line, in the five forms of -t. Times of day are UTC: a node's clock has no zone. */

/** 0 is time of day; the count of -t otherwise: 1 none, 2 Unix time, 3 since previous, 4 with date, 5 since first. */
export type TimeStyle = 0 | 1 | 2 | 3 | 4 | 5

export class TimeStamper {
  private readonly style: TimeStyle
  private readonly epochSeconds: number
  private readonly nanoseconds: boolean
  private referenceSeconds = 0
  private referenceFraction = 0

  constructor(style: TimeStyle, epochSeconds: number, nanoseconds: boolean) {
    this.style = style
    this.epochSeconds = epochSeconds
    this.nanoseconds = nanoseconds
  }

  /** The stamp of virtual time `timeNs`, with the space after it. */
  format(timeNs: number): string {
    if (this.style === 1) return ''
    const wholeSeconds = Math.floor(timeNs / 1e9)
    const restNs = timeNs - wholeSeconds * 1e9
    const seconds = this.epochSeconds + wholeSeconds
    const fraction = this.nanoseconds ? restNs : Math.floor(restNs / 1000)
    if (this.style === 2) return `${seconds}${this.fraction(fraction)} `
    if (this.style === 3 || this.style === 5) return this.relative(seconds, fraction)
    const date = this.style === 4 ? `${civilDate(Math.floor(seconds / 86_400))} ` : ''
    return `${date}${timeOfDay(seconds)}${this.fraction(fraction)} `
  }

  private relative(seconds: number, fraction: number): string {
    if (this.referenceSeconds === 0 && this.referenceFraction === 0) this.remember(seconds, fraction)
    const unit = this.nanoseconds ? 1e9 : 1e6
    let wholeSeconds = seconds - this.referenceSeconds
    let part = fraction - this.referenceFraction
    const negative = wholeSeconds < 0 || wholeSeconds === 0 && part < 0
    if (negative) {
      wholeSeconds = -wholeSeconds
      part = -part
    }
    if (part < 0) {
      wholeSeconds--
      part += unit
    }
    if (this.style === 3) this.remember(seconds, fraction)
    return `${negative ? '-' : ' '}${timeOfDay(wholeSeconds)}${this.fraction(part)} `
  }

  private remember(seconds: number, fraction: number): void {
    this.referenceSeconds = seconds
    this.referenceFraction = fraction
  }

  private fraction(value: number): string {
    return `.${String(value).padStart(this.nanoseconds ? 9 : 6, '0')}`
  }
}

function timeOfDay(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0')
  const inDay = seconds % 86_400
  return `${two(Math.floor(inDay / 3600))}:${two(Math.floor(inDay / 60) % 60)}:${two(inDay % 60)}`
}

/** YYYY-MM-DD of a count of days since 1970-01-01 in the Gregorian calendar; years start in March here. */
function civilDate(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const month = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1
  const civilMonth = month < 10 ? month + 3 : month - 9
  const year = yearOfEra + era * 400 + (civilMonth <= 2 ? 1 : 0)
  return `${year}-${String(civilMonth).padStart(2, '0')}-${String(day).padStart(2, '0')}`
}
