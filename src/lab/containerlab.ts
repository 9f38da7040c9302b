import { Refusal } from './units.ts'

/**
 * What becomes of containerlab's keys and kinds in a simulation. Each key is decided here by name; none is ignored in
 * silence. A key either means the same (it is part of the schema proper), or is a matter of the container around the
 * node and is left out with a warning, or would change what the node does and is refused with the reason.
 *
 * Source: containerlab's manual, topology definition file and nodes; types/node_definition.go of v0.72 for the list.
 */

/** Node keys about containers, images and management: accepted, left out, and listed in LabModel.warnings. */
export const CONTAINER_NODE_KEYS: Readonly<Record<string, string>> = {
  'image': 'the container image',
  'image-pull-policy': 'when the image is fetched',
  'restart-policy': 'when the container is restarted',
  'auto-remove': 'whether the container is removed',
  'runtime': 'the container runtime',
  'type': 'the variant of a network operating system',
  'license': 'the path of a license',
  'hostname': 'the container\'s own host name',
  'user': 'the user in the container',
  'env': 'environment variables of the container',
  'env-files': 'environment variables of the container',
  'binds': 'files mounted into the container',
  'tmpfs': 'file systems mounted into the container',
  'devices': 'devices of the real host',
  'cap-add': 'capabilities of the container',
  'privileged': 'capabilities of the container',
  'security-opts': 'security options of the container',
  'cgroupns-mode': 'the container\'s cgroup namespace',
  'pid-mode': 'the container\'s process namespace',
  'shm-size': 'shared memory of the container',
  'cpu': 'the container\'s share of the processor',
  'cpu-set': 'the container\'s processors',
  'memory': 'the container\'s memory',
  'ports': 'ports published on the real host',
  'publish': 'ports published to the Internet',
  'mgmt-ipv4': 'an address in the management network',
  'mgmt-ipv6': 'an address in the management network',
  'mgmt_ipv4': 'an address in the management network',
  'mgmt_ipv6': 'an address in the management network',
  'aliases': 'names in the management network',
  'dns': 'name servers of the container',
  'certificate': 'a TLS certificate for management',
  'SANs': 'names in a TLS certificate for management',
  'healthcheck': 'the container\'s health check',
  'credentials': 'the log-in for management',
  'username': 'the log-in for management',
  'password': 'the log-in for management',
  'startup-delay': 'when the container starts',
  'wait-for': 'when the container starts',
  'link-apply-mode': 'how containerlab changes a running lab',
  'sandbox': 'a virtual machine\'s image',
  'kernel': 'a virtual machine\'s kernel',
}

const STARTUP = new Refusal('"startup-config" configures a network operating system',
  'write the same as Linux commands in exec')

/** Node keys that would change what a node does, and that a simulated Linux node can't do. */
export const REFUSED_NODE_KEYS: Readonly<Record<string, Refusal>> = {
  'services': new Refusal('"services" is not modelled yet', 'no server programs run on a node so far'),
  'startup-config': STARTUP,
  'enforce-startup-config': STARTUP,
  'suppress-startup-config': STARTUP,
  'config': new Refusal('"config" is for containerlab\'s config engine', 'write Linux commands in exec'),
  'stages': new Refusal('"stages" is not modelled', 'all nodes start at once; put the commands in exec'),
  'extras': new Refusal('"extras" configures a network operating system', 'Netarium simulates Linux nodes only'),
  'components': new Refusal('"components" configures a chassis', 'Netarium simulates Linux nodes only'),
}

/** Top-level keys of containerlab about the container world: left out with a warning. */
export const CONTAINER_LAB_KEYS: Readonly<Record<string, string>> = {
  prefix: 'the prefix of container names',
  mgmt: 'the management network',
  settings: 'settings of containerlab',
  debug: 'settings of containerlab',
}

/** Link types that containerlab has and Netarium lacks. */
export const REFUSED_LINK_TYPES: Readonly<Record<string, string>> = {
  'mgmt-net': 'there is no management network',
  'macvlan': 'there is no real host to attach to',
  'host': 'there is no real host to attach to',
  'vxlan': 'VXLAN links are not modelled yet',
  'vxlan-stitch': 'VXLAN links are not modelled yet',
  'dummy': 'for a dummy interface write interfaces: { NAME: { type: dummy } } at the node',
}

/** Words that brief endpoints put in place of a node: "host:eth1". */
export const SPECIAL_ENDPOINT_NODES: readonly string[] = ['host', 'mgmt-net', 'macvlan', 'vxlan', 'vxlan-stitch',
  'dummy']

/** Commands that only keep a container alive; any other `cmd` or `entrypoint` would be a program we do not run. */
export function isIdleCommand(command: string): boolean {
  const inner = command.trim().replace(/^(?:\/bin\/)?(?:ba)?sh\s+-c\s+["']?(.*?)["']?$/, '$1')
  return /^(?:sleep\s+(?:infinity|inf|\d+[smhd]?)|tail\s+-f\s+\/dev\/null)$/.test(inner)
    || /^(?:(?:\/usr)?(?:\/bin\/)?(?:ba|a)?sh|top|cat|true)$/.test(inner)
}

/** Kinds of node by the word for them in a lab file. */
export const KIND_OF: ReadonlyMap<string, 'host' | 'router' | 'switch'> = new Map([
  ['host', 'host'], ['linux', 'host'], ['router', 'router'], ['switch', 'switch'], ['bridge', 'switch'],
])

const NOT_LINUX = 'Netarium simulates Linux: host, router or switch'

/** First parts of containerlab's kinds of network operating systems: nokia_srlinux, vr-xrv9k, cisco_iol … */
const VENDORS: ReadonlySet<string> = new Set(('vr nokia arista cisco juniper dell nvidia mikrotik fortinet paloalto '
  + 'huawei aruba ciena arrcus ipinfusion checkpoint keysight spirent 6wind sonic vyosnetworks f5 fdio generic veesix')
  .split(' '))

/** Kinds of network operating systems of one word, and short forms. */
const NETWORK_SYSTEMS: ReadonlySet<string> = new Set(('srl srsim sros ceos crpd cvx xrd freebsd openbsd openwrt rare '
  + 'ostinato border0').split(' '))

/** Why a kind that containerlab knows is not simulated; null if the word is no such kind. */
export function refusedKind(kind: string): Refusal | null {
  if (kind === 'l3switch') return new Refusal('kind l3switch is not modelled yet', 'use a router and a switch')
  if (kind === 'ovs-bridge') {
    return new Refusal('kind ovs-bridge is not modelled',
      'Netarium has no Open vSwitch; kind: switch is a Linux bridge')
  }
  if (kind === 'k8s-kind') return new Refusal('kind k8s-kind is not modelled', 'there are no Kubernetes clusters here')
  if (kind === 'ext-container') return new Refusal('kind ext-container is not modelled', 'there are no containers here')
  const vendor = kind.split(/[-_]/)[0]
  if (NETWORK_SYSTEMS.has(kind) || kind !== vendor && VENDORS.has(vendor)) {
    return new Refusal(`kind ${kind} is not Linux`, NOT_LINUX)
  }
  return null
}
