import { broadcastOf, inPrefix, isMulticast, networkOf, parseIpv4, parsePrefix } from '../wire/address.ts'
import { CONTAINER_LAB_KEYS, CONTAINER_NODE_KEYS, isIdleCommand, KIND_OF } from './containerlab.ts'
import { assignMacs, compareInterfaces } from './derive.ts'
import { inherit, joined, last, merged, unknownKind, type Layer, type Traced } from './inherit.ts'
import type { InterfaceKind, InterfaceModel, LabModel, NodeModel, Place } from './model.ts'
import { sortIssues, type Path, type Report } from './findings.ts'
import { mapOf, parsed, wordsOf, type NodeDraft } from './draft.ts'
import { resolveLinks } from './resolve-links.ts'
import { resolveChecks, resolveScript } from './resolve-steps.ts'
import type { LabInput, RouteInput } from './schema.ts'
import { nearest } from './suggest.ts'
import { parseInterfaceAddress, parseInterfaceMac, show } from './units.ts'

/**
 * From what a lab file says to what it means: inheritance, shorthand, units, and all rules that need more of the file
 * than one value. The input has passed the schema, less the values that did not and were cut out; so any part may be
 * missing, and what remains is checked all the same: one run of the reader tells everything.
 */

/** Resolves `input`; what is wrong goes to `report`. The model is meant to be used only if report.errors is empty. */
export function resolve(input: Partial<LabInput>, report: Report): LabModel {
  const topology: Partial<LabInput['topology']> = input.topology ?? {}
  const drafts = new Map<string, NodeDraft>()
  for (const name of Object.keys(topology.nodes ?? {})) {
    const path = ['topology', 'nodes', name]
    const { kind, layers } = inherit(topology, name, report)
    drafts.set(name, { name, path, kind, layers, declared: merged(layers, 'interfaces'), ends: new Map() })
  }
  if (topology.nodes && drafts.size === 0 && !report.hasCut(['topology', 'nodes'])) {
    report.error(['topology', 'nodes'], 'a lab needs a node', 'expected such as alice: { kind: host }')
  }
  checkKindSections(topology, report)
  const links = resolveLinks(topology.links ?? [], drafts, report)
  const name = input.name ?? ''
  const nodes = resolveNodes(name, drafts, report)
  const script = resolveScript(input.script ?? [], drafts, links, report)
  const checks = resolveChecks(input.checks ?? [], drafts, report)
  warnContainerKeys(input, report)
  return {
    name, about: input.about?.trim() ?? '', seed: input.seed ?? 1, nodes, links, script,
    checks, warnings: sortIssues(report.warnings), place: report.place([]),
  }
}

function checkKindSections(topology: Partial<LabInput['topology']>, report: Report): void {
  for (const [key, settings] of Object.entries(topology.kinds ?? {})) {
    const path = ['topology', 'kinds', key]
    if (!KIND_OF.has(key)) unknownKind({ value: key, path }, report, 'key')
    if (settings?.kind !== undefined && KIND_OF.get(settings.kind) !== KIND_OF.get(key)) {
      report.error([...path, 'kind'], `the settings of kind ${key} can not name another kind`, `leave it out`)
    }
  }
}

// ---- nodes ----

function resolveNodes(lab: string, drafts: ReadonlyMap<string, NodeDraft>, report: Report): NodeModel[] {
  const given = new Map<string, string>()
  const derived: { node: string, name: string }[] = []
  const plans = new Map<NodeDraft, InterfacePlan[]>()
  for (const draft of drafts.values()) {
    const plan = planInterfaces(draft, report)
    plans.set(draft, plan)
    for (const { name, mac } of plan) {
      if (mac !== null) given.set(`${draft.name}:${name}`, mac)
      else if (name !== 'lo') derived.push({ node: draft.name, name })
    }
  }
  const macs = assignMacs(lab, derived, new Set(given.values()))
  return [...plans].map(([draft, plan]) => {
    const interfaces = plan.map(({ name, kind, addresses, mac, mtu, up, place }) => ({
      name, kind, addresses, mac: mac ?? macs.get(`${draft.name}:${name}`) ?? NO_MAC, mtu, up, place,
    }))
    return resolveNode(draft, interfaces, report)
  })
}

const NO_MAC = '00:00:00:00:00:00'

type InterfacePlan = Omit<InterfaceModel, 'mac'> & { readonly mac: string | null }

function planInterfaces(draft: NodeDraft, report: Report): InterfacePlan[] {
  const names = new Set(['lo', ...draft.ends.keys(), ...draft.declared.keys()])
  return [...names].sort(compareInterfaces).map((name) => planInterface(draft, name, report))
}

function planInterface(draft: NodeDraft, name: string, report: Report): InterfacePlan {
  const declared = draft.declared.get(name)
  const end = draft.ends.get(name)
  const value = declared?.value ?? null
  const path = declared?.path ?? end?.path ?? draft.path
  const settings = value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
  const kind = interfaceKind(draft, name, settings.type, declared, report)
  const list = value === null ? [] : typeof value === 'object' && !Array.isArray(value) ? settings.addresses ?? []
    : value
  const listPath = declared && settings.addresses !== undefined ? [...path, 'addresses'] : path
  const addresses = resolveAddresses(draft, name, list, listPath, report)
  const mac = settings.mac === undefined ? null : parsed(parseInterfaceMac(settings.mac))
  if (name === 'lo' && settings.mac !== undefined) report.error([...path, 'mac'], 'lo has no MAC address',
    'leave it out')
  if (mac !== null && end?.mac && end.mac.value !== mac) {
    report.error(end.mac.path, `${draft.name}:${name} has two MAC addresses`, `its node says ${mac}`)
  }
  return {
    name, kind, addresses, mac: mac ?? end?.mac?.value ?? null, mtu: settings.mtu ?? end?.mtu ?? null,
    up: settings.state !== 'down', place: report.place(path, 'key'),
  }
}

function interfaceKind(draft: NodeDraft, name: string, type: 'dummy' | undefined,
  declared: Traced<unknown> | undefined, report: Report): InterfaceKind {
  const end = draft.ends.get(name)
  if (type === 'dummy' && declared) {
    if (name === 'lo') report.error([...declared.path, 'type'], 'lo is the loopback interface', 'leave type out')
    else if (end) {
      report.error([...declared.path, 'type'], `${draft.name}:${name} is the end of a link, so no dummy`,
        'leave type out')
    }
    return 'dummy'
  }
  if (name === 'lo') return 'loopback'
  if (declared && !end) {
    const meant = nearest(name, draft.ends.keys())
    const free = [...draft.ends.keys()].filter((linked) => !draft.declared.has(linked))
    report.error(declared.path, `no link has the end ${draft.name}:${name}`, meant !== null && free.includes(meant)
      ? `did you mean ${show(meant)}?` : 'add a link, or say { type: dummy }', 'key')
  }
  return 'link'
}

function resolveAddresses(draft: NodeDraft, name: string, list: string | number | readonly (string | number)[],
  path: Path,
  report: Report): string[] {
  const items = (Array.isArray(list) ? list : [list]) as readonly (string | number | undefined)[]
  const addresses: string[] = []
  for (const [i, item] of items.entries()) {
    const itemPath = Array.isArray(list) ? [...path, i] : path
    const address = item === undefined ? null : parsed(parseInterfaceAddress(item))
    if (address === null) continue
    if (draft.kind === 'switch') {
      report.error(itemPath, `${draft.name} is a switch: its ports have no addresses`,
        'use kind: router, or give br0 an address with exec')
    } else if (addresses.includes(address)) {
      report.error(itemPath, `${name} has ${address} already`, 'give each address once')
    }
    warnAddress(address, itemPath, report)
    addresses.push(address)
  }
  return addresses
}

function warnAddress(text: string, path: Path, report: Report): void {
  const prefix = parsePrefix(text)
  if (prefix === null) return
  const { address, length } = prefix
  if (isMulticast(address)) report.warn(path, `${text} is a multicast address`, 'a host does not answer to it')
  else if (length <= 30 && networkOf(address, length) === address) {
    report.warn(path, `${text} is the address of the network itself`, 'a host has one of the addresses after it')
  } else if (length <= 30 && broadcastOf(address, length) === address) {
    report.warn(path, `${text} is the broadcast address of its network`, 'a host has one of the addresses before it')
  }
}

function resolveNode(draft: NodeDraft, interfaces: readonly InterfaceModel[], report: Report): NodeModel {
  const { layers } = draft
  const gateway = last(layers, 'gateway')
  const routes = joined<RouteInput>(layers, 'routes')
  const exec = joined<string>(layers, 'exec')
  if (draft.kind === 'switch') {
    for (const layer3 of [gateway, routes[0]]) {
      if (layer3) report.error(layer3.path, `${draft.name} is a switch: it has no routes`, 'use kind: router')
    }
  } else if (gateway) warnGateway(draft, String(gateway.value), gateway.path, interfaces, exec, report)
  const labels = wordsOf(merged(layers, 'labels'))
  checkContainerCommand(layers, report)
  const sysctls = resolveSysctls(layers, report)
  const placesOf = (values: readonly Traced<unknown>[]): Place[] => values.map(({ path }) => report.place(path))
  return {
    name: draft.name, kind: draft.kind ?? 'host', interfaces, gateway: gateway ? String(gateway.value) : null,
    routes: routes.map((route) => resolveRoute(route, interfaces, report)),
    sysctls: mapOf([...sysctls].map(([key, { value }]) => [key, value])),
    exec: exec.map((line) => line.value.trim()), labels,
    position: resolvePosition(layers, labels, report), place: report.place(draft.path, 'key'),
    places: {
      gateway: gateway ? report.place(gateway.path) : null, routes: placesOf(routes), exec: placesOf(exec),
      sysctls: mapOf([...sysctls].map(([key, { path }]) => [key, report.place(path)])),
    },
  }
}

/** A next hop that no address reaches: Linux refuses the route ("Nexthop has invalid gateway"). */
function warnGateway(draft: NodeDraft, gateway: string, path: Path, interfaces: readonly InterfaceModel[],
  exec: readonly Traced<string>[], report: Report): void {
  const address = parseIpv4(gateway)
  if (address === null || exec.some((line) => /\baddr?/.test(line.value))) return
  const prefixes = interfaces.flatMap((entry) => entry.addresses).map(parsePrefix)
  if (prefixes.some((prefix) => prefix?.address === address)) {
    report.warn(path, `${gateway} is an address of ${draft.name} itself`, 'Linux will refuse the route')
  } else if (!prefixes.some((prefix) => prefix && inPrefix(address, prefix.address, prefix.length))) {
    report.warn(path, `no address of ${draft.name} is in the subnet of ${gateway}`, 'Linux will refuse the route')
  }
}

function resolveRoute(route: Traced<RouteInput>, interfaces: readonly InterfaceModel[], report: Report): string {
  const { value } = route
  if (typeof value === 'string') {
    const words = value.trim().replace(/^(?:sudo\s+)?ip\s+(?:-4\s+)?r(?:o(?:u(?:te?)?)?)?\s+(?:add|a)\s+/, '')
    if (words !== value.trim()) report.error(route.path, 'a route is what follows "ip route add"',
      `did you mean ${show(words)}?`)
    return words
  }
  if (value.to === undefined) return ''
  const to = String(value.to).trim()
  if (to !== 'default' && parsePrefix(to) === null) {
    report.error([...route.path, 'to'], `${show(to)} is not a destination`, 'expected such as 10.0.0.0/8 or default')
  }
  if (value.dev !== undefined && !interfaces.some((entry) => entry.name === value.dev)) {
    const meant = nearest(value.dev, interfaces.map((entry) => entry.name))
    report.error([...route.path, 'dev'], `the node has no interface ${show(value.dev)}`,
      meant === null ? '' : `did you mean ${show(meant)}?`)
  }
  const words: (string | number)[] = []
  if (value.type !== undefined && value.type !== 'unicast') words.push(value.type)
  words.push(to)
  for (const key of ['via', 'dev', 'src', 'metric', 'table', 'scope', 'mtu'] as const) {
    const word = value[key]
    if (word !== undefined) words.push(key, word)
  }
  if (value.onlink) words.push('onlink')
  return words.join(' ')
}

function resolveSysctls(layers: readonly Layer[], report: Report): Map<string, Traced<string>> {
  const all = new Map<string, Traced<string>>()
  for (const [key, { value, path }] of merged<string | number | boolean>(layers, 'sysctls')) {
    if (typeof value === 'boolean') {
      report.error(path, `${value} is not a setting`, `did you mean ${value ? 1 : 0}?`)
      continue
    }
    if (!/^[a-z0-9_-]+(?:[./][a-zA-Z0-9_./@-]+)+$/.test(key)) {
      report.error(path, `${show(key)} is not the name of a setting`, 'expected such as net.ipv4.ip_forward', 'key')
    }
    const dotted = /^[^.]*\//.test(key) ? key.replace(/[./]/g, (sign) => sign === '/' ? '.' : '/') : key
    all.set(dotted, { value: String(value).trim(), path })
  }
  return all
}

function resolvePosition(layers: readonly Layer[], labels: ReadonlyMap<string, string>, report: Report):
  { x: number, y: number } | null {
  const position = last(layers, 'position')
  if (position && typeof position.value === 'object') {
    const { x, y } = position.value
    if (Number.isFinite(x) && Number.isFinite(y)) return { x, y }
    if (x !== undefined && y !== undefined) report.error(position.path, 'a position is two finite numbers')
    return null
  }
  const x = Number(labels.get('graph-posX') ?? NaN)
  const y = Number(labels.get('graph-posY') ?? NaN)
  return Number.isFinite(x) && Number.isFinite(y) ? { x, y } : null
}

// ---- containerlab ----

function checkContainerCommand(layers: readonly Layer[], report: Report): void {
  for (const key of ['cmd', 'entrypoint'] as const) {
    const command = last(layers, key)
    if (command && !isIdleCommand(command.value)) {
      report.error(command.path, `"${key}" starts a program: ${show(command.value)}`,
        'Netarium runs no programs of an image; write network commands in exec')
    }
  }
}

/** Tells of each key that was left out once, at its first place, with how often it stands in the file. */
function warnContainerKeys(input: Partial<LabInput>, report: Report): void {
  const found = new Map<string, { path: Path, what: string, count: number }>()
  const note = (key: string, what: string, path: Path): void => {
    const entry = found.get(key)
    if (entry) entry.count++
    else found.set(key, { path, what, count: 1 })
  }
  for (const [key, what] of Object.entries(CONTAINER_LAB_KEYS)) {
    if (key in input) note(key, what, [key])
  }
  for (const [settings, path] of nodeSettingsOf(input.topology ?? {})) {
    for (const key of Object.keys(settings)) {
      if (Object.hasOwn(CONTAINER_NODE_KEYS, key)) note(key, CONTAINER_NODE_KEYS[key], [...path, key])
      if (key === 'cmd' || key === 'entrypoint') note(key, 'the program of a container', [...path, key])
      if (key === 'position' && typeof settings[key] === 'string') note(key, 'a layer of a drawing', [...path, key])
    }
  }
  for (const [i, link] of (input.topology?.links ?? []).entries()) {
    if (link && 'vars' in link) note('vars', 'variables for templates', ['topology', 'links', i, 'vars'])
    for (const [j, end] of (link?.endpoints ?? []).entries()) {
      const path = ['topology', 'links', i, 'endpoints', j, 'vars']
      if (end && typeof end === 'object' && 'vars' in end) note('vars', 'variables for templates', path)
    }
  }
  for (const [key, { path, what, count }] of found) {
    report.warn(path, `${show(key)} has no meaning here: ${what}`, count === 1 ? 'left out'
      : `left out in ${count} places`, 'key')
  }
}

function* nodeSettingsOf(topology: Partial<LabInput['topology']>): Generator<[Record<string, unknown>, Path]> {
  if (topology.defaults) yield [topology.defaults, ['topology', 'defaults']]
  for (const section of ['kinds', 'groups', 'nodes'] as const) {
    for (const [name, settings] of Object.entries(topology[section] ?? {})) {
      if (settings) yield [settings, ['topology', section, name]]
    }
  }
}
