import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { PROGRAMS } from '../programs/registry.ts'
import type { LabModel } from './model.ts'
import type { Network } from './network.ts'
import { parseLab } from './parse-yaml.ts'
import { realise } from './realise.ts'

/* Shorthand is said to netlink directly; here it is held against the commands that it stands for. */

const folder = new URL('./fixtures/good/', import.meta.url)
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.yaml')).sort()
const labs = readdirSync(new URL('../../labs/', import.meta.url), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('/lab.yaml')).map((name) => name.slice(0, -'/lab.yaml'.length)).sort()

/** What a person can see of each node's configuration. */
async function configuration(network: Network): Promise<Record<string, string>> {
  const seen: Record<string, string> = {}
  for (const { model, host } of network.nodes) {
    for (const command of ['ip -d -s address', 'ip -d route show table all', 'ip rule', 'ip -d neigh', 'sysctl -a']) {
      const { stdout, stderr } = await host.exec(command)
      seen[`${model.name}: ${command}`] = stdout + stderr
    }
  }
  return seen
}

async function compare(lab: LabModel): Promise<void> {
  const bare: LabModel = { ...lab, nodes: lab.nodes.map((node) => ({ ...node, exec: [] })) }
  const direct = await configuration(await realise(bare, { programs: PROGRAMS }))
  const typed = await configuration(await realise(bare, { programs: PROGRAMS, byCommands: true }))
  expect(Object.values(direct).join('')).toContain('    inet ')
  expect(direct).toEqual(typed)
}

test.each(fixtures)('%s: netlink and commands make the same of it', async (name) => {
  await compare(parseLab(readFileSync(new URL(name, folder), 'utf8'), name))
})

test.each(labs)('the lab %s: netlink and commands make the same of it', async (name) => {
  const file = new URL(`../../labs/${name}/lab.yaml`, import.meta.url)
  await compare(parseLab(readFileSync(file, 'utf8'), name))
})
