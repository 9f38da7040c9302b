/**
 * 10,000 hosts on 380 switches and 20 routers, each a full node: how long they take to build, and what one weighs.
 *
 *     parse            YAML to model (CPU seconds)
 *     build            model to machines that are up, with addresses and routes (CPU seconds)
 *     bytes-per-host   JavaScript heap and typed arrays of all nodes and links, over the number of hosts
 */
import { Lab } from '../src/lab/lab.ts'
import { parseLab } from '../src/lab/parse-yaml.ts'
import { campus } from './labs.ts'
import { cpuNs, heapBytes, report } from './harness.ts'

const HOSTS = 10_000
const RUNS = 3

export async function run(): Promise<void> {
  const text = campus(HOSTS, 380, 20)
  let start = cpuNs()
  const model = parseLab(text, 'campus.yaml')
  report('nodes', 'parse', 's', (cpuNs() - start) / 1e9)
  const before = heapBytes()
  const kept: Lab[] = []
  let best = Infinity
  for (let i = 0; i < RUNS; i++) {
    start = cpuNs()
    const lab = await Lab.fromModel(model, { captures: false })
    best = Math.min(best, (cpuNs() - start) / 1e9)
    kept.push(lab)
  }
  report('nodes', 'build', 's', best)
  report('nodes', 'bytes-per-host', 'bytes', (heapBytes() - before) / HOSTS / RUNS)
  if (kept.some((lab) => lab.nodeNames.length !== HOSTS + 400)) throw new Error('a node is missing')
}
