import { EACCES, EINVAL, ENOENT, ENOTDIR } from '../base/errno.ts'
import { Bridge } from '../device/bridge/bridge.ts'
import { type DeviceCounters, IF_OPER_DOWN, type NetDevice } from '../device/net-device.ts'
import { VlanDriver } from '../device/vlan.ts'
import { type LinkMessage, RTM_GETLINK, RTM_NEWLINK, RTM_SETLINK } from '../netlink/messages.ts'
import { formatMac } from '../wire/address.ts'
import type { Mount } from './files.ts'
import type { HostNamespace } from './host-namespace.ts'

/**
 * /sys/class/net of a network namespace (Linux net/core/net-sysfs.c): a directory for each device. Those that can be
 * written go through netlink, as everything does that configures.
 */
export class SysClassNet implements Mount {
  constructor(private readonly namespace: HostNamespace) {}

  read(path: string): string | number {
    const found = this.find(path)
    if (typeof found === 'number') return found
    const { device, file } = found
    if (file.startsWith('statistics/')) {
      const counter = STATISTICS.get(file.slice('statistics/'.length))
      return counter === undefined ? -ENOENT : `${counter(device.counters)}\n`
    }
    const value = ATTRIBUTES.get(file)?.(device, this.link(device)) ?? -ENOENT
    if (typeof value === 'number') return value
    return file === 'ifalias' && value === '' ? '' : `${value}\n`
  }

  write(path: string, text: string): number {
    const found = this.find(path)
    if (typeof found === 'number') return found
    const change = WRITABLE.get(found.file)
    if (change === undefined) return ATTRIBUTES.has(found.file) ? -EACCES : -ENOENT
    const message = change(text.trim())
    if (message === null) return -EINVAL
    return this.namespace.netlink.request({ type: RTM_SETLINK, index: found.device.ifindex, ...message }).error
  }

  list(path: string): readonly string[] | number {
    const { devices } = this.namespace.ns
    if (path === '') return devices.map(({ name }) => name).sort()
    const [name, ...rest] = path.split('/')
    if (this.namespace.ns.deviceByName(name) === null) return -ENOENT
    if (rest.length === 0) return [...ATTRIBUTES.keys(), 'statistics'].sort()
    if (rest[0] === 'statistics') return rest.length === 1 ? [...STATISTICS.keys()] : -ENOTDIR
    return ATTRIBUTES.has(rest[0]) ? -ENOTDIR : -ENOENT
  }

  /** The device and the file in its directory, or -errno. */
  private find(path: string): { readonly device: NetDevice, readonly file: string } | number {
    const slash = path.indexOf('/')
    const device = this.namespace.ns.deviceByName(slash < 0 ? path : path.slice(0, slash))
    if (device === null || slash < 0) return -ENOENT
    const file = path.slice(slash + 1)
    return !ATTRIBUTES.has(file) && ATTRIBUTES.has(file.split('/')[0]) ? -ENOTDIR : { device, file }
  }

  private link(device: NetDevice): LinkMessage {
    const [link] = this.namespace.netlink.request({ type: RTM_GETLINK, index: device.ifindex }).messages
    return link?.type === RTM_NEWLINK ? link : { type: RTM_NEWLINK }
  }
}

type Attribute = (device: NetDevice, link: LinkMessage) => string | number

const hex = (value: number): string => `0x${value.toString(16)}`
/** What only a device that is up can tell. */
const whenUp = (value: string): Attribute => (device) => device.up ? value : -EINVAL

const OPERSTATES = ['unknown', 'notpresent', 'down', 'lowerlayerdown', 'testing', 'dormant', 'up']

/** Values that the kernel would print in hex or decimal, without the newline; or -errno. */
const ATTRIBUTES: ReadonlyMap<string, Attribute> = new Map<string, Attribute>([
  ['addr_len', () => '6'],
  ['address', (device) => formatMac(device.mac)],
  ['broadcast', (device) => formatMac(device.broadcastMac)],
  ['carrier', (device) => device.up ? device.carrier ? '1' : '0' : -EINVAL],
  ['carrier_changes', (device) => String(device.carrierChanges)],
  // A device begins with its carrier, so its first change takes it away.
  ['carrier_down_count', (device) => String(Math.ceil(device.carrierChanges / 2))],
  ['carrier_up_count', (device) => String(Math.floor(device.carrierChanges / 2))],
  ['dev_id', () => '0x0'],
  ['dev_port', () => '0'],
  ['dormant', whenUp('0')],
  ['duplex', (device) => speedOf(device) === null ? -EINVAL : device.driver instanceof Bridge ? 'unknown' : 'full'],
  ['flags', (device) => hex(device.flags)],
  ['ifalias', (device) => device.alias],
  ['ifindex', (device) => String(device.ifindex)],
  ['iflink', (device, link) => String(link.link ?? device.ifindex)],
  ['link_mode', () => '0'],
  ['mtu', (device) => String(device.mtu)],
  ['netdev_group', (device) => String(device.group)],
  ['operstate', (device, link) => OPERSTATES[device.up ? link.operstate ?? 0 : IF_OPER_DOWN]],
  ['proto_down', () => '0'],
  ['speed', (device) => {
    const speed = speedOf(device)
    return speed === null ? -EINVAL : String(speed)
  }],
  ['testing', whenUp('0')],
  ['tx_queue_len', (device) => String(device.transmitQueueLength)],
  ['type', (device) => String(device.hardwareType)],
  ['uevent', (device) => `${DEVTYPES.has(device.driver.kind) ? `DEVTYPE=${device.driver.kind}\n` : ''}` +
    `INTERFACE=${device.name}\nIFINDEX=${device.ifindex}`],
])

/**
 * What the device says of its speed in Mbit/s, -1 when it does not know, or null when it says nothing: a veth 10000,
 * whatever the cable's rate; a bridge the most of its running ports (br_get_link_ksettings).
 */
function speedOf(device: NetDevice): number | null {
  const { driver } = device
  if (!device.up) return null
  if (driver instanceof Bridge) {
    return Math.max(-1, ...driver.ports.map((port) => port.device.running ? speedOf(port.device) ?? -1 : -1))
  }
  if (driver instanceof VlanDriver) return speedOf(driver.lower)
  return driver.kind === 'veth' ? VETH_SPEED : null
}

const VETH_SPEED = 10000

/** Kinds that say so in their uevent (SET_NETDEV_DEVTYPE). */
const DEVTYPES = new Set(['bridge', 'vlan'])

const NONE = (): number => 0
const STATISTICS: ReadonlyMap<string, (counters: DeviceCounters) => number> = new Map([
  ['collisions', NONE], ['multicast', (c: DeviceCounters) => c.multicast], ['rx_bytes', (c) => c.rxBytes],
  ['rx_compressed', NONE], ['rx_crc_errors', (c) => c.rxCrcErrors], ['rx_dropped', (c) => c.rxDropped],
  ['rx_errors', (c) => c.rxErrors], ['rx_fifo_errors', NONE], ['rx_frame_errors', NONE],
  ['rx_length_errors', (c) => c.rxLengthErrors], ['rx_missed_errors', NONE], ['rx_nohandler', (c) => c.rxNoHandler],
  ['rx_over_errors', NONE], ['rx_packets', (c) => c.rxPackets], ['tx_aborted_errors', NONE],
  ['tx_bytes', (c) => c.txBytes], ['tx_carrier_errors', (c) => c.txCarrierErrors], ['tx_compressed', NONE],
  ['tx_dropped', (c) => c.txDropped], ['tx_errors', (c) => c.txErrors], ['tx_fifo_errors', NONE],
  ['tx_heartbeat_errors', NONE], ['tx_packets', (c) => c.txPackets], ['tx_window_errors', NONE],
])

/** kstrtoul(text, 0): decimal, 0x hex or 0 octal. */
function number(text: string): number | null {
  if (/^0[0-7]+$/.test(text)) return parseInt(text, 8)
  return /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text) && Number(text) <= 0x7fffffff ? Number(text) : null
}

function numeric(make: (value: number) => Partial<LinkMessage>): (text: string) => Partial<LinkMessage> | null {
  return (text) => {
    const value = number(text)
    return value === null ? null : make(value)
  }
}

const WRITABLE: ReadonlyMap<string, (text: string) => Partial<LinkMessage> | null> = new Map([
  ['flags', numeric((flags) => ({ flags, change: 0xffffffff }))],
  ['ifalias', (alias: string) => ({ alias })],
  ['mtu', numeric((mtu) => ({ mtu }))],
  ['netdev_group', numeric((group) => ({ group }))],
  ['tx_queue_len', numeric((txqlen) => ({ txqlen }))],
])
