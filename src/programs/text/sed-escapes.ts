const LETTERS: Readonly<Record<string, string>> = { a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

/**
 * GNU sed's escapes: \a \f \n \r \t \v, \cX, \dNNN, \oNNN, \xHH (compile.c convert_number(), normalize_text()).
 * A character that means something in a pattern comes with a backslash; "\n" of a replacement stays for later.
 */
export function convertEscapes(text: string, where: 'regex' | 'replacement' | 'text'): string {
  let out = ''
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\' || i + 1 >= text.length) {
      out += text[i]
      continue
    }
    const letter = text[++i]
    const digits = DIGITS[letter]?.exec(text.slice(i + 1))
    if (digits !== undefined && digits !== null) {
      const code = parseInt(digits[0], letter === 'd' ? 10 : letter === 'o' ? 8 : 16) & 0xff
      out += literal(String.fromCharCode(code), where)
      i += digits[0].length
    } else if (letter === 'c' && i + 1 < text.length) {
      out += literal(String.fromCharCode(text[++i].toUpperCase().charCodeAt(0) ^ 0x40), where)
    } else if (letter in LETTERS && !(letter === 'n' && where === 'replacement')) {
      out += LETTERS[letter]
    } else out += `\\${letter}`
  }
  return out
}

const DIGITS: Readonly<Record<string, RegExp | undefined>> = { d: /^[0-9]{1,3}/, o: /^[0-7]{1,3}/, x: /^[0-9a-fA-F]{1,2}/ }

function literal(character: string, where: string): string {
  const special = where === 'regex' ? '\\[]*.^$' : where === 'replacement' ? '\\&' : '\\'
  return special.includes(character) ? `\\${character}` : character
}
