/**
 * Makes a lab smaller while it still differs: takes away steps, nodes with their links, links, addresses, routes and
 * settings, halves first and single ones at last (delta debugging), until nothing more can go.
 */
import type { FuzzLab, FuzzNode } from './fuzz-lab.ts'

/** Something that can be taken away. */
interface Part {
  readonly kind: 'step' | 'node' | 'link' | 'address' | 'route' | 'gateway' | 'sysctl' | 'mtu' | 'state'
  readonly node: string
  readonly at: number
  readonly of: string
}

/** differs: whether a lab still shows the difference; it may refuse labs that make no sense. */
export async function shrink(lab: FuzzLab, differs: (lab: FuzzLab) => Promise<boolean>): Promise<FuzzLab> {
  let best = lab
  for (let size = Math.ceil(partsOf(best).length / 2); size >= 1;) {
    const smaller = await withoutSome(best, size, differs)
    if (smaller !== null) best = smaller
    else if (size === 1) break
    else size = Math.floor(size / 2)
    size = Math.max(1, Math.min(size, partsOf(best).length))
    if (partsOf(best).length === 0) break
  }
  return best
}

/** The lab without the first run of `size` parts that is not needed; null: all are. */
async function withoutSome(lab: FuzzLab, size: number, differs: (lab: FuzzLab) => Promise<boolean>): Promise<FuzzLab | null> {
  let best: FuzzLab | null = null
  let current = lab
  for (let at = partsOf(current).length; at > 0;) {
    const parts = partsOf(current)
    const from = Math.max(0, Math.min(at, parts.length) - size)
    const candidate = without(current, parts.slice(from, from + size))
    at = from
    if (await differs(candidate)) best = current = candidate
  }
  return best
}

function partsOf(lab: FuzzLab): Part[] {
  const parts: Part[] = []
  const add = (kind: Part['kind'], node: string, at: number, of = ''): void => { parts.push({ kind, node, at, of }) }
  for (const { name } of lab.nodes) add('node', name, 0)
  for (const [at] of lab.links.entries()) add('link', '', at)
  for (const node of lab.nodes) {
    for (const { name, addresses, mtu, up } of node.interfaces) {
      for (const at of addresses.keys()) add('address', node.name, at, name)
      if (mtu !== null) add('mtu', node.name, 0, name)
      if (!up) add('state', node.name, 0, name)
    }
    if (node.gateway !== null) add('gateway', node.name, 0)
    for (const at of node.routes.keys()) add('route', node.name, at)
    for (const at of node.sysctls.keys()) add('sysctl', node.name, at)
  }
  for (const at of lab.steps.keys()) add('step', '', at)
  return parts
}

function without(lab: FuzzLab, parts: readonly Part[]): FuzzLab {
  const gone = new Set(parts.map(({ kind, node, at, of }) => `${kind} ${node} ${at} ${of}`))
  const stays = (kind: Part['kind'], node: string, at: number, of = ''): boolean => !gone.has(`${kind} ${node} ${at} ${of}`)
  const nodes = lab.nodes.filter(({ name }) => stays('node', name, 0)).map((node): FuzzNode => ({
    ...node,
    interfaces: node.interfaces.map(each => ({
      ...each,
      addresses: each.addresses.filter((_, at) => stays('address', node.name, at, each.name)),
      mtu: stays('mtu', node.name, 0, each.name) ? each.mtu : null,
      up: each.up || !stays('state', node.name, 0, each.name),
    })),
    gateway: stays('gateway', node.name, 0) ? node.gateway : null,
    routes: node.routes.filter((_, at) => stays('route', node.name, at)),
    sysctls: node.sysctls.filter((_, at) => stays('sysctl', node.name, at)),
  }))
  const names = new Set(nodes.map(({ name }) => name))
  const links = lab.links.filter((ends, at) => stays('link', '', at) && ends.every(end => names.has(end.split(':')[0])))
  const left = new Set(links.flat())
  return {
    ...lab,
    nodes: nodes.map(node => ({
      ...node, interfaces: node.interfaces.filter(({ name }) => name === 'lo' || left.has(`${node.name}:${name}`)),
    })),
    links,
    steps: lab.steps.filter(({ on }, at) => stays('step', '', at) && names.has(on)),
  }
}
