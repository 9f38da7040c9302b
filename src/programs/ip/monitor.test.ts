import { expect, test } from 'vitest'
import { FramePool } from '../../device/frame-pool.ts'
import { Simulation } from '../../engine/simulation.ts'
import { Host, type ExecResult } from '../../host/host.ts'
import type { Process } from '../../host/process.ts'
import { Scheduler } from '../../host/scheduler.ts'
import { createInetStack } from '../../inet/inet-stack.ts'
import { PROGRAMS } from '../registry.ts'

const SIGINT = 2

class Machine {
  readonly simulation = new Simulation(1)
  readonly pool = new FramePool(this.simulation.journal)
  readonly host = new Host(this.simulation, new Scheduler(this.simulation), 'machine', 0, PROGRAMS)

  constructor() {
    this.host.addNamespace(createInetStack(this.simulation, this.pool, 0, 'machine'))
  }

  start(command: string): Process {
    return this.host.spawn(command.split(' '))
  }

  /** Lets time pass. */
  async pass(seconds: number): Promise<void> {
    await this.host.scheduler.run({ limitNs: this.simulation.nowNs + seconds * 1e9 })
  }

  async run(...commands: string[]): Promise<void> {
    for (const command of commands) {
      const { stderr, status } = await this.finish(this.start(command))
      expect({ command, stderr, status }).toEqual({ command, stderr: '', status: 0 })
    }
  }

  async output(command: string): Promise<string> {
    return (await this.finish(this.start(command))).stdout
  }

  interrupt(process: Process): Promise<ExecResult> {
    process.kill(SIGINT)
    return this.finish(process)
  }

  private finish(process: Process): Promise<ExecResult> {
    return this.host.finish(process, this.simulation.nowNs + 60e9)
  }
}

test('ip -t monitor tells the virtual clock\'s time, long and short; bridge monitor too', async () => {
  const machine = new Machine()
  await machine.pass(3600.25)
  const monitors = ['ip -t monitor link', 'ip -ts -o monitor link', 'bridge -t monitor link']
    .map((command) => machine.start(command))
  await machine.pass(0.000123)
  await machine.run('ip link set lo up')
  const told: string[] = []
  for (const monitor of monitors) told.push((await machine.interrupt(monitor)).stdout)
  const link = '1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 '
  const lo = `${link}qdisc noqueue state UNKNOWN group default `
  const hardware = '    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n'
  expect(told).toEqual([
    `Timestamp: Sat Jan  1 01:00:00 2000 250123 usec\n${lo}\n${hardware}`,
    `[2000-01-01T01:00:00.250123] ${lo}\\${hardware}`,
    `Timestamp: Sat Jan  1 01:00:00 2000 250123 usec\n${link}\n`,
  ])
})

test('ip netns monitor tells of names that come and go, and ends by a signal with status 130', async () => {
  const machine = new Machine()
  const monitor = machine.start('ip netns monitor')
  await machine.pass(1)
  await machine.run('ip netns add a', 'ip netns add b', 'ip netns del a', 'ip -all netns del')
  const { stdout, status } = await machine.interrupt(monitor)
  expect({ stdout, status }).toEqual({ stdout: 'add a\nadd b\ndelete a\ndelete b\n', status: 130 })
})

test('a monitor that does not read loses what is past its bound, and says so', async () => {
  const machine = new Machine()
  const monitor = machine.start('ip monitor route')
  await machine.run('ip link set lo up')
  await machine.run('ip route replace 10.0.0.0/8 dev lo')
  monitor.kill(19) // SIGSTOP
  const lines = Array.from({ length: 5000 }, (_, i) => `route replace 10.${i >> 8}.${i & 255}.0/24 dev lo`).join('\n')
  machine.host.files.writeFile('/root/routes', `${lines}\n`)
  await machine.run('ip -batch /root/routes')
  monitor.kill(18) // SIGCONT
  await machine.pass(1)
  const { stdout, stderr } = await machine.interrupt(monitor)
  expect(stderr).toBe('netlink receive error No buffer space available (105)\n')
  expect(stdout.split('\n').filter((line) => line.startsWith('10.')).length).toBe(4097)
})

test('a namespace without its name lives as long as a process is in it, then its devices go', async () => {
  const machine = new Machine()
  await machine.run('ip netns add a', 'ip link add v0 type veth peer name v1 netns a',
    'ip addr add 10.0.0.1/24 dev v0', 'ip link set v0 up', 'ip -n a addr add 10.0.0.2/24 dev v1', 'ip -n a link set v1 up')
  const ping = machine.start('ip netns exec a ping -i 1 10.0.0.1')
  await machine.pass(2.5)
  expect(await machine.output('ip netns pids a')).toBe(`${ping.pid}\n`)
  await machine.run('ip netns del a')
  await machine.pass(2)
  expect(await machine.output('ip -br link show v0')).toMatch(/^v0@if2 +UP/)
  expect((await machine.interrupt(ping)).stdout).toMatch(/5 packets transmitted, 5 received/)
  expect(await machine.output('ip -br link')).toBe('lo               DOWN           00:00:00:00:00:00 <LOOPBACK> \n')
  await machine.pass(30)
  expect(machine.pool.live).toBe(0)
})

test('a VLAN device works over a lower device that has gone elsewhere, and goes elsewhere itself', async () => {
  const machine = new Machine()
  await machine.run('ip netns add a', 'ip netns add b', 'ip link add v0 type veth peer name v1 netns a',
    'ip link add link v0 name v0.10 type vlan id 10', 'ip -n a link add link v1 name v1.10 type vlan id 10',
    'ip link set v0.10 netns b', 'ip -n a link set v1 netns b', 'ip link set v0 up', 'ip -n b link set v1 up',
    'ip -n b addr add 10.0.0.1/24 dev v0.10', 'ip -n b link set v0.10 up',
    'ip -n a addr add 10.0.0.2/24 dev v1.10', 'ip -n a link set v1.10 up',
    'ip netns exec a ping -c 1 -W 1 10.0.0.1')
  expect(await machine.output('ip -br -n a link show v1.10')).toMatch(/^v1.10@if\d+ +UP/)
  await machine.run('ip link del v0')
  expect(await machine.output('ip -br -n b link')).toMatch(/^lo .*\n$/)
  expect(await machine.output('ip -br -n a link')).toMatch(/^lo .*\n$/)
})

test('a saved dump that is cut off or changed at any byte is read without a fault', async () => {
  const machine = new Machine()
  await machine.run('ip link set lo up', 'ip route add 10.0.0.0/8 dev lo metric 3 mtu 1400',
    'ip route add 10.9.0.0/16 nexthop dev lo nexthop dev lo weight 3')
  const save = machine.host.spawn(['sh', '-c', 'ip route save table all > /root/dump'])
  await machine.host.finish(save, machine.simulation.nowNs + 1e9)
  const bytes = machine.host.files.readBytes('/root/dump') as Uint8Array
  const random = machine.simulation.random.stream('damage')
  for (let round = 0; round < 300; round++) {
    const damaged = bytes.slice(0, round % 2 === 0 ? random.below(bytes.length + 1) : bytes.length)
    if (round % 2 === 1) damaged[random.below(damaged.length)] = random.below(256)
    machine.host.files.writeFile('/root/damaged', damaged)
    for (const verb of ['showdump', 'restore']) {
      const reader = machine.host.spawn(['sh', '-c', `ip route ${verb} < /root/damaged`])
      const { status, failure } = await machine.host.finish(reader, machine.simulation.nowNs + 1e9)
      expect({ failure, crashed: status >= 128 && status !== 255 }).toEqual({ failure: null, crashed: false })
    }
  }
})
