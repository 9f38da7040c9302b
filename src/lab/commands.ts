import type { InterfaceModel, LabModel, NodeModel } from './model.ts'
import { compareNames } from './derive.ts'

/**
 * A node as Linux commands: what `netarium export --commands` prints, what the running side runs on a simulated host
 * and the kernel twin in a network namespace. There is no other way from a lab file into a host's configuration.
 *
 * Before them, the machine has lo and one end of each of its links, down, with Linux's own settings. The order:
 *
 *     forwarding of a router, sysctls        so that they hold before the first packet
 *     devices, MAC and MTU, addresses        in the order of their names
 *     the bridge of a switch, with its ports
 *     sysctls of devices made by these       they did not exist before
 *     up                                     connected routes appear
 *     the default route, then the others
 *     exec                                   as the file has them
 */

/** The bridge that a switch is. */
export const BRIDGE = 'br0'

/** Commands that set up `node`, in the order in which they are to be run; `exec` lines are last and as written. */
export function commandsOf(node: NodeModel): string[] {
  return [...setupCommandsOf(node), ...node.exec]
}

/** The commands that stand for the shorthand of a lab file: commandsOf() without the exec lines. */
export function setupCommandsOf(node: NodeModel): string[] {
  const commands: string[] = []
  if (node.kind === 'router') commands.push('sysctl -w net.ipv4.ip_forward=1')
  const made = node.interfaces.filter((entry) => entry.kind === 'dummy').map((entry) => entry.name)
  if (node.kind === 'switch') made.push(BRIDGE)
  const isOfMade = ([key]: readonly [string, string]): boolean => made.some((name) =>
    key.includes(`.${name.replaceAll('.', '/')}.`))
  const settings = [...node.sysctls]
  commands.push(...settings.filter((setting) => !isOfMade(setting)).map(sysctlCommand))
  for (const entry of node.interfaces) commands.push(...deviceCommands(entry))
  if (node.kind === 'switch') commands.push(...bridgeCommands(node))
  commands.push(...settings.filter(isOfMade).map(sysctlCommand))
  for (const entry of node.interfaces) if (entry.up) commands.push(`ip link set dev ${entry.name} up`)
  if (node.kind === 'switch') commands.push(`ip link set dev ${BRIDGE} up`)
  if (node.gateway !== null) commands.push(`ip route add default via ${node.gateway}`)
  for (const route of node.routes) commands.push(`ip route add ${route}`)
  return commands
}

function sysctlCommand([key, value]: readonly [string, string]): string {
  return `sysctl -w ${shellWord(`${key}=${value}`)}`
}

function deviceCommands(entry: InterfaceModel): string[] {
  const { name } = entry
  const commands: string[] = []
  if (entry.kind === 'dummy') commands.push(`ip link add name ${name} type dummy`)
  if (entry.kind !== 'loopback') commands.push(`ip link set dev ${name} address ${entry.mac}`)
  if (entry.mtu !== null) commands.push(`ip link set dev ${name} mtu ${entry.mtu}`)
  for (const address of entry.addresses) commands.push(`ip address add ${address} dev ${name}`)
  return commands
}

function bridgeCommands(node: NodeModel): string[] {
  const ports = node.interfaces.filter((entry) => entry.kind === 'link')
  return [`ip link add name ${BRIDGE} type bridge`, ...ports.map((port) =>
    `ip link set dev ${port.name} master ${BRIDGE}`)]
}

/** `text` as one word of a POSIX shell. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * The whole lab as text: the commands of each node under its name, nodes in the order of their names, after the links
 * as comments.
 */
export function formatCommands(lab: LabModel): string {
  const lines = [`# ${lab.name}`]
  for (const link of lab.links) {
    const [a, b] = link.endpoints
    lines.push(`# link ${a.node}:${a.interface} -- ${b.node}:${b.interface}`)
  }
  for (const node of [...lab.nodes].sort((a, b) => compareNames(a.name, b.name))) {
    lines.push('', `# ${node.kind} ${node.name}`, ...commandsOf(node))
  }
  return `${lines.join('\n')}\n`
}
