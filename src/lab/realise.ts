import { strerror } from '../base/errno.ts'
import { IFF_UP } from '../device/net-device.ts'
import type { ProgramRegistry } from '../host/host.ts'
import { sysctlPath, writeSysctl } from '../inet/sysctl.ts'
import {
  AF_INET, NLM_F_CREATE, NLM_F_EXCL, type NetlinkMessage, RTM_NEWADDR, RTM_NEWLINK, RTM_NEWROUTE,
} from '../netlink/messages.ts'
import { Netlink } from '../netlink/netlink.ts'
import { parseIpv4, parseMac, parsePrefix, isLoopback } from '../wire/address.ts'
import { RT_SCOPE_HOST, RT_SCOPE_UNIVERSE, RT_TABLE_MAIN, RTN_UNICAST, RTPROT_BOOT } from '../inet/route/constants.ts'
import { commandOf, settingsOf, type Setting } from './commands.ts'
import { LabError } from './errors.ts'
import type { LabIssue, LabModel, Place } from './model.ts'
import { Network, type NetworkNode } from './network.ts'

/**
 * Starts a lab: the machines of network.ts, then what the file says of them, at virtual time 0.
 *
 * - Shorthand first, node by node in the order of their numbers. Most of it is said to netlink directly, in the very
 *   requests that `ip` would make of the commands in commands.ts (realise.test.ts holds them together); so ten
 *   thousand hosts start in seconds. Routes that are written out as text go through `ip` itself.
 * - Then the exec lines, on node after node, each when the one before has ended. One that takes its time moves the
 *   clock; the script begins after the last.
 *
 * What the machine refuses is an error of the lab file, with the place and the machine's own words. containerlab would
 * log it and go on.
 */

/** Virtual time after which an exec line that has not ended is one that never will. */
export const EXEC_LINE_LIMIT_NS = 600e9

export interface RealiseOptions {
  /** Instead of the lab's own. */
  readonly seed?: number
  readonly programs: ProgramRegistry
  /** Whether the journal keeps records for captures, besides hashing them. */
  readonly keeping?: boolean
  readonly tracing?: boolean
  /** Runs the command of every setting, as a person would type it, instead of asking netlink; slow. Default false. */
  readonly byCommands?: boolean
}

/** Builds and starts a lab. Throws LabError with everything that was refused. */
export async function realise(model: LabModel, options: RealiseOptions): Promise<Network> {
  const network = new Network(model, options.seed ?? model.seed, options.programs)
  const { journal } = network.simulation
  journal.recording = true
  journal.keeping = options.keeping ?? false
  journal.tracing = options.tracing ?? false
  const issues: LabIssue[] = []
  for (const node of network.nodes) await configure(node, options.byCommands ?? false, issues)
  for (const node of network.nodes) await runExecLines(node, issues)
  if (issues.length > 0) throw new LabError(issues)
  return network
}

async function configure(node: NetworkNode, byCommands: boolean, issues: LabIssue[]): Promise<void> {
  const netlink = new Netlink(node.namespace.stack) // one of its own, let go afterwards: see HostNamespace.netlink
  for (const setting of settingsOf(node.model)) {
    const refusal = byCommands ? await runCommand(node, setting) : await carryOut(node, netlink, setting)
    if (refusal !== '') issues.push(refused(setting.place, node, commandOf(setting), refusal))
  }
}

/** Does one setting; returns what the machine said against it, '' if nothing. */
async function carryOut(node: NetworkNode, netlink: Netlink, setting: Setting): Promise<string> {
  if (setting.does === 'sysctl') {
    const error = writeSysctl(node.namespace.ns, sysctlPath(setting.key), setting.value)
    return error === 0 ? '' : strerror(error)
  }
  const message = requestOf(node, setting)
  if (message === null) return runCommand(node, setting)
  const { error, extack } = netlink.request(message)
  return error === 0 ? '' : extack === '' ? strerror(error) : extack
}

async function runCommand(node: NetworkNode, setting: Setting): Promise<string> {
  const { status, stderr } = await node.host.exec(commandOf(setting))
  return status === 0 ? '' : oneLine(stderr, status)
}

/** The netlink request that `ip` makes of a setting's command; null where `ip` itself is to read the words. */
export function requestOf(node: NetworkNode, setting: Setting): NetlinkMessage | null {
  const { ns } = node.namespace
  const indexOf = (dev: string): number => ns.deviceByName(dev)?.ifindex ?? 0
  switch (setting.does) {
    case 'add': {
      const nlFlags = NLM_F_CREATE | NLM_F_EXCL
      return { type: RTM_NEWLINK, nlFlags, ifname: setting.dev, linkInfo: { kind: setting.type } }
    }
    case 'mac': return { type: RTM_NEWLINK, index: indexOf(setting.dev), address: parseMac(setting.mac) ?? 0 }
    case 'mtu': return { type: RTM_NEWLINK, index: indexOf(setting.dev), mtu: setting.mtu }
    case 'master': return { type: RTM_NEWLINK, index: indexOf(setting.dev), master: indexOf(setting.master) }
    case 'up': return { type: RTM_NEWLINK, index: indexOf(setting.dev), flags: IFF_UP, change: IFF_UP }
    case 'address': return addressRequest(indexOf(setting.dev), setting.address)
    case 'gateway': return {
      type: RTM_NEWROUTE, nlFlags: NLM_F_CREATE | NLM_F_EXCL, family: AF_INET, table: RT_TABLE_MAIN,
      protocol: RTPROT_BOOT, scope: RT_SCOPE_UNIVERSE, routeType: RTN_UNICAST, destinationLength: 0,
      gateway: parseIpv4(setting.via) ?? 0,
    }
    default: return null
  }
}

function addressRequest(index: number, text: string): NetlinkMessage | null {
  const prefix = parsePrefix(text)
  if (prefix === null) return null
  const { address, length } = prefix
  return {
    type: RTM_NEWADDR, nlFlags: NLM_F_CREATE | NLM_F_EXCL, family: AF_INET, index, prefixLength: length,
    local: address, address, scope: isLoopback(address) ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE,
  }
}

/** Runs a node's exec lines up to the first that fails. */
async function runExecLines(node: NetworkNode, issues: LabIssue[]): Promise<void> {
  const { exec, places } = node.model
  for (const [i, line] of exec.entries()) {
    const limitNs = node.host.simulation.nowNs + EXEC_LINE_LIMIT_NS
    const { status, stderr, end } = await node.host.exec(line, { limitNs })
    if (status === 0 && end === 'done') continue
    const why = end === 'done' ? oneLine(stderr, status) : 'it does not end'
    issues.push(refused(places.exec[i] ?? node.model.place, node, line, why))
    return
  }
}

/** The output of a failed command as a clause. */
function oneLine(stderr: string, status: number): string {
  const lines = stderr.split('\n').map((line) => line.trim()).filter((line) => line !== '')
  return lines.length === 0 ? `exit status ${status}` : lines.join(' / ')
}

function refused(place: Place, node: NetworkNode, command: string, why: string): LabIssue {
  return { ...place, path: `topology.nodes.${node.model.name}`, message: `"${command}" failed`, hint: why }
}
