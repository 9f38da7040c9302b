import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.ts'

/**
 * Every key that record.py gave to a real bash in a pseudo-terminal, given to ours: what comes out after each must be
 * the same bytes. Process ids are told by the real kernel's count, and hidden.
 */
interface Recorded {
  readonly name: string
  readonly columns: number
  readonly rows: number
  readonly argv: readonly string[]
  readonly steps: readonly { readonly keys: string, readonly output: string }[]
}

const RECORDED = JSON.parse(readFileSync(new URL('./recorded.json', import.meta.url), 'utf8')) as Recorded[]
const LAB = 'name: console\ntopology: { nodes: { alice: { kind: host } } }\n'

/** "[1] 4711" of a job that is put into the background. */
function withoutPids(output: string): string {
  return output.replace(/^(\[\d+\]) \d+\r$/gm, '$1 PID\r')
}

describe('what bash and the kernel wrote, key by key', () => {
  for (const session of RECORDED) {
    test(session.name, async () => {
      const lab = await Lab.fromText(LAB, 'lab.yaml')
      const node = lab.node('alice')
      const console = node.console({ columns: session.columns, rows: session.rows,
        command: session.argv[0] === 'bash' ? ['bash'] : session.argv })
      const got: { keys: string, output: string }[] = []
      let seen = 0
      for (const { keys } of session.steps) {
        if (keys !== '') console.write(keys)
        await lab.runFor('250ms') // as long as record.py waits for silence
        got.push({ keys, output: withoutPids(console.output.slice(seen)) })
        seen = console.output.length
      }
      expect(got).toEqual(session.steps.map(({ keys, output }) => ({ keys, output: withoutPids(output) })))
    })
  }
})
