import { describe, expect, test } from 'vitest'
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts'
import { JournalKind } from '../engine/journal-record.ts'
import { Simulation } from '../engine/simulation.ts'
import { Host } from './host.ts'
import type { HostNamespace } from './host-namespace.ts'
import type { Program } from './process.ts'
import { Scheduler } from './scheduler.ts'
import { Interrupted, SIGCONT, SIGINT, SIGWINCH } from './signals.ts'
import { INPUT_LIMIT, Terminal } from './terminal.ts'
import { COOKED } from './terminal-modes.ts'

/* What the kernel's line discipline writes for keys is recorded in test/console; here is what programs see of it. */

function makeTerminal(program: Program) {
  const simulation = new Simulation(1)
  simulation.journal.recording = true
  simulation.journal.keeping = true
  const scheduler = new Scheduler(simulation)
  const host = new Host(simulation, scheduler, 'a', 0, new Map([['program', program]]))
  host.namespaces.set('', { name: '' } as HostNamespace) // these programs use no network
  const terminal = new Terminal(host, 0, 80, 24)
  const process = host.spawn(['program'], { descriptors: new Map([[0, terminal], [1, terminal], [2, terminal]]) })
  terminal.start(process)
  const run = async (): Promise<string> => {
    const from = terminal.chunks.length
    await scheduler.run({ limitNs: simulation.nowNs })
    return terminal.chunks.slice(from).map(({ bytes }) => decodeUtf8(bytes)).join('')
  }
  const type = async (keys: string): Promise<string> => {
    const from = terminal.chunks.length
    terminal.receive(encodeUtf8(keys))
    await run()
    return terminal.chunks.slice(from).map(({ bytes }) => decodeUtf8(bytes)).join('')
  }
  return { simulation, host, terminal, process, run, type }
}

/** Shows each read between brackets. */
const reader: Program = async (process) => {
  for (;;) {
    const text = await process.stdin.read()
    process.stdout.write(`[${text.replaceAll('\n', '|').replaceAll('\r', '<')}]\n`)
    if (text === '') return 0
  }
}

describe('reading', () => {
  test('a line at a time, when it is finished; two lines are two reads; Ctrl-D at the beginning of a line is the end', async () => {
    const { run, type, process } = makeTerminal(reader)
    expect(await run()).toBe('')
    expect(await type('ab')).toBe('ab')
    expect(await type('c\rde\r')).toBe('c\r\nde\r\n[abc|]\r\n[de|]\r\n')
    expect(await type('x\x04')).toBe('x[x]\r\n')
    expect(await type('\x04')).toBe('[]\r\n')
    expect(process.status).toBe(0)
  })

  test('without ICANON and ICRNL: bytes as they come; what was typed ahead stays when the mode changes', async () => {
    const { terminal, run, type } = makeTerminal(reader)
    await run()
    terminal.receive(encodeUtf8('half'))
    terminal.setModes({ ...COOKED, icanon: false, echo: false, icrnl: false })
    expect(await type('x')).toBe('[halfx]\r\n')
    expect(await type('\r')).toBe('[<]\r\n')
    terminal.receive(encodeUtf8('ahead'))
    terminal.setModes(COOKED)
    expect(await run()).toBe('[ahead]\r\n')
  })

  test('a line of more than 4,095 bytes loses its end, with a bell for each byte', async () => {
    const { terminal, run } = makeTerminal(async (process) => {
      process.stdout.write(`${(await process.stdin.read()).length}\n`)
      return 0
    })
    terminal.setModes({ ...COOKED, echo: false })
    terminal.receive(encodeUtf8(`${'x'.repeat(INPUT_LIMIT + 1)}\r`))
    expect(await run()).toBe(`${INPUT_LIMIT}\r\n`)
    expect(terminal.chunks.map(({ bytes }) => decodeUtf8(bytes)).join('')).toBe(`\x07\x07${INPUT_LIMIT}\r\n`)
  })
})

describe('signals and groups', () => {
  test('Ctrl-C throws away the line and interrupts the foreground group', async () => {
    const { run, type, process } = makeTerminal(async (own) => {
      try {
        await own.stdin.read()
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error
        own.stdout.write(`signal ${error.signal}\n`)
      }
      return 7
    })
    await run()
    expect(await type('abc')).toBe('abc')
    expect(await type('\x03')).toBe(`^Csignal ${SIGINT}\r\n`)
    expect(process.status).toBe(7)
  })

  test('a reader of another group than the foreground one is stopped, and asks again when it goes on', async () => {
    const { host, terminal, run, type } = makeTerminal(async (own) => {
      await own.sleep(10e9)
      return 0
    })
    await run()
    const background = host.spawn(['cat'], { group: 'own', program: reader,
      descriptors: new Map([[0, terminal], [1, terminal]]) })
    await run()
    expect(background.stopped).toBe(true)
    expect(await type('one\r')).toBe('one\r\n')
    background.kill(SIGCONT)
    await run()
    expect(background.stopped).toBe(true)
    terminal.setForeground(background.group)
    background.kill(SIGCONT)
    expect(await run()).toBe('[one|]\r\n')
  })

  test('a new size of the window is SIGWINCH for those of the foreground group that handle it', async () => {
    const { terminal, run } = makeTerminal(async (own) => {
      own.caught.add(SIGWINCH)
      try {
        await own.pause()
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error
        own.stdout.write(`signal ${error.signal}: ${terminal.columns}x${terminal.rows}\n`)
      }
      return 0
    })
    await run()
    terminal.resize(80, 24)
    expect(await run()).toBe('')
    terminal.resize(100, 30)
    expect(await run()).toBe(`signal ${SIGWINCH}: 100x30\r\n`)
  })

  test('when the window is closed the leader gets SIGHUP, readers see the end, and what is written is lost', async () => {
    const { terminal, run, process } = makeTerminal(reader)
    await run()
    terminal.hangUp()
    expect(await run()).toBe('')
    expect(process.status).toBe(128 + 1)
  })
})

test('Ctrl-S keeps output back until Ctrl-Q; all that comes out is in the journal, echoes as of process 0', async () => {
  const { simulation, run, type } = makeTerminal(reader)
  await run()
  expect(await type('\x13ab\r')).toBe('')
  expect(await type('\x11')).toBe('ab\r\n[ab|]\r\n')
  const records = simulation.journal.records.filter(({ kind }) => kind === JournalKind.TERMINAL_OUTPUT)
  expect(records.map(({ a, b, bytes }) => [a, b, decodeUtf8(bytes ?? new Uint8Array(0))])).toEqual([
    [0, 0, 'ab\r\n'], [1000, 0, '[ab|]\r\n'],
  ])
})
