/** The quote that is open at the end of a text: '"', "'", or '' for none. */
export function openQuote(text: string): '"' | "'" | '' {
  let quote: '"' | "'" | '' = ''
  for (let at = 0; at < text.length; at++) {
    const char = text[at]
    if (char === '\\' && quote !== "'") at++
    else if (quote === '' && (char === '"' || char === "'")) quote = char
    else if (char === quote) quote = ''
  }
  return quote
}

/** Words after which a line may go on without a semicolon, and operators (bash's history_delimiting_chars()). */
const OPEN_ENDS = /(?:^|[\s;&|(])(?:then|do|else|elif|if|while|until|in|\{|!|time)\s*$|[;&|({]\s*$|\)\s*$/

/** The lines of one command as one entry of the history. `before`: the lines so far, each with its newline. */
export function joinLines(entry: string, before: string, line: string): string {
  if (inHereDocument(before)) return `${entry}\n${line}`
  if (openQuote(before) !== '') return `${entry}\n${line}`
  if (/(?:^|[^\\])(?:\\\\)*\\\n$/.test(before)) return entry.slice(0, -1) + line
  if (/<<-?\s*\S+[^]*\n/.test(before)) return `${entry}\n${line}`
  return OPEN_ENDS.test(entry) ? `${entry} ${line}` : `${entry}; ${line}`
}

/** Whether the lines end within a here-document. */
function inHereDocument(text: string): boolean {
  const lines = text.split('\n').slice(0, -1)
  const wanted: string[] = []
  for (const line of lines) {
    if (wanted.length > 0) {
      if (line.replace(/^\t+/, '') === wanted[0]) wanted.shift()
      continue
    }
    for (const match of line.matchAll(/<<-?\s*(['"]?)([\w.]+)\1/g)) wanted.push(match[2])
  }
  return wanted.length > 0
}
