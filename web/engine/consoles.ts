import type { Lab } from '../../src/lab/lab.ts'
import type { LabConsole } from '../../src/lab/console.ts'
import type { ConsoleState, Event } from '../messages.ts'

/** The consoles of the open lab, and how much of each the page has been told. */
export class Consoles {
  /** Characters told, by number. */
  private readonly told: number[] = []
  private states = ''

  constructor(private readonly lab: Lab, private readonly tellEvent: (event: Event) => void) {}

  open(node: string, columns: number, rows: number): { readonly console: number } {
    return { console: this.lab.node(node).console({ columns, rows }).number }
  }

  type(console: number, text: string): void {
    this.find(console)?.write(text)
  }

  resize(console: number, columns: number, rows: number): void {
    const found = this.find(console)
    if (found !== null && (found.columns !== columns || found.rows !== rows)) found.resize(columns, rows)
  }

  close(console: number): void {
    this.find(console)?.close()
  }

  /** Tells what came out since the last time. */
  tell(): void {
    for (const { number, output } of this.lab.consoles) {
      const from = this.told[number]
      if (from === output.length) continue
      this.tellEvent({ kind: 'console', console: number, text: output.slice(from ?? 0), whole: from === undefined })
      this.told[number] = output.length
    }
    const states = this.lab.consoles.map(stateOf)
    const text = JSON.stringify(states)
    if (text === this.states) return
    this.states = text
    this.tellEvent({ kind: 'consoles', consoles: states })
  }

  /** Tells everything anew: the page may know another moment of the run. */
  tellAll(): void {
    this.told.length = 0
    this.states = ''
    this.tell()
    for (const { number, output } of this.lab.consoles) {
      if (output === '') this.tellEvent({ kind: 'console', console: number, text: '', whole: true })
    }
  }

  private find(console: number): LabConsole | null {
    return this.lab.consoles[console] ?? null
  }
}

function stateOf({ number, node, status }: LabConsole): ConsoleState {
  return { console: number, node, alive: status === null }
}
