import { bash } from '../programs/bash/bash.ts'
import { describe, expect, test } from 'vitest'
import { EBADF, EISDIR, ENOENT } from '../base/errno.ts'
import { FramePool } from '../device/frame-pool.ts'
import { Simulation } from '../engine/simulation.ts'
import { NetNamespace } from '../inet/net-namespace.ts'
import { Host } from './host.ts'
import type { HostNamespace } from './host-namespace.ts'
import { Pipe } from './pipe.ts'
import type { Process, Program } from './process.ts'
import { Scheduler } from './scheduler.ts'
import { Interrupted, SIGCONT, SIGINT, SIGKILL, SIGPIPE, SIGTERM, SIGTSTP, SIGUSR1 } from './signals.ts'

const S = 1e9

async function run(main: Program): Promise<{ status: number, out: string, err: string, ns: number }> {
  const simulation = new Simulation(1)
  const host = new Host(simulation, new Scheduler(simulation), 'a', 0, new Map([['sleep', sleep], ['main', main], ['bash', bash]]))
  const ns = new NetNamespace(simulation, new FramePool(simulation.journal), 0, 'a')
  host.namespaces.set('', { name: '', ns } as HostNamespace) // these programs use no network
  const { status, stdout, stderr, endedAtNs } = await host.exec('main', { stdin: 'one\ntwo \u00e9\nthree' })
  return { status, out: stdout, err: stderr, ns: endedAtNs }
}

const sleep: Program = async (process) => {
  await process.sleep(Number(process.argv[1]) * S)
  return 0
}

describe('standard input', () => {
  test('lines are taken one by one, and what is left stays for whoever reads next', async () => {
    const result = await run(async (process) => {
      process.stdout.write(`<${await process.stdin.readLine()}>`)
      const child = process.spawn(['rest'], {
        program: async (self) => {
          for (let line = await self.stdin.readLine(); line !== null; line = await self.stdin.readLine()) {
            self.stdout.write(`[${line}]`)
          }
          return 3
        },
      })
      return process.waitExit(child)
    })
    expect(result).toEqual({ status: 3, out: '<one\n>[two \u00e9\n][three]', err: '', ns: 0 })
  })

  test('a closed descriptor reads as the end, with EBADF kept', async () => {
    const { out } = await run(async (process) => {
      process.close(0)
      const text = await process.stdin.readAll()
      process.stdout.write(`${text}|${process.stdin.error}|${process.close(0)}`)
      return 0
    })
    expect(out).toBe(`|${EBADF}|${-EBADF}`)
  })
})

describe('pipes', () => {
  test('a reader waits for a writer, and sees the end when the last writer has gone', async () => {
    const { out, ns } = await run(async (process) => {
      const pipe = new Pipe()
      const writer = process.spawn(['writer'], {
        descriptors: new Map([[1, pipe.writer]]),
        program: async (self) => {
          for (const word of ['a', '\u20ac', 'c']) {
            self.stdout.write(word)
            await self.sleep(S)
          }
          return 0
        },
      })
      const reader = process.spawn(['reader'], {
        descriptors: new Map([[0, pipe.reader]]),
        program: async (self) => {
          for (let text = await self.stdin.read(); text !== ''; text = await self.stdin.read()) {
            self.stdout.write(`${self.nowNs / S}:${text} `)
          }
          self.stdout.write(`end at ${self.nowNs / S}`)
          return 0
        },
      })
      await process.waitExit(writer)
      return process.waitExit(reader)
    })
    expect([out, ns]).toEqual(['0:a 1:\u20ac 2:c end at 3', 3 * S])
  })

  test('a character cut between two writes is read whole', async () => {
    const { out } = await run(async (process) => {
      const pipe = new Pipe()
      const fd = process.attach(pipe.writer)
      const input = process.input(pipe.reader)
      process.outputTo(fd).write(Uint8Array.of(0x61, 0xe2, 0x82))
      process.stdout.write(`<${await input.read()}>`)
      process.outputTo(fd).write(Uint8Array.of(0xac))
      process.stdout.write(`<${await input.read()}>`)
      return 0
    })
    expect(out).toBe('<a><\u20ac>')
  })

  test('writing where nobody reads is SIGPIPE, seen at the next wait', async () => {
    const { out, ns } = await run(async (process) => {
      const pipe = new Pipe()
      const endless = process.spawn(['endless'], {
        descriptors: new Map([[1, pipe.writer]]),
        program: async (self) => {
          for (;;) {
            self.stdout.write('y\n')
            await self.yield()
          }
        },
      })
      const head = process.spawn(['head'], {
        descriptors: new Map([[0, pipe.reader]]),
        program: async (self) => {
          self.stdout.write(`${await self.stdin.readLine()}`)
          return 0
        },
      })
      await process.waitExit(head)
      process.stdout.write(String(await process.waitExit(endless)))
      return 0
    })
    expect([out, ns]).toEqual([`y\n${128 + SIGPIPE}`, 0])
  })
})

describe('files', () => {
  test('offsets belong to the open file, appending goes to the end, and a removed file lives while it is open', async () => {
    const { out } = await run(async (process) => {
      const open = (path: string, mode: 'r' | 'w' | 'a') => {
        const file = process.open(path, mode)
        if (typeof file === 'number') throw new Error(`${path}: ${file}`)
        return file
      }
      process.outputTo(open('/tmp/f', 'w')).write('first\n')
      process.outputTo(open('/tmp/f', 'a')).write('second\n')
      const input = process.input(open('/tmp/f', 'r'))
      process.stdout.write(await input.readLine() ?? '')
      process.host.files.remove('/tmp/f')
      process.stdout.write(await input.readAll())
      const errors = [process.open('/tmp/f', 'r'), process.open('/etc', 'r'), process.open('/proc/x', 'w')]
      process.outputTo(open('/dev/null', 'w')).write('lost')
      process.stdout.write(`${errors.slice(0, 2)} ${errors[2]} ${await process.input(open('/dev/null', 'r')).readAll()}.`)
      return 0
    })
    expect(out).toBe(`first\nsecond\n${-ENOENT},${-EISDIR} -30 .`)
  })

  test('/proc/sys is read as it was when opened, and each write is a request', async () => {
    const { out } = await run(async (process) => {
      const path = '/proc/sys/net/ipv4/ip_forward'
      const before = process.open(path, 'r')
      const target = process.open(path, 'w')
      if (typeof before === 'number' || typeof target === 'number') return 1
      const results = [process.outputTo(target).write('1\n'), process.outputTo(target).write('x\n')]
      process.stdout.write(`${await process.input(before).readAll()}${process.readFile(path)}${results}`)
      return 0
    })
    expect(out).toBe('0\n1\n0,-22')
  })
})

describe('signals', () => {
  const told = async (act: (shell: Process, child: Process) => Promise<void>, program: Program = sleep) => run(
    async (process) => {
      const child = process.spawn(['sleep', '5'], { program, group: 'own' })
      await act(process, child)
      process.stdout.write(`${child.status} at ${process.nowNs / S}`)
      return 0
    })

  test('a stopped process holds its wake-up until it goes on', async () => {
    const { out } = await told(async (shell, child) => {
      await shell.sleep(S)
      child.kill(SIGTSTP)
      expect([child.stopped, child.exited]).toEqual([true, false])
      await shell.sleep(9 * S)
      child.kill(SIGCONT)
      await shell.waitExit(child)
    })
    expect(out).toBe('0 at 10')
  })

  test('SIGKILL ends a stopped process', async () => {
    const { out } = await told(async (shell, child) => {
      await shell.sleep(S)
      child.kill(SIGTSTP)
      child.kill(SIGKILL)
      await shell.waitExit(child)
    })
    expect(out).toBe('137 at 1')
  })

  test('a group gets a signal together, and its parent, in another group, does not', async () => {
    const { out } = await told(async (shell, child) => {
      const second = shell.spawn(['sleep', '7'], { group: child.group })
      await shell.sleep(S)
      shell.host.signalGroup(child.group, SIGINT)
      await shell.waitExit(child)
      await shell.waitExit(second)
      shell.stdout.write(`${second.status} `)
    })
    expect(out).toBe('130 130 at 1')
  })

  test('ignored signals never come; those that come while it runs wait, the lowest first', async () => {
    const { out } = await told(async (shell, child) => {
      await shell.sleep(S)
      child.kill(SIGINT)
      await shell.waitExit(child)
    }, async (process) => {
      process.ignored.add(SIGINT)
      await process.sleep(2 * S)
      process.kill(SIGTERM)
      process.kill(SIGUSR1)
      for (let i = 0; i < 2; i++) {
        try {
          await process.sleep(S)
        } catch (error) {
          if (!(error instanceof Interrupted)) throw error
          process.stdout.write(`${error.message} `)
        }
      }
      return 4
    })
    expect(out).toBe('SIGUSR1 SIGTERM 4 at 2')
  })

  test('execute() goes on as another program with the same pid', async () => {
    const { out, ns } = await told(async (shell, child) => {
      await shell.waitExit(child)
    }, async (process) => {
      process.stdout.write(`${process.execute(['nothing'])} ${process.pid} `)
      return await process.execute(['sleep', '3']) ?? 1
    })
    expect([out, ns]).toEqual(['null 1001 0 at 3', 3 * S])
  })
})
