import { fromByteString, toByteString } from './byte-string.ts'

/** Words quoted so that a shell reads them back: bash's printf %q, and coreutils' shell-escape style. Byte strings. */

/** Bytes of one character each: well-formed and printable ones whole, others byte by byte. */
function characters(bytes: string): { readonly bytes: string, readonly printable: boolean }[] {
  const list: { bytes: string, printable: boolean }[] = []
  for (let at = 0; at < bytes.length;) {
    const lead = bytes.charCodeAt(at)
    const length = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1
    const whole = bytes.slice(at, at + length)
    const [character] = fromByteString(whole)
    const valid = toByteString(character) === whole
    const printable = valid && !/[\p{Cc}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u.test(character)
    list.push({ bytes: valid ? whole : bytes[at], printable })
    at += valid ? length : 1
  }
  return list
}

const ANSI: Readonly<Record<string, string>> = {
  '\x07': '\\a', '\b': '\\b', '\x1b': '\\E', '\f': '\\f', '\n': '\\n', '\r': '\\r', '\t': '\\t', '\v': '\\v',
}

function octal(bytes: string): string {
  let text = ''
  for (const byte of bytes) text += `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`
  return text
}

/** bash's $'...', or null when every character is printable. */
export function ansiQuote(text: string): string | null {
  const all = characters(text)
  if (all.every(({ printable }) => printable)) return null
  const parts = all.map(({ bytes, printable }) => ANSI[bytes]
    ?? (bytes === '\\' || bytes === "'" ? `\\${bytes}` : printable ? bytes : octal(bytes)))
  return `$'${parts.join('')}'`
}

/** bash's quoting by backslashes. */
export function backslashQuote(text: string): string {
  return text.replace(/[ \t\n!"$&'()*,;<>?[\\\]^`{|}]|^[#~]|(?<=[:=])~/g, '\\$&')
}

const SHORT: Readonly<Record<string, string>> = { ...ANSI, '\x1b': '\\033' }

/** coreutils' shell-escape: bare when it can, else 'quoted', with $'\n' for what cannot be printed. */
export function shellEscape(text: string): string {
  if (text === '') return "''"
  const all = characters(text)
  const unprintable = all.some(({ printable }) => !printable)
  const special = /[ !"$&()*;<=>[^`|\\?]|^[#~]|^[{}]$/.test(text)
  if (!unprintable && !special && !text.includes("'")) return text
  if (!unprintable && text.includes("'") && !/[!"$&()*;<=>[^`|\\?{}]/.test(text)) return `"${text}"`
  let quoted = "'"
  let escaping = false
  for (const { bytes, printable } of all) {
    if (!printable) {
      if (!escaping) quoted += "'$'"
      escaping = true
      quoted += SHORT[bytes] ?? octal(bytes)
      continue
    }
    if (escaping && bytes !== "'") {
      quoted += "''"
      escaping = false
    }
    if (bytes === "'") {
      quoted += escaping ? "'\\''" : "'\\''"
      escaping = false
    } else quoted += bytes
  }
  return `${quoted}'`
}

const LOCALE: Readonly<Record<string, string>> = { ...SHORT, '\\': '\\\\' }

/** coreutils' quotes around a word in a message, with escapes as in C (gnulib quotearg.c, locale style, UTF-8). */
export function messageQuote(text: string): string {
  const parts = characters(toByteString(text)).map(({ bytes, printable }) => LOCALE[bytes]
    ?? (bytes === '\u00e2\u0080\u0099' ? `\\${bytes}` : printable ? bytes : octal(bytes)))
  return `\u2018${fromByteString(parts.join(''))}\u2019`
}
