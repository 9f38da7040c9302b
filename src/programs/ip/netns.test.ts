import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { FramePool } from '../../device/frame-pool.ts'
import { Simulation } from '../../engine/simulation.ts'
import { Host, type ExecResult } from '../../host/host.ts'
import type { Process } from '../../host/process.ts'
import { Scheduler } from '../../host/scheduler.ts'
import { createInetStack } from '../../inet/inet-stack.ts'
import { PROGRAMS } from '../registry.ts'

/*
 * What the real ip and bridge answered on one machine with namespaces of its own (test/golden/netns/record.mjs makes
 * recorded.json from the *.txt beside it), line by line and byte for byte: output, errors, exit status.
 *
 * Left out: times that ping measured; IPv6's groups and the groups of IGMP snooping, which are not modelled; in saved
 * dumps the sequence number (the clock), the port (the pid) and the time stamps of addresses.
 */

type Text = string | { readonly hex: string }

interface Step {
  readonly command: string
  readonly stdout?: Text
  readonly stderr?: Text
  readonly status?: number
}

interface Case {
  readonly name: string
  readonly steps: readonly Step[]
}

const cases = JSON.parse(readFileSync(new URL('../../../test/golden/netns/recorded.json', import.meta.url), 'utf8')) as Case[]

/** Time between two commands of the recording. */
const PAUSE_NS = 20e6
const SIGTERM = 15

function machine(): Host {
  const simulation = new Simulation(1)
  const host = new Host(simulation, new Scheduler(simulation), 'machine', 0, PROGRAMS)
  host.addNamespace(createInetStack(simulation, new FramePool(simulation.journal), 0, 'machine'))
  return host
}

function split(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|((?:[^\s']|'[^']*')+)/g)].map((m) => m[1] ?? m[2].replaceAll("'", ''))
}

/** Runs a line with what it has of redirections, as the recorder's sh does. binary: its output is no text. */
async function run(host: Host, line: string, binary: boolean): Promise<ExecResult> {
  if (binary) {
    const result = await run(host, `${line} > /tmp/out`, false)
    const bytes = host.files.readBytes('/tmp/out')
    return { ...result, stdout: typeof bytes === 'number' ? '' : Buffer.from(bytes).toString('latin1') }
  }
  const words = split(line)
  const env: Record<string, string> = {}
  if (words[0] === 'env') {
    words.shift()
    for (; words[0].includes('='); words.shift()) env[words[0].split('=')[0]] = words[0].slice(words[0].indexOf('=') + 1)
  }
  const files = new Map<number, string>()
  for (const [sign, fd] of [['<', 0], ['>', 1]] as const) {
    const at = words.indexOf(sign)
    if (at >= 0) files.set(fd, words.splice(at, 2)[1])
  }
  const process = host.spawn(words, { env, program: async (shell: Process) => {
    if (words[0] === 'printf') {
      return shell.writeFile(files.get(1) ?? '', words[1].replaceAll('\\n', '\n'))
    }
    for (const [fd, path] of files) {
      const file = shell.open(path, fd === 0 ? 'r' : 'w')
      if (typeof file === 'number') throw new Error(`${path}: ${file}`)
      shell.attach(file, fd)
    }
    const running = shell.execute(words)
    if (running === null) throw new Error(`no program ${words[0]}`)
    return running
  } })
  return host.finish(process, host.simulation.nowNs + 60e9)
}

function comparable(command: string, text: Text): string {
  if (/^ping| ping /.test(command)) return ''
  if (typeof text !== 'string') return withoutChances(text.hex)
  if (/maddr|dev_mcast/.test(command)) return withoutIpv6(text)
  if (/bridge.* fdb/.test(command)) return text.split('\n').filter((line) => !line.includes('33:33:')).sort().join('\n')
  return text
}

function withoutIpv6(text: string): string {
  if (text.startsWith('[')) {
    const all = JSON.parse(text) as { maddr: { address?: string, link?: string, family?: string }[] }[]
    return JSON.stringify(all.map((one) => ({ ...one, maddr: one.maddr.filter(({ family, link }) =>
      family !== 'inet6' && !/^33:33:/.test(link ?? '')) })).filter(({ maddr }) => maddr.length > 0))
  }
  const lines = text.split('\n').filter((line) => !/inet6|33:33|3333/.test(line))
  // A device of which nothing is left is left out too.
  return lines.filter((line, i) => !/^\d+:\t\w+$/.test(line) || lines[i + 1]?.startsWith('\t')).join('\n')
}

/** A dump without what the clock and the pid have to do with it. */
function withoutChances(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  for (let at = 4; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at)
    bytes.fill(0, at + 8, at + 16)
    if (bytes.readUInt16LE(at + 4) === 20) bytes.fill(0, at + length - 8, at + length)
    at += length + 3 & ~3
  }
  return bytes.toString('hex')
}

function textOf(bytes: string, recorded: Text): Text {
  return typeof recorded === 'string' ? bytes : { hex: Buffer.from(bytes, 'latin1').toString('hex') }
}

describe('namespaces, monitors, memberships and dumps are as the real ip and bridge have them', () => {
  for (const recorded of cases) {
    test(recorded.name, async () => {
      const host = machine()
      const background = new Map<string, Process>()
      const wrong: unknown[] = []
      const compare = (step: Step, result: ExecResult): void => {
        const pick = (stdout: Text, stderr: Text, status: number): unknown => ({
          command: step.command, stdout: comparable(step.command, stdout), stderr, status,
        })
        const expected = pick(step.stdout ?? '', step.stderr ?? '', step.status ?? 0)
        const got = pick(textOf(result.stdout, step.stdout ?? ''), result.stderr, result.status)
        if (JSON.stringify(expected) !== JSON.stringify(got)) wrong.push({ expected, got })
      }
      for (const step of recorded.steps) {
        const { command } = step
        if (command.startsWith('& ')) {
          const [key, ...words] = split(command.slice(2))
          background.set(key, host.spawn(words))
        } else if (command.startsWith('kill ')) {
          const process = background.get(command.slice(5)) as Process
          process.kill(SIGTERM)
          compare(step, await host.finish(process, host.simulation.nowNs + 1e9))
        } else if (command.startsWith('sleep ')) {
          await host.scheduler.run({ limitNs: host.simulation.nowNs + Number(command.slice(6)) * 1e9 })
        } else {
          compare(step, await run(host, command, typeof step.stdout === 'object'))
        }
        await host.scheduler.run({ limitNs: host.simulation.nowNs + PAUSE_NS })
      }
      expect(wrong).toEqual([])
    })
  }
})
