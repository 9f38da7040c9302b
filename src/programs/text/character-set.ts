/** Sets of characters: a table for the Latin-1 ones, a test for the others. */
export interface CharacterSet {
  /** 1 for each member below 256. */
  readonly table: Uint8Array
  /** Whether a code point from 256 on is a member. */
  readonly beyond: (code: number) => boolean
}

function table(member: (code: number) => boolean): Uint8Array {
  const bits = new Uint8Array(256)
  for (let code = 0; code < 256; code++) if (member(code)) bits[code] = 1
  return bits
}

/** The set of all code points that `member` holds of. */
export function setOf(member: (code: number) => boolean): CharacterSet {
  return { table: table(member), beyond: member }
}

export function complement(set: CharacterSet): CharacterSet {
  return { table: set.table.map((bit) => 1 - bit), beyond: (code) => !set.beyond(code) }
}

export function isMember(set: CharacterSet, code: number): boolean {
  return code < 256 ? set.table[code] === 1 : set.beyond(code)
}

function unicode(expression: RegExp): CharacterSet {
  return setOf((code) => expression.test(String.fromCodePoint(code)))
}

const ALPHA = unicode(/^[\p{L}\p{Nl}]$/u)
const PRINT = unicode(/^[^\p{Cc}\p{Cn}\p{Cs}\u2028\u2029]$/u)
export const SPACE: CharacterSet = unicode(/^[ \t\n\v\f\r\u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]$/u)

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39
const isAlnum = (code: number): boolean => isDigit(code) || isMember(ALPHA, code)
  || (code >= 0x100 && /^\p{Nd}$/u.test(String.fromCodePoint(code)))

/** What \w matches: letters, digits and the underscore. */
export const WORD: CharacterSet = setOf((code) => code === 0x5f || isAlnum(code))

export const ANY: CharacterSet = setOf(() => true)
export const ANY_BUT_NEWLINE: CharacterSet = setOf((code) => code !== 0x0a)

/** The character classes of POSIX by name, as C.UTF-8 has them (ISO 14652 from Unicode's categories). */
export const CLASSES: ReadonlyMap<string, CharacterSet> = new Map([
  ['alpha', ALPHA],
  ['digit', setOf(isDigit)],
  ['alnum', setOf(isAlnum)],
  ['upper', unicode(/^\p{Lu}$/u)],
  ['lower', unicode(/^\p{Ll}$/u)],
  ['space', SPACE],
  ['blank', setOf((code) => code === 0x20 || code === 0x09 || (code >= 0x1680 && code !== 0x2028 && code !== 0x2029
    && isMember(SPACE, code)))],
  ['punct', setOf((code) => code !== 0x20 && !isMember(SPACE, code) && !isAlnum(code) && isMember(PRINT, code)
    && code !== 0xa0)],
  ['print', PRINT],
  ['graph', setOf((code) => isMember(PRINT, code) && !isMember(SPACE, code))],
  ['cntrl', unicode(/^[\p{Cc}\u2028\u2029]$/u)],
  ['xdigit', unicode(/^[0-9A-Fa-f]$/u)],
])

/** A character's other case, or itself. */
export function otherCase(text: string): string {
  const lower = text.toLowerCase()
  const other = lower === text ? text.toUpperCase() : lower
  return [...other].length === 1 ? other : text
}

/** The set of one character, or of both its cases. */
export function single(text: string, ignoreCase: boolean): CharacterSet {
  const code = text.codePointAt(0) ?? 0
  const other = ignoreCase ? otherCase(text).codePointAt(0) ?? 0 : code
  return setOf((tested) => tested === code || tested === other)
}
