import type { Hop } from './hop.ts'

/** A column of mtr's tables. */
export interface Field {
  readonly header: string
  readonly width: number
  /** Digits after the point; null: a whole number. */
  readonly digits: number | null
  /** Least width of the number itself. */
  readonly least: number
  readonly suffix: string
  /** Milliseconds, percent, or a count. */
  readonly value: (hop: Hop) => number
}

function count(header: string, width: number, value: (hop: Hop) => number): Field {
  return { header, width, digits: null, least: width - 1, suffix: '', value }
}

function time(header: string, width: number, us: (hop: Hop) => number): Field {
  return { header, width, digits: 1, least: width - 1, suffix: '', value: (hop) => us(hop) / 1000 }
}

/** By the letter of -o, as in mtr.c's data_fields. */
export const FIELDS: ReadonlyMap<string, Field> = new Map([
  [' ', { header: ' ', width: 1, digits: null, least: 0, suffix: '', value: (hop: Hop) => hop.sent - hop.received }],
  ['L', { header: 'Loss%', width: 6, digits: 1, least: 4, suffix: '%', value: (hop: Hop) => hop.loss }],
  ['D', count('Drop', 5, (hop) => hop.sent - hop.received)],
  ['R', count('Rcv', 6, (hop) => hop.received)],
  ['S', count('Snt', 6, (hop) => hop.sent)],
  ['N', time('Last', 6, (hop) => hop.last)],
  ['B', time('Best', 6, (hop) => hop.best)],
  ['A', time('Avg', 6, (hop) => hop.average)],
  ['W', time('Wrst', 6, (hop) => hop.worst)],
  ['V', time('StDev', 6, (hop) => hop.deviation)],
  ['G', time('Gmean', 6, (hop) => hop.geometric)],
  ['J', time('Jttr', 5, (hop) => hop.jitter)],
  ['M', time('Javg', 5, (hop) => hop.meanJitter)],
  ['X', time('Jmax', 5, (hop) => hop.worstJitter)],
  ['I', time('Jint', 5, (hop) => hop.interarrival)],
])

/** The fields of -o in their order; '_' stands for none. */
export function fieldsOf(letters: string): Field[] {
  return [...letters].map((letter) => FIELDS.get(letter)).filter((field) => field !== undefined)
}

/** A cell with its leading space, as printf would have it; it may be wider than the column. */
export function cell(field: Field, hop: Hop): string {
  if (field.header === ' ') return ' '
  const value = field.value(hop)
  const text = field.digits === null ? String(value) : value.toFixed(field.digits)
  return ` ${text.padStart(field.least)}${field.suffix}`
}
