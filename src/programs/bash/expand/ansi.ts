/** The escapes of $'…', of `echo -e` and of ${x@E}. */

const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07', b: '\b', e: '\x1b', E: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', "'": "'",
    '"': '"', '?': '?',
}

/** $'…' without its quotes. */
export function unescapeAnsi(text: string): string {
  const escape = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|c([^])|([abeEfnrtv\\'"?]))/g
  return text.replace(escape, (all, octal?: string, hex?: string, short?: string, long?: string, control?: string,
    letter?: string) => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8) & 0xff)
    if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16))
    const code = short ?? long
    if (code !== undefined) return parseInt(code, 16) <= 0x10ffff ? String.fromCodePoint(parseInt(code, 16)) : all
    if (control !== undefined) return String.fromCharCode(control.charCodeAt(0) & 0x1f)
    return LETTERS[letter ?? '']
  })
}

/** echo -e: null in the second place when \c ended it. */
export function unescapeEcho(text: string): { readonly text: string, readonly ended: boolean } {
  const escape = /\\(?:0([0-7]{0,3})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([abeEfnrtv\\])|(c))/g
  let out = ''
  let from = 0
  for (let match = escape.exec(text); match !== null; match = escape.exec(text)) {
    out += text.slice(from, match.index)
    from = escape.lastIndex
    const [all, octal, hex, short, long, letter, end] = match
    if (end !== undefined) return { text: out, ended: true }
    const code = short ?? long
    if (octal !== undefined) out += String.fromCharCode(parseInt(`0${octal}`, 8) & 0xff)
    else if (hex !== undefined) out += String.fromCharCode(parseInt(hex, 16))
    else if (code !== undefined) out += parseInt(code, 16) <= 0x10ffff ? String.fromCodePoint(parseInt(code, 16)) : all
    else out += LETTERS[letter]
  }
  return { text: out + text.slice(from), ended: false }
}
