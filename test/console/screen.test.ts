import { expect, test } from 'vitest'
import { Simulation } from '../../src/engine/simulation.ts'
import type { Program } from '../../src/host/process.ts'
import { Terminal } from '../../src/host/terminal.ts'
import { Lab } from '../../src/lab/lab.ts'
import { LineEditor } from '../../src/programs/readline/editor.ts'
import { TestScreen } from './screen.ts'

const LAB = 'name: screen\ntopology: { nodes: { alice: { kind: host } } }\n'
const PROMPT = 'root@alice:~# '

/** Keys that change the line or move in it. */
const KEYS = [
  'x', 'word ', 'a b c ', '  ', 'longer-than-others', '\x01', '\x05', '\x02', '\x02\x02\x02', '\x06', '\x1bb', '\x1bf',
  '\x7f', '\x7f\x7f',
  '\x1b[3~', '\x0b', '\x15', '\x17', '\x19', '\x19\x19', '\x14', '\x1bd', '\x1b\x7f', '\x1bt', '\x1bu', '\x1bc',
  '\x1f', '\x1b[A', '\x1b[B', '\x0c',
  '\x1b\\', '\x1b.', '\x12o\x07', '\x12or\x1b[C', '\x1b3\x02',
]

/** What the screen should show: the rows without blanks at their ends, and the cursor. */
function laidOut(line: string, point: number, columns: number): { rows: string[], cursor: [number, number] } {
  const text = PROMPT + line
  const rows: string[] = []
  for (let at = 0; at <= text.length; at += columns) rows.push(text.slice(at, at + columns).trimEnd())
  const at = PROMPT.length + point
  while (rows.length > 1 + Math.floor(at / columns) && rows[rows.length - 1] === '') rows.pop()
  return { rows, cursor: [Math.floor(at / columns), at % columns] }
}

test('whatever keys come, the screen shows prompt and line, the cursor where the next character goes', async () => {
  const random = new Simulation(20261).random.stream('keys')
  for (let round = 0; round < 100; round++) {
    const columns = 20 + random.below(30)
    const editors: LineEditor[] = []
    const edit: Program = async (process) => {
      const terminal = process.descriptors.get(0)?.file
      if (!(terminal instanceof Terminal)) return 1
      const editor = new LineEditor(process, terminal)
      editors.push(editor)
      for (const line of ['echo for history', 'other words that are long enough for two rows']) editor.history.add(line)
      await editor.readLine(PROMPT)
      return 0
    }
    const lab = await Lab.fromText(LAB, 'lab.yaml', { programs: new Map([['edit', edit]]) })
    const console = lab.node('alice').console({ columns, rows: 50, command: ['edit'] })
    const screen = new TestScreen(columns)
    console.onOutput = ({ text }) => { screen.write(text) }
    await console.settle()
    const pressed: string[] = []
    for (let i = 0; i < 25; i++) {
      const key = KEYS[random.below(KEYS.length)]
      pressed.push(key)
      console.write(key)
      await console.settle()
      const { line, point } = editors[0].buffer
      const wanted = laidOut(line, point, columns)
      expect({ pressed, columns, ...screen.picture() }).toEqual({ pressed, columns, ...wanted })
    }
  }
})
