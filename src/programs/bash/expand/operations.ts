import { compilePattern, type Pattern } from '../pattern.ts'

/** What ${x#…}, ${x/…}, ${x^…} do to a text. */

/** Takes the shortest or longest match off one end. */
export function removeAffix(text: string, patternText: string, operator: string, extglob: boolean): string {
  const pattern = compilePattern(patternText, { extglob })
  const chars = Array.from(text)
  const longest = operator.length === 2
  if (operator.startsWith('#')) {
    const end = pickEnd(pattern, chars, 0, longest)
    return end === null ? text : chars.slice(end).join('')
  }
  const starts = chars.map((_, index) => index).concat(chars.length)
  if (!longest) starts.reverse()
  for (const start of starts) {
    if (pattern.ends(chars, start).has(chars.length)) return chars.slice(0, start).join('')
  }
  return text
}

function pickEnd(pattern: Pattern, chars: readonly string[], start: number, longest: boolean): number | null {
  let found: number | null = null
  for (const end of pattern.ends(chars, start)) {
    if (found === null || (longest ? end > found : end < found)) found = end
  }
  return found
}

/** Replaces the longest match: the first, each (//), one at the beginning (/#) or at the end (/%). null in it: the match. */
export function replaceMatches(text: string, patternText: string, replacement: readonly (string | null)[],
  operator: string, extglob: boolean): string {
  if (patternText === '' && operator !== '/#' && operator !== '/%') return text
  const pattern = compilePattern(patternText, { extglob })
  const chars = Array.from(text)
  const put = (match: string): string => replacement.map((piece) => piece ?? match).join('')
  if (operator === '/#') {
    const end = pickEnd(pattern, chars, 0, true)
    return end === null ? text : put(chars.slice(0, end).join('')) + chars.slice(end).join('')
  }
  if (operator === '/%') {
    for (let start = 0; start <= chars.length; start++) {
      if (pattern.ends(chars, start).has(chars.length)) return chars.slice(0, start).join('') + put(chars.slice(start).join(''))
    }
    return text
  }
  let out = ''
  let at = 0
  while (at < chars.length) {
    const end = pickEnd(pattern, chars, at, true)
    if (end === null || end === at) out += chars[at++]
    else {
      out += put(chars.slice(at, end).join(''))
      at = end
      if (operator === '/') break
    }
  }
  // A pattern that matches nothing at all matches an empty text once.
  if (chars.length === 0 && pattern.matches('')) return put('')
  return out + chars.slice(at).join('')
}

/** ^ ^^ , ,, with the pattern of a character. */
export function changeCase(text: string, patternText: string, operator: string, extglob: boolean): string {
  const pattern = compilePattern(patternText, { extglob })
  const change = (char: string): string => operator.startsWith('^') ? char.toUpperCase() : char.toLowerCase()
  return Array.from(text).map((char, index) => (operator.length === 2 || index === 0) && pattern.matches(char)
    ? change(char) : char).join('')
}
