/**
 * The examples in a lab's lessons: a `bin/netarium exec LAB NODE -- COMMAND` and the block of output that follows it in
 * the same step. An output tells what matters: its lines are found in this order among what the command prints, and
 * `…` stands for any text.
 */
export interface Example {
  readonly lab: string
  readonly node: string
  readonly command: string
  readonly output: readonly string[]
}

const EXEC = /bin\/netarium exec (\S+) (\S+) -- ([^\n`]+)/

/** Returns the examples of a README, in its order. Commands without an output block are left out. */
export function examplesOf(readme: string): Example[] {
  return readme.split(/^(?=\d+\. |## )/m).flatMap(step => {
    const found: Example[] = []
    let rest = step
    for (let match = EXEC.exec(rest); match !== null; match = EXEC.exec(rest)) {
      rest = rest.slice(match.index + match[0].length).replace(/^`|^\n *```/, '')
      const output = firstBlock(rest.slice(0, EXEC.exec(rest)?.index))
      if (output !== null) found.push({ lab: match[1], node: match[2], command: match[3].trim(), output })
    }
    return found
  })
}

function firstBlock(text: string): string[] | null {
  const block = /^( *)```\n([\s\S]*?)\n *```/m.exec(text)
  if (block === null || block[2].includes('bin/netarium')) return null
  return block[2].split('\n').map(line => line.startsWith(block[1]) ? line.slice(block[1].length) : line)
}

/** Returns the first line of the example that the printed text lacks, or null. */
export function missingLine(example: Example, printed: string): string | null {
  const lines = printed.split('\n').map(line => line.trimEnd())
  let at = 0
  for (const expected of example.output) {
    const pattern = new RegExp(`^${expected.split('…').map(escaped).join('.*')}$`)
    const index = lines.findIndex((line, i) => i >= at && pattern.test(line))
    if (index < 0) return expected
    at = index + 1
  }
  return null
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
