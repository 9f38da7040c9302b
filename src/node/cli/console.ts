import type { LabNode, Lab } from '../../lab/lab.ts'

/** Real time after which virtual time catches up with it, while a program runs. */
const SLICE_MS = 20

/** Whether a command is an interactive shell, and a person is there to use it. */
export function isConsole(words: readonly string[]): boolean {
  const [name, option, more] = words
  const interactive = (name === 'bash' || name === 'sh') && more === undefined && (option === undefined || option === '-i')
  return interactive && process.stdin.isTTY === true && process.stdout.isTTY === true
}

/**
 * A console on a real terminal: its keys go to the node's terminal, and what comes out there to the screen. Virtual time
 * keeps pace with real time while a program runs, and stands still while the shell waits at its prompt. The status is
 * the shell's.
 */
export async function runConsole(lab: Lab, node: LabNode, command: readonly string[]): Promise<number> {
  const { stdin, stdout } = process
  // A terminal that does not know its size says 0.
  const columns = (): number => stdout.columns || 80
  const rows = (): number => stdout.rows || 24
  const console = node.console({ columns: columns(), rows: rows(), command })
  console.onOutput = ({ bytes }) => { stdout.write(bytes) }
  let wake: (() => void) | null = null
  const typed = (text: string): void => {
    if (console.status === null) console.write(text)
    wake?.()
  }
  const resized = (): void => {
    if (console.status === null) console.resize(columns(), rows())
    wake?.()
  }
  const left = (): void => {
    if (console.status === null) console.close()
    wake?.()
  }
  stdin.setRawMode(true)
  stdin.setEncoding('utf8')
  stdin.on('data', typed).on('end', left)
  stdout.on('resize', resized)
  try {
    while (console.status === null) {
      // What can happen without time passing: a prompt comes, keys are taken.
      await lab.runFor(0)
      if (console.status !== null) break
      const waiting = console.atPrompt
      const startedMs = performance.now()
      await new Promise<void>((resolve) => {
        wake = resolve
        if (!waiting) setTimeout(resolve, SLICE_MS)
      })
      wake = null
      if (!waiting) await lab.runFor(Math.round((performance.now() - startedMs) * 1e6))
    }
    return console.status
  } finally {
    stdin.off('data', typed).off('end', left)
    stdout.off('resize', resized)
    stdin.setRawMode(false)
    stdin.pause()
  }
}
