/** A lab as the fuzzer makes and shrinks it: less than a LabModel, and easy to take apart. */
import type { LabModel } from '../../../src/lab/model.ts'
import { parseLabBytes } from '../../../src/lab/parse-yaml.ts'

export interface FuzzInterface {
  readonly name: string
  readonly addresses: readonly string[]
  readonly mtu: number | null
  readonly up: boolean
}

export interface FuzzNode {
  readonly name: string
  readonly kind: 'host' | 'router' | 'switch'
  readonly interfaces: readonly FuzzInterface[]
  readonly gateway: string | null
  readonly routes: readonly string[]
  readonly sysctls: readonly (readonly [string, string])[]
}

export interface FuzzStep {
  readonly atMs: number
  readonly on: string
  readonly run: string
}

export interface FuzzLab {
  readonly name: string
  readonly about: string
  readonly nodes: readonly FuzzNode[]
  /** Each two ends, `node:dev`. */
  readonly links: readonly (readonly [string, string])[]
  readonly steps: readonly FuzzStep[]
}

/** Returns the lab as a lab file, which `netarium kernel` takes. */
export function labText(lab: FuzzLab): string {
  const nodes = lab.nodes.map(node => `    ${node.name}: ${nodeText(node)}`)
  const links = lab.links.map(ends => `    - endpoints: ${JSON.stringify(ends)}`)
  const steps = lab.steps.map(({ atMs, on, run }) => `  - { at: ${atMs}ms, on: ${on}, run: ${JSON.stringify(run)} }`)
  return [
    `name: ${lab.name}`, `about: ${JSON.stringify(lab.about)}`, 'seed: 1', 'topology:', '  nodes:', ...nodes,
    ...(links.length === 0 ? [] : ['  links:', ...links]), ...(steps.length === 0 ? [] : ['script:', ...steps]), '',
  ].join('\n')
}

function nodeText({ kind, interfaces, gateway, routes, sysctls }: FuzzNode): string {
  const parts = [`kind: ${kind}`]
  const told = interfaces.filter(({ addresses, mtu, up }) => addresses.length > 0 || mtu !== null || !up)
  if (told.length > 0) parts.push(`interfaces: { ${told.map(interfaceText).join(', ')} }`)
  if (gateway !== null) parts.push(`gateway: ${gateway}`)
  if (routes.length > 0) parts.push(`routes: ${JSON.stringify(routes)}`)
  if (sysctls.length > 0) parts.push(`sysctls: ${JSON.stringify(Object.fromEntries(sysctls))}`)
  return `{ ${parts.join(', ')} }`
}

function interfaceText({ name, addresses, mtu, up }: FuzzInterface): string {
  const parts: string[] = []
  if (addresses.length > 0) parts.push(`addresses: ${JSON.stringify(addresses)}`)
  if (mtu !== null) parts.push(`mtu: ${mtu}`)
  if (!up) parts.push('state: down')
  return `${name}: { ${parts.join(', ')} }`
}

/** Reads the lab as the product would. Throws LabError when shrinking left nothing that makes sense. */
export function modelOf(lab: FuzzLab): LabModel {
  return parseLabBytes(new TextEncoder().encode(labText(lab)), `${lab.name}.yaml`)
}

/** The lab's interfaces of a node, by its links: also those without settings. */
export function interfacesOf(lab: FuzzLab, node: string): string[] {
  return lab.links.flat().filter(end => end.startsWith(`${node}:`)).map(end => end.slice(node.length + 1))
}
