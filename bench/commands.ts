/**
 * What commands cost in process: `exec` lines as a user's script or a check runs them, and a full table by `ip -batch`.
 *
 *     exec-...         one line, from its text to its output, on a router of four interfaces in a lab of five nodes; with
 *                      a ping the packets and their neighbours' answers are in it
 *     batch-100k       `ip -batch` of 100,000 lines `route add PREFIX via GATEWAY dev DEVICE`, read from a file
 *     show-100k, get-100k, flush-100k   `ip route` of them all, `ip route get` among them, `ip route flush`
 *     ...-metrics      the same with a metric of its own for each, so that no two routes share what they say
 */
import { Lab } from '../src/lab/lab.ts'
import { formatIpv4 } from '../src/wire/address.ts'
import { cpuNs, report } from './harness.ts'
import { internetPrefixes } from './prefixes.ts'

const RUNS = 5
const LINES = 1000
const ROUTES = 100_000

const LAB = `name: commands
topology:
  nodes:
    r: { kind: router, interfaces: { eth1: 10.1.0.1/24, eth2: 10.2.0.1/24, eth3: 10.3.0.1/24, eth4: 10.4.0.1/24 } }
${[1, 2, 3, 4].map((i) => `    h${i}: { kind: host, interfaces: { eth1: 10.${i}.0.2/24 }, gateway: 10.${i}.0.1 }`).join('\n')}
  links:
${[1, 2, 3, 4].map((i) => `    - endpoints: ["r:eth${i}", "h${i}:eth1"]`).join('\n')}
`

async function must(lab: Lab, line: string): Promise<string> {
  const { status, stdout, stderr } = await lab.node('r').exec(line)
  if (status !== 0) throw new Error(`${line}: ${stderr}`)
  return stdout
}

/** CPU of one line, the best of several thousandfold runs. */
async function measureExec(lab: Lab, name: string, line: string): Promise<void> {
  let best = Infinity
  for (let run = -1; run < RUNS; run++) {
    const before = cpuNs()
    for (let i = 0; i < LINES; i++) await must(lab, line)
    if (run >= 0) best = Math.min(best, (cpuNs() - before) / LINES)
  }
  report('commands', name, 'us', best / 1e3)
}

const table = internetPrefixes(ROUTES, 88172645)

function batchOf(rest: (i: number) => string): string {
  const lines: string[] = []
  for (let i = 0; i < ROUTES; i++) {
    lines.push(`route add ${formatIpv4(table.prefixes[i])}/${table.lengths[i]} ${rest(i)}\n`)
  }
  return lines.join('')
}

/** One table: in by a batch, shown, asked, and out again; the best of three times, in ms. */
async function measureTable(lab: Lab, suffix: string, file: string): Promise<void> {
  const best = new Map<string, number>()
  const time = async (name: string, line: string): Promise<string> => {
    const before = cpuNs()
    const text = await must(lab, line)
    best.set(name, Math.min(best.get(name) ?? Infinity, (cpuNs() - before) / 1e6))
    return text
  }
  for (let run = 0; run < 3; run++) {
    await time('batch', `ip -batch ${file}`)
    const lines = (await time('show', 'ip route')).split('\n').length - 1
    if (lines !== ROUTES + 4) throw new Error(`${lines} routes instead of ${ROUTES + 4}`)
    await time('get', `ip route get ${formatIpv4(table.prefixes[ROUTES >> 1])}`)
    await time('flush', 'ip route flush proto static')
  }
  for (const [name, ms] of best) report('commands', `${name}-100k${suffix}`, 'ms', ms)
}

export async function run(): Promise<void> {
  const lab = await Lab.fromText(LAB, 'commands.yaml')
  await lab.runUntil(1)
  const { files } = lab.node('r').host
  await measureExec(lab, 'exec-true', 'true')
  await measureExec(lab, 'exec-route-get', 'ip route get 10.2.0.9')
  await measureExec(lab, 'exec-addr-json', 'ip -j addr')
  await measureExec(lab, 'exec-ping', 'ping -c 1 10.2.0.2')
  const gateway = (i: number): string => `via 10.${(i & 3) + 1}.0.2 dev eth${(i & 3) + 1} proto static`
  files.writeFile('/tmp/routes', batchOf(gateway))
  await measureTable(lab, '', '/tmp/routes')
  files.writeFile('/tmp/routes', batchOf((i) => `${gateway(i)} metric ${i + 1}`))
  await measureTable(lab, '-metrics', '/tmp/routes')
}
