import {
  ARPHRD_LOOPBACK, IFF_ALLMULTI, IFF_BROADCAST, IFF_LOOPBACK, IFF_MULTICAST, IFF_NOARP, IFF_POINTOPOINT, IFF_PROMISC,
  IFF_UP,
} from '../../device/net-device.ts'
import type { HostNamespace } from '../../host/host-namespace.ts'
import {
  AF_INET, type AddressMessage, IFF_DYNAMIC, IFF_MASTER, IFF_RUNNING, IFF_SLAVE, type LinkMessage, NLM_F_DUMP,
  RTM_GETADDR, RTM_GETLINK, RTM_NEWADDR, RTM_NEWLINK,
} from '../../netlink/messages.ts'
import { formatIpv4, formatMac, maskOf } from '../../wire/address.ts'

/**
 * Interfaces as net-tools see them (lib/interface.c): devices, and besides them each label of an address that is not
 * its device's name ("eth1:1"), with the device's flags and no counters of its own.
 */
export interface Interface {
  readonly name: string
  readonly link: LinkMessage
  /** The first address with this label. */
  readonly address: AddressMessage | null
  readonly alias: boolean
}

/** All interfaces, in natural order of their names (nstrcmp). */
export function interfaces(namespace: HostNamespace): Interface[] {
  const links = linksOf(namespace)
  const addresses = addressesOf(namespace)
  const found = links.map((link) => describe(link, addresses, link.ifname ?? ''))
  for (const { label = '', index } of addresses) {
    const link = links.find((each) => each.index === index)
    if (link === undefined || label === link.ifname || found.some(({ name }) => name === label)) continue
    found.push(describe(link, addresses, label))
  }
  return found.sort((a, b) => compareNames(a.name, b.name))
}

/** One of them: the kernel looks at what stands before the colon. Null when there is no such device. */
export function interfaceByName(namespace: HostNamespace, name: string): Interface | null {
  const link = linksOf(namespace).find(({ ifname }) => ifname === deviceOf(name))
  return link === undefined ? null : describe(link, addressesOf(namespace), name)
}

/** The device of "eth1:1". */
export function deviceOf(name: string): string {
  return name.split(':')[0]
}

function linksOf({ netlink }: HostNamespace): LinkMessage[] {
  return netlink.request({ type: RTM_GETLINK, nlFlags: NLM_F_DUMP }).messages
    .filter((message): message is LinkMessage => message.type === RTM_NEWLINK)
}

function addressesOf({ netlink }: HostNamespace): AddressMessage[] {
  return netlink.request({ type: RTM_GETADDR, nlFlags: NLM_F_DUMP, family: AF_INET }).messages
    .filter((message): message is AddressMessage => message.type === RTM_NEWADDR)
}

function describe(link: LinkMessage, addresses: readonly AddressMessage[], name: string): Interface {
  const own = addresses.filter(({ index, label }) => index === link.index && label === name)
  return { name, link, address: own.length === 0 ? null : { ...own[0], ...asked(own) }, alias: name.includes(':') }
}

/** Numbers in names by their value. */
function compareNames(a: string, b: string): number {
  const split = (text: string): string[] => text.split(/(\d+)/)
  const [left, right] = [split(a), split(b)]
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    if (left[i] === right[i]) continue
    if (i % 2 === 1) return Number(left[i]) - Number(right[i])
    return left[i] < right[i] ? -1 : 1
  }
  return left.length - right.length
}

/** IFF_* in the order in which ifconfig names them. */
const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [IFF_UP, 'UP'], [IFF_BROADCAST, 'BROADCAST'], [0x4, 'DEBUG'], [IFF_LOOPBACK, 'LOOPBACK'],
  [IFF_POINTOPOINT, 'POINTOPOINT'], [0x20, 'NOTRAILERS'], [IFF_RUNNING, 'RUNNING'], [IFF_NOARP, 'NOARP'],
  [IFF_PROMISC, 'PROMISC'], [IFF_ALLMULTI, 'ALLMULTI'], [IFF_SLAVE, 'SLAVE'], [IFF_MASTER, 'MASTER'],
  [IFF_MULTICAST, 'MULTICAST'], [IFF_DYNAMIC, 'DYNAMIC'],
]
/** The same in a letter each, in the order of the tables. */
const FLAG_LETTERS: readonly (readonly [number, string])[] = [
  [IFF_ALLMULTI, 'A'], [IFF_BROADCAST, 'B'], [0x4, 'D'], [IFF_LOOPBACK, 'L'], [IFF_MULTICAST, 'M'], [IFF_DYNAMIC, 'd'],
  [IFF_PROMISC, 'P'], [0x20, 'N'], [IFF_NOARP, 'O'], [IFF_POINTOPOINT, 'P'], [IFF_SLAVE, 's'], [IFF_MASTER, 'm'],
  [IFF_RUNNING, 'R'], [IFF_UP, 'U'],
]

/**
 * Broadcast and mask as if_fetch() gets them: each ioctl takes the answer of the one before for the address that is meant,
 * and what has no such address is the first's (devinet_ioctl).
 */
function asked(own: readonly AddressMessage[]): Pick<AddressMessage, 'broadcast' | 'prefixLength'> {
  const meant = (local: number | undefined): AddressMessage => own.find(each => each.local === local) ?? own[0]
  const { broadcast } = meant(meant(own[0].local).address)
  return { broadcast, prefixLength: meant(broadcast).prefixLength }
}

/** The flags that fit into ifr_flags. */
export function flagsOf({ link }: Interface): number {
  return (link.flags ?? 0) & 0xffff
}

/** What `ifconfig eth1` prints, and a blank line (ife_print_long). */
export function longText(each: Interface): string {
  const { name, link, address, alias } = each
  const flags = flagsOf(each)
  const names = FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0).map(([, word]) => word)
  let text = `${name}: flags=${flags << 16 >> 16}<${names.join(',')}>  mtu ${link.mtu}\n`
  if (address !== null) {
    text += `        inet ${formatIpv4(address.local ?? 0)}  netmask ${formatIpv4(maskOf(address.prefixLength ?? 0))}`
    if ((flags & IFF_BROADCAST) !== 0) text += `  broadcast ${formatIpv4(address.broadcast ?? 0)}`
    text += '\n'
  }
  text += link.hardwareType === ARPHRD_LOOPBACK ? `        loop  txqueuelen ${link.txqlen}  (Local Loopback)\n`
    : `        ether ${formatMac(link.address ?? 0)}  txqueuelen ${link.txqlen}  (Ethernet)\n`
  if (!alias) text += countersText(link)
  return `${text}\n`
}

function countersText({ stats }: LinkMessage): string {
  if (stats === undefined) return ''
  return `        RX packets ${stats.rxPackets}  bytes ${stats.rxBytes} (${humanBytes(stats.rxBytes)})\n` +
    `        RX errors ${stats.rxErrors}  dropped ${stats.rxDropped}  overruns 0  ` +
    `frame ${stats.rxLengthErrors + stats.rxCrcErrors}\n` +
    `        TX packets ${stats.txPackets}  bytes ${stats.txBytes} (${humanBytes(stats.txBytes)})\n` +
    `        TX errors ${stats.txErrors}  dropped ${stats.txDropped} overruns 0  carrier ${stats.txCarrierErrors}  ` +
    'collisions 0\n'
}

const UNITS: readonly (readonly [number, string])[] = [
  [1125899906842624, 'PiB'], [1099511627776, 'TiB'], [1073741824, 'GiB'], [1048576, 'MiB'], [1024, 'KiB'], [0, 'B'],
]

/** One digit behind the point, cut off. */
function humanBytes(bytes: number): string {
  const [unit, word] = UNITS.find(([least]) => bytes > least) ?? [0, 'B']
  const tenths = Math.floor((bytes * 10) / Math.max(1, unit))
  return `${Math.floor(tenths / 10)}.${tenths % 10} ${word}`
}

/** A line of the table of `netstat -i` and `ifconfig -s` (ife_print_short). */
export function shortText(each: Interface): string {
  const { name, link, alias } = each
  const letters = FLAG_LETTERS.filter(([flag]) => (flagsOf(each) & flag) !== 0).map(([, letter]) => letter).join('')
  const head = `${name.slice(0, 15).padEnd(15)} ${String(link.mtu).padStart(5)} `
  if (alias || link.stats === undefined) return `${head}${'     - no statistics available -'.padEnd(56)}${letters}\n`
  const { stats } = link
  const right = (value: number, width: number): string => String(value).padStart(width)
  return `${head}${right(stats.rxPackets, 8)} ${right(stats.rxErrors, 6)} ${right(stats.rxDropped, 6)} ` +
    `${'0'.padEnd(6)} ${right(stats.txPackets, 8)} ${right(stats.txErrors, 6)} ` +
    `${right(stats.txDropped, 6)} ${right(0, 6)} ${letters}\n`
}
