import { describe, expect, test } from 'vitest'
import { decodeUtf8 } from '../base/utf8.ts'
import { FramePool } from '../device/frame-pool.ts'
import { JournalKind } from '../engine/journal-record.ts'
import { Simulation } from '../engine/simulation.ts'
import { NetNamespace } from '../inet/net-namespace.ts'
import { bash } from '../programs/bash/bash.ts'
import { Host } from './host.ts'
import type { HostNamespace } from './host-namespace.ts'
import type { Program } from './process.ts'
import { Scheduler } from './scheduler.ts'
import { Interrupted, SIGINT, SIGTERM } from './signals.ts'

const S = 1e9

function makeHosts(programs: Record<string, Program>, names: string[] = ['a']) {
  const simulation = new Simulation(1)
  simulation.journal.recording = true
  simulation.journal.keeping = true
  const scheduler = new Scheduler(simulation)
  const pool = new FramePool(simulation.journal)
  const registry = new Map([...Object.entries(programs), ['bash', bash]])
  const hosts = names.map((name, node) => {
    const host = new Host(simulation, scheduler, name, node, registry)
    const ns = new NetNamespace(simulation, pool, node, name)
    host.namespaces.set('', { name: '', ns } as HostNamespace) // these programs use no network
    return host
  })
  return { simulation, scheduler, hosts, host: hosts[0] }
}

const say: Program = async (process) => {
  process.stdout.write(`${process.argv.slice(1).join(' ')} at ${process.nowNs}\n`)
  return 0
}
const sleep: Program = async (process) => {
  await process.sleep(Number(process.argv[1]) * S)
  return Number(process.argv[2] ?? 0)
}

describe('processes and virtual time', () => {
  test('time stands still while a process runs and moves while it waits', async () => {
    const { host } = makeHosts({ say, sleep })
    const result = await host.exec('say one; sleep 1.5; say two')
    expect(result).toEqual({
      status: 0, stdout: 'one at 0\ntwo at 1500000000\n', stderr: '', startedAtNs: 0, endedAtNs: 1.5 * S, end: 'done',
      failure: null,
    })
  })

  test('processes woken at one moment run one after the other, in the order of their wake-ups', async () => {
    const order: string[] = []
    const step: Program = async (process) => {
      await process.sleep(S)
      order.push(`${process.argv[1]} wakes`)
      await Promise.resolve()
      order.push(`${process.argv[1]} goes on`)
      return 0
    }
    const { hosts } = makeHosts({ step }, ['a', 'b'])
    await Promise.all([hosts[1].exec('step second'), hosts[0].exec('step first')])
    // Events of one nanosecond go by node: a (0) before b (1), whoever started first.
    expect(order).toEqual(['first wakes', 'first goes on', 'second wakes', 'second goes on'])
  })

  test('two execs at once share one course of time, and each sees its own end', async () => {
    const { hosts, simulation } = makeHosts({ sleep }, ['a', 'b'])
    const ends: number[] = []
    const long = hosts[0].exec('sleep 10').then(() => ends.push(simulation.nowNs))
    const short = hosts[1].exec('sleep 2').then(async () => {
      ends.push(simulation.nowNs)
      await hosts[1].exec('sleep 3')
      ends.push(simulation.nowNs)
    })
    await Promise.all([long, short])
    expect(ends).toEqual([2 * S, 5 * S, 10 * S])
  })

  test('a run with a limit stops the clock there and leaves the process waiting', async () => {
    const { host, scheduler, simulation } = makeHosts({ sleep })
    const process = host.start('sleep 5')
    expect(await scheduler.run({ limitNs: 2 * S })).toBe('limit')
    expect([simulation.nowNs, process.state, process.waitingFor]).toEqual([2 * S, 'waiting', 'nanosleep'])
    expect(await scheduler.run({ done: () => process.exited })).toBe('done')
    expect(simulation.nowNs).toBe(5 * S)
  })

  test('a process that would wait for ever makes the run idle, and exec interrupts it', async () => {
    const pause: Program = (process) => process.pause()
    const { host } = makeHosts({ pause })
    const result = await host.exec('pause', { limitNs: Infinity })
    expect([result.status, result.end]).toEqual([130, 'idle'])
  })

  test('a process that awaits the outside world is named and abandoned', async () => {
    const lost: Program = () => new Promise(() => {})
    const { host } = makeHosts({ lost })
    const result = await host.exec('lost')
    expect(result.status).toBe(134)
    expect(result.stderr).toBe('netarium: lost (pid 1000 on a) waits for something that is not a system call\n')
  })

  test('a loop of processes in which no time passes is stopped, with a message', async () => {
    const loop: Program = async (process) => {
      for (;;) await process.waitExit(process.spawn(['nothing']))
    }
    const { host, simulation } = makeHosts({ loop, nothing: async () => 0 })
    const result = await host.exec('loop')
    expect([simulation.nowNs, result.status]).toEqual([0, 134])
    expect(result.stderr).toContain('(pid 1000 on a) was woken more than 500000 times without time passing\n')
    expect((await host.exec('nothing')).status).toBe(0)
  })

  test('an error of a program is status 134 with its text, and the run goes on', async () => {
    const broken: Program = async () => { throw new RangeError('off by one') }
    const { host } = makeHosts({ broken, say })
    const result = await host.exec('broken || say after')
    expect(result.status).toBe(0)
    expect(result.stdout).toBe('after at 0\n')
    expect(result.stderr).toBe('netarium: broken (pid 1001 on a) failed inside Netarium: RangeError: off by one\n')
  })
})

describe('signals', () => {
  test('SIGINT ends a wait; who does not catch it exits with 130', async () => {
    const { host, scheduler } = makeHosts({ sleep })
    const process = host.start('sleep 5')
    await scheduler.run({ limitNs: S })
    process.kill(SIGINT)
    await scheduler.run({ done: () => process.exited })
    expect([process.status, process.endedAtNs]).toEqual([130, S])
  })

  test('a program that catches the signal tidies up and gives its own status', async () => {
    const careful: Program = async (process) => {
      try {
        await process.sleep(9 * S)
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error
        process.stdout.write(`caught ${error.message}\n`)
        await process.sleep(S)
        return 3
      }
      return 0
    }
    const { host, scheduler } = makeHosts({ careful })
    const process = host.start('careful')
    await scheduler.run({ limitNs: S })
    process.kill(SIGTERM)
    await scheduler.run({ done: () => process.exited })
    expect([process.status, process.endedAtNs, process.output.text(1)]).toEqual([3, 2 * S, 'caught SIGTERM\n'])
  })

  test('SIGINT to a sequence reaches the command that runs, and ends the sequence', async () => {
    const { host, scheduler } = makeHosts({ sleep, say })
    const process = host.start('sleep 5; say never')
    await scheduler.run({ limitNs: S })
    host.signalGroup(process.group, SIGINT)
    await scheduler.run({ done: () => process.exited })
    expect([process.status, process.output.text(1)]).toEqual([130, ''])
    expect(host.processes.size).toBe(0)
  })
})

describe('command lines', () => {
  test('process ids count from 1000 on each host; a sequence is a shell with children', async () => {
    const pids: Program = async (process) => {
      process.stdout.write(`${process.pid} child of ${process.parent?.pid ?? 0}\n`)
      return 0
    }
    const { hosts } = makeHosts({ pids }, ['a', 'b'])
    expect((await hosts[0].exec('pids')).stdout).toBe('1000 child of 0\n')
    // The last command takes the shell's process over.
    expect((await hosts[0].exec('pids && pids')).stdout).toBe('1002 child of 1001\n1001 child of 0\n')
    expect((await hosts[1].exec('pids')).stdout).toBe('1000 child of 0\n')
  })

  test('&& and || follow the status of what ran last', async () => {
    const { host } = makeHosts({ sleep, say })
    const result = await host.exec('sleep 0 1 && say no || say yes; sleep 0 7')
    expect([result.status, result.stdout]).toEqual([7, 'yes at 0\n'])
  })

  test('an unknown command answers as bash does', async () => {
    const { host } = makeHosts({})
    const result = await host.exec('frobnicate -x')
    expect([result.status, result.stdout, result.stderr])
      .toEqual([127, '', 'bash: line 1: frobnicate: command not found\n'])
  })

  test('starts, output and exits are in the journal with their bytes', async () => {
    const { host, simulation } = makeHosts({ say })
    await host.exec('say ü')
    expect(simulation.journal.records.map((record) => [record.kind, record.a, record.b,
      record.bytes === null ? null : decodeUtf8(record.bytes)])).toEqual([
      [JournalKind.PROCESS_STARTED, 1000, 0, 'bash -c say ü'],
      [JournalKind.PROCESS_STARTED, 1000, 0, 'say ü'],
      [JournalKind.PROCESS_OUTPUT, 1000, 1, 'ü at 0\n'],
      [JournalKind.PROCESS_EXITED, 1000, 0, null],
    ])
  })
})
