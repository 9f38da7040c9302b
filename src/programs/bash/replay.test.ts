import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FramePool } from '../../device/frame-pool.ts'
import { Simulation } from '../../engine/simulation.ts'
import { Host } from '../../host/host.ts'
import type { Process, ProgramRegistry } from '../../host/process.ts'
import { Scheduler } from '../../host/scheduler.ts'
import { createInetStack } from '../../inet/inet-stack.ts'
import { PROGRAMS } from '../registry.ts'
import { bash } from './bash.ts'

interface Recorded {
  readonly snippet: string
  readonly stdout: string
  readonly stderr: string
  readonly status: number | null
  readonly signal: string | null
}

const recorded = JSON.parse(readFileSync(new URL('fixtures/shell.record.json', import.meta.url), 'utf8')) as Recorded[]
const SIGNALS: Readonly<Record<string, number>> = { SIGTERM: 15, SIGINT: 2 }
const programs: ProgramRegistry = new Map([...PROGRAMS, ['bash', bash], ['sh', bash]])

async function run(snippet: string) {
  const simulation = new Simulation(1)
  const scheduler = new Scheduler(simulation)
  const host = new Host(simulation, scheduler, 'h', 0, programs)
  host.addNamespace(createInetStack(simulation, new FramePool(simulation.journal), 0, 'h'))
  for (const [name, text] of [['a.txt', 'alpha\n'], ['b.txt', 'beta\n'], ['c.log', 'gamma\n'], ['.hidden', ''],
    ['sub/d.txt', 'delta\n'], ['sub/e.log', 'epsilon\n']]) host.files.writeFile(`/tmp/netarium-shell/${name}`, text)
  const process: Process = host.spawn(['bash', '-c', snippet], { cwd: '/tmp/netarium-shell' })
  return host.finish(process, 60e9)
}

describe('as bash 5.2.15 printed it', () => {
  for (const [index, { snippet, stdout, stderr, status, signal }] of recorded.entries()) {
    test(`${index}: ${snippet}`, async () => {
      const result = await run(snippet)
      const expected = status ?? 128 + SIGNALS[signal ?? '']
      expect({ stdout: result.stdout, stderr: result.stderr, status: result.status, failure: result.failure })
        .toEqual({ stdout, stderr, status: expected, failure: null })
    })
  }
})
