/** The words of a line as the shell's lexer sees them, quotes kept: for the history's and the editor's word numbers. */
export function splitWords(line: string): string[] {
  const words: string[] = []
  let word = ''
  let quote = ''
  const finish = (): void => {
    if (word !== '') words.push(word)
    word = ''
  }
  for (let at = 0; at < line.length; at++) {
    const char = line[at]
    if (quote !== '') {
      word += char
      if (char === '\\' && quote === '"' && at + 1 < line.length) word += line[++at]
      else if (char === quote) quote = ''
    } else if (char === '\\' && at + 1 < line.length) word += char + line[++at]
    else if (char === '"' || char === "'" || char === '`') {
      quote = char
      word += char
    } else if (/\s/.test(char)) finish()
    else if (/[()<>;&|]/.test(char) && !(word.endsWith('$') && char === '(')) {
      finish()
      const operator = /^(?:<<<|<<-|&>>|\|&|&&|\|\||;;&|;;|;&|<<|>>|<&|>&|<>|>\||&>|[()<>;&|])/.exec(line.slice(at))
      words.push(operator?.[0] ?? char)
      at += (operator?.[0].length ?? 1) - 1
    } else word += char
  }
  finish()
  return words
}
