import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../base/utf8.ts'
import { compileRegex, Regex, RegexError, type RegexOptions } from './regex.ts'

interface Recorded {
  readonly dialect: string
  readonly pattern: string
  readonly text: string
  readonly lines: string[]
}

const recorded: Recorded[] = []
for (const line of readFileSync(new URL('./fixtures/regex.record', import.meta.url), 'utf8').split('\n').slice(0, -1)) {
  if (line.startsWith('$')) {
    const [dialect, pattern, text] = line.slice(1).split('\t')
    recorded.push({ dialect, pattern, text, lines: [] })
  } else recorded[recorded.length - 1].lines.push(line)
}

/** The lines of `grep -o -b`. */
function found(regex: Regex, text: string): string[] {
  const lines: string[] = []
  for (let at = 0; at <= text.length;) {
    const match = regex.search(text, at)
    if (match === null) break
    const [start, end] = match
    if (end > start) lines.push(`${encodeUtf8(text.slice(0, start)).length}:${text.slice(start, end)}`)
    at = end > start ? end : start + 1
  }
  return lines
}

/** What `sed s/.../[&|\1|\2]/g` makes of a text. */
function substituted(regex: Regex, text: string): string {
  let out = ''
  let copied = 0
  for (let at = 0; at <= text.length;) {
    const groups = regex.exec(text, at)
    if (groups === null) break
    const [start, end] = groups
    out += text.slice(copied, start)
    copied = end
    if (start === end && start === at && start > 0 && start === lastEnd(out)) {
      out += text.slice(start, start + 1)
      copied = at = start + 1
      continue
    }
    const shown = [0, 1, 2].filter((i) => i <= regex.groups)
    out += `[${shown.map((i) => groups[i * 2 + 1] < 0 ? '' : text.slice(groups[i * 2], groups[i * 2 + 1])).join('|')}]`
    if (start === end) {
      out += text.slice(start, start + 1)
      copied = at = start + 1
    } else ends.set(out, at = end)
  }
  return out + text.slice(copied)
}

/** Where the match before ended, which an empty one may not follow at once. */
const ends = new Map<string, number>()
function lastEnd(out: string): number {
  return ends.get(out) ?? -1
}

/**
 * Where glibc 2.36 contradicts itself: a word's edge inside a repetition, which it copies with the edge's condition
 * lost; and sed, which divides a character of two bytes at an empty match.
 */
const DEFECTS = new Set(['([a-c])*ab|(\\<a){,2}', '(\\b\\w|a){1,}'])
/** What sed itself makes of a pattern before it is compiled. */
const OF_SED = /^4\|unterminated/

function compile(one: Recorded, options: RegexOptions): Regex | RegexError {
  return compileRegex(one.pattern, { extended: one.dialect === 'E', ...options })
}

describe('as GNU grep and sed have recorded it', () => {
  for (const one of recorded) {
    if (DEFECTS.has(one.pattern)) continue
    const bySed = one.lines.some((line) => OF_SED.test(line) || line.includes('\ufffd')) || one.pattern === '[\\a]'
    test(`${one.dialect} ${one.pattern} in "${one.text}"`, () => {
      const lines: string[] = []
      for (const [mark, ignoreCase] of [['1|', false], ['2|', true]] as const) {
        const regex = compile(one, { dialect: 'grep', ignoreCase })
        if (regex instanceof Regex) lines.push(...found(regex, one.text).map((line) => mark + line))
      }
      const regex = compile(one, { dialect: 'sed' })
      if (!bySed) lines.push(regex instanceof Regex ? `3|${substituted(regex, one.text)}` : `4|${regex.message}`)
      expect(lines).toEqual(one.lines.filter((line) => !line.startsWith('5|') && !(bySed && /^[34]/.test(line))))
    })
  }
})

test('no pattern without back-references takes more than a pass: (a*)*b over 20,000 letters', () => {
  const regex = compileRegex('((a*)*)*b', { extended: true }) as Regex // the pattern is correct
  expect(regex.exec('a'.repeat(20_000))).toBe(null)
})

test('a pattern with back-references that needs too many tries says so', () => {
  const regex = compileRegex('(a*)(a*)(a*)(a*)\\1\\2\\3\\4b', { extended: true }) as Regex // the pattern is correct
  expect(() => regex.exec('a'.repeat(300))).toThrow(new RegexError('Memory exhausted'))
})
