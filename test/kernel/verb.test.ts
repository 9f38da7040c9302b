/** `netarium kernel LAB` as a person uses it: tables, statuses, files, and that nothing of it is left behind. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TwinMachine } from '../../src/node/kernel/machine.ts'
import type { TwinPlan } from '../../src/node/kernel/plan.ts'
import { requireRoot, requireTool } from '../support/tools.ts'

const BIN = fileURLToPath(new URL('../../bin/netarium', import.meta.url))
let folder = ''

beforeAll(() => { folder = mkdtempSync(path.join(tmpdir(), 'netarium-verb-')) })
afterAll(() => { rmSync(folder, { recursive: true }) })

interface Ended {
  readonly pid: number
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs the verb; onSpawn may do something to it meanwhile. */
function kernel(args: readonly string[], uid?: number, onSpawn: (pid: number) => void = () => {}): Promise<Ended> {
  const child = spawn(process.execPath, [BIN, 'kernel', ...args], { cwd: folder, uid })
  const pid = child.pid ?? 0
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => { output.stdout += String(chunk) })
  child.stderr.on('data', (chunk: Buffer) => { output.stderr += String(chunk) })
  onSpawn(pid)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', status => resolve({ pid, status, ...output }))
  })
}

function lab(name: string, script: string): string {
  const file = path.join(folder, `${name}.yaml`)
  writeFileSync(file, `name: ${name}
topology:
  nodes:
    a: { kind: host, interfaces: { eth1: 10.0.0.1/24 } }
    b: { kind: host, interfaces: { eth1: 10.0.0.2/24 } }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
script:
${script}`)
  return file
}

function namespacesOf(pid: number): string[] {
  return (spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' }).stdout ?? '').split('\n')
    .filter(line => line.startsWith(`ntk${pid}-`))
}

function needKernel(context: Parameters<typeof requireTool>[1]): void {
  requireRoot(context)
  for (const tool of ['ip', 'ethtool', 'nsenter', 'tcpdump', 'ping']) requireTool(tool, context)
}

const PING = '  - { at: 200ms, on: a, run: ping -c 1 10.0.0.2 }\n'

describe.concurrent('netarium kernel', () => {
  test('exits 0 when all is equal, with a table of links and one of commands', async context => {
    needKernel(context)
    const { pid, status, stdout, stderr } = await kernel([lab('equal', PING)])
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toBe(`\
link end    kernel  netarium
a:eth1 in   2       2         equal
a:eth1 out  2       2         equal
b:eth1 in   2       2         equal
b:eth1 out  2       2         equal

at    command
0.2s  a: ping -c 1 10.0.0.2  equal

equal: equal: frames 4, link ends 2, commands 1
`)
    expect(namespacesOf(pid)).toEqual([])
  })

  test('exits 1 when something differs: a node is not called as this machine is', async context => {
    needKernel(context)
    const { pid, status, stdout } = await kernel([lab('different', '  - { at: 0s, on: a, run: cat /etc/hostname }\n'), '--json'])
    expect(status).toBe(1)
    const document = JSON.parse(stdout) as { equal: boolean, attempts: number, commands: { equal: boolean }[] }
    expect([document.equal, document.attempts, document.commands.map(({ equal }) => equal)]).toEqual([false, 3, [false]])
    expect(namespacesOf(pid)).toEqual([])
  })

  test('--keep writes the captures of both, and what the commands printed', async context => {
    needKernel(context)
    const keep = path.join(folder, 'kept')
    expect((await kernel([lab('kept', PING), '--keep', keep])).status).toBe(0)
    for (const side of ['kernel', 'netarium']) {
      expect(readdirSync(path.join(keep, side))).toEqual(['a-eth1.pcap', 'b-eth1.pcap', 'commands.json'])
      const read = spawnSync('tcpdump', ['-nn', '-t', '-r', path.join(keep, side, 'b-eth1.pcap'), 'arp'], { encoding: 'utf8' })
      expect(read.stdout.split('\n')[0]).toBe('ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28')
      const commands = JSON.parse(readFileSync(path.join(keep, side, 'commands.json'), 'utf8')) as { status: number }[]
      expect(commands.map(({ status }) => status)).toEqual([0])
    }
  })

  test('leaves nothing behind when it is interrupted', async context => {
    needKernel(context)
    let timer: NodeJS.Timeout | undefined
    const { pid, status } = await kernel([lab('long', '  - { at: 1h, on: a, run: "true" }\n')], undefined, (child) => {
      // As soon as it has begun to build.
      timer = setInterval(() => { if (namespacesOf(child).length > 1) process.kill(child, 'SIGINT') }, 50)
    }).finally(() => clearInterval(timer))
    expect(status).toBe(130)
    expect(namespacesOf(pid)).toEqual([])
  })

  test('exits 2 and says what is missing: root', async context => {
    needKernel(context)
    const NOBODY = 65534
    const { status, stdout, stderr } = await kernel(['first-ping'], NOBODY)
    if (stderr.includes('EACCES')) context.skip('this folder cannot be read by others than root')
    expect([status, stdout, stderr])
      .toEqual([2, '', 'netarium: kernel: first-ping cannot be built here: network namespaces need root\n'])
  })

  test('exits 2 for what veth pairs lack, a lab that is not there, and a folder that cannot be', async context => {
    needKernel(context)
    expect(await kernel(['lossy-link'])).toMatchObject({
      status: 2, stdout: '', stderr: 'netarium: kernel: lossy-link cannot be built here: ' +
        "alice:eth1 needs netem delay, loss, duplicate, reorder, corrupt, and the twin's cables are plain veth pairs\n",
    })
    expect((await kernel(['first-pong'])).stderr).toContain('did you mean "first-ping"?')
    const { status, stderr } = await kernel(['first-ping', '--keep', '/dev/null/x'])
    expect(status).toBe(2)
    expect(stderr).toMatch(/^netarium: --keep \/dev\/null\/x: /)
  })
})

describe('a machine', () => {
  const plan = (commands: string[]): TwinPlan =>
    ({ lab: 'x', nodes: [{ name: 'a', commands }], links: [], steps: [], counts: [], untilMs: 0 })

  test('says which command the kernel refused, and is gone afterwards', async context => {
    needKernel(context)
    const machine = new TwinMachine(plan(['ip link set dev nosuch up']))
    await expect(machine.build()).rejects.toThrow('a: ip link set dev nosuch up: Cannot find device "nosuch"')
    const before = namespacesOf(process.pid).length
    await machine.remove()
    expect(namespacesOf(process.pid).length).toBe(before - 1)
  })

  test('interrupts a command after its limit, and ends what one has left running', async context => {
    needKernel(context)
    const machine = new TwinMachine(plan([]))
    const marker = path.join(folder, 'pid')
    try {
      await machine.build()
      expect((await machine.run('a', 'exec sleep 60', 100)).status).toBe(null)
      expect((await machine.run('a', `sleep 60 >/dev/null 2>&1 & echo $! > ${marker}`)).status).toBe(0)
    } finally {
      await machine.remove()
    }
    const pid = readFileSync(marker, 'utf8').trim()
    expect(existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[2] !== 'Z').toBe(false)
  })
})
