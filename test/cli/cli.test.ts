import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

/* The command line as a person uses it: the built program, its output and its exit status. */

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
let folder = ''

beforeAll(() => { folder = mkdtempSync(path.join(tmpdir(), 'netarium-cli-')) })
afterAll(() => { rmSync(folder, { recursive: true }) })

function netarium(...args: string[]): { readonly status: number | null, readonly stdout: string, readonly stderr: string } {
  return spawnSync(process.execPath, [path.join(root, 'bin/netarium'), ...args], { encoding: 'utf8', cwd: folder })
}

function write(name: string, text: string): string {
  const file = path.join(folder, name)
  writeFileSync(file, text)
  return file
}

const TWO_HOSTS = `name: two
topology:
  nodes:
    a: { kind: host, interfaces: { eth1: 10.0.0.1/24 } }
    b: { kind: host, interfaces: { eth1: 10.0.0.2/24 } }
  links:
    - endpoints: ["a:eth1", "b:eth1"]
`

test('labs lists every bundled lab with a sentence; --json gives the same as a document', () => {
  const { status, stdout } = netarium('labs')
  expect(status).toBe(0)
  const lines = stdout.trimEnd().split('\n')
  const document = JSON.parse(netarium('labs', '--json').stdout) as { name: string, about: string }[]
  expect(lines.length).toBe(document.length)
  expect(document.map(({ name }) => name)).toContain('first-ping')
  expect(document.every(({ name, about }, i) => lines[i].startsWith(name) && lines[i].endsWith(about))).toBe(true)
})

test('run exits 0 when all checks hold, and says so', () => {
  const { status, stdout, stderr } = netarium('run', 'first-ping')
  expect([status, stderr]).toEqual([0, ''])
  expect(stdout).toMatch(/^checks +\d+ hold$/m)
  expect(stdout).toMatch(/^journal +[0-9a-f]{16}$/m)
})

test('run --json prints lab, seed, endedAtNs, checks, figures and journalHash', () => {
  const document = JSON.parse(netarium('run', 'first-ping', '--json').stdout) as Record<string, unknown>
  expect(document).toMatchObject({ lab: 'first-ping', seed: 1, endedAtNs: expect.any(Number), figures: expect.any(Object) })
  expect(document.journalHash).toMatch(/^[0-9a-f]{16}$/)
  expect((document.checks as { ok: boolean }[]).every(({ ok }) => ok)).toBe(true)
})

test('run exits 1 when an expectation is wrong, and shows what came instead', () => {
  const file = write('wrong.yaml', `${TWO_HOSTS}checks:
  - { on: a, run: ping -c 1 10.0.0.2, at: 1s, expect: { exit: 0, stdout: "2 received" } }
`)
  const { status, stdout } = netarium('run', file)
  expect(status).toBe(1)
  expect(stdout).toContain('FAIL')
  expect(stdout).toContain('stdout does not contain "2 received"')
})

test('run exits 2 for a broken file, with file, line and column', () => {
  const file = write('broken.yaml', TWO_HOSTS.replace('b:eth1', 'bbo:eth1'))
  const { status, stdout, stderr } = netarium('run', file)
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toContain(`${file}:7:`)
})

test('run exits 2 for a file that is not there, a lab that is not there, a bad seed, and an unknown option', () => {
  expect(netarium('run', 'nowhere/lab.yaml')).toMatchObject({ status: 2, stderr: 'netarium: nowhere/lab.yaml: no such file\n' })
  expect(netarium('run', 'first-pong').stderr).toContain('did you mean "first-ping"?')
  expect(netarium('run', 'first-ping', '--seed', 'x').status).toBe(2)
  expect(netarium('run', 'first-ping', '--until', 'soon').status).toBe(2)
  expect(netarium('run', 'first-ping', '--loud').status).toBe(2)
  expect(netarium('fly', 'first-ping').status).toBe(2)
})

test('run writes a capture and a JUnit report', () => {
  const pcap = path.join(folder, 'out.pcapng')
  const junit = path.join(folder, 'out.xml')
  expect(netarium('run', 'first-ping', '--pcap', pcap, '--junit', junit).status).toBe(0)
  expect(readFileSync(pcap).readUInt32LE(0)).toBe(0x0a0d0d0a)
  expect(readFileSync(junit, 'utf8')).toMatch(/^<\?xml .*\n<testsuite name="first-ping" tests="\d+" failures="0"/)
})

test('a containerlab file runs as it is; what has no effect here is told on stderr, by name and place', () => {
  const file = write('clab.yml', `name: two
topology:
  nodes:
    h1: { kind: linux, image: alpine, exec: ["ip addr add 10.0.0.1/24 dev eth1"] }
    h2: { kind: linux, exec: ["ip addr add 10.0.0.2/24 dev eth1"] }
  links:
    - endpoints: ["h1:eth1", "h2:eth1"]
`)
  const { status, stdout, stderr } = netarium('exec', file, 'h1', '--', 'ping', '-c', '1', '10.0.0.2')
  expect(status).toBe(0)
  expect(stdout).toContain('1 received')
  expect(stderr).toMatch(/^warning: .*clab\.yml:4:\d+: topology\.nodes\.h1\.image: .*\n$/)
})

test('run --until skips checks that are due later', () => {
  const { status, stdout } = netarium('run', 'first-ping', '--until', '2s')
  expect(status).toBe(0)
  expect(stdout).toContain('skip')
})

test('exec prints what the command prints and exits with its status', () => {
  const good = netarium('exec', 'first-ping', 'alice', '--', 'ping', '-c', '1', '10.0.0.2')
  expect([good.status, good.stderr]).toEqual([0, ''])
  expect(good.stdout).toContain('1 packets transmitted, 1 received, 0% packet loss')
  expect(netarium('exec', 'first-ping', 'alice', '--', 'ping', '-c', '1', '-W', '1', '10.0.0.9').status).toBe(1)
  expect(netarium('exec', 'first-ping', 'alice', '--', 'nosuch')).toMatchObject({
    status: 127, stderr: 'bash: line 1: nosuch: command not found\n',
  })
})

test('exec on a node that is not there exits 2 and names those that are', () => {
  const { status, stderr } = netarium('exec', 'first-ping', 'alic', '--', 'true')
  expect(status).toBe(2)
  expect(stderr).toContain('alice')
})

test('why tells a journey and exits 0; lost, it names place, cause and a remedy, and exits 1', () => {
  const good = netarium('why', 'first-ping', 'alice', 'bob')
  expect(good.status).toBe(0)
  expect(good.stdout).toMatch(/^alice sends an ICMP echo request to bob \(10\.0\.0\.2\)\n/)
  expect(good.stdout).toMatch(/\nIt arrived, and was answered\.\n$/)
  const lost = netarium('why', 'ip-forward-off', 'alice', '10.0.2.2')
  expect(lost.status).toBe(1)
  expect(lost.stdout).toMatch(/It was lost at middle \(eth1\): .*\[NO_FORWARDING\]/)
  expect(lost.stdout).toContain('middle: sysctl -w net.ipv4.ip_forward=1')
})

test('why refuses what it cannot ask', () => {
  expect(netarium('why', 'first-ping', 'carol', 'bob').status).toBe(2)
  expect(netarium('why', 'first-ping', 'alice', 'nobody').status).toBe(2)
  expect(netarium('why', 'first-ping', 'alice', 'bob:80').stderr).toContain('TCP is not modelled yet')
  expect(netarium('why', 'first-ping', 'alice', 'bob:99999/udp').status).toBe(2)
})

test('why --json is one document with the legs, the loss and the remedy', () => {
  const document = JSON.parse(netarium('why', 'ip-forward-off', 'alice', '10.0.2.2', '--json').stdout) as Record<string, unknown>
  expect(document).toMatchObject({
    from: 'alice', destination: '10.0.2.2', answered: false, loss: { node: 'middle', reason: 'NO_FORWARDING' },
    remedy: [{ on: 'middle', run: 'sysctl -w net.ipv4.ip_forward=1' }],
  })
})

test('help names every verb, and --version the version', () => {
  const { status, stdout } = netarium('--help')
  expect(status).toBe(0)
  for (const verb of ['labs', 'run', 'exec', 'why', 'kernel']) expect(stdout).toMatch(new RegExp(`^ +${verb} `, 'm'))
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  expect(netarium('--version').stdout).toBe(`${version}\n`)
})
