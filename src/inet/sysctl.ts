import { EINVAL, EISDIR, ENOENT, EOPNOTSUPP, EPERM } from '../base/errno.ts'
import type { NetDevice } from '../device/net-device.ts'
import { NS_PER_MS, NS_PER_S } from '../engine/clock.ts'
import { type DeviceConf, type NamespaceConf, withSetting } from './config.ts'
import { inDeviceOf, type NeighborLimits, type NeighborParams } from './in-device.ts'
import type { NetNamespace } from './net-namespace.ts'

/**
 * The files below /proc/sys/net/ that exist here: net.ipv4.*, net.ipv4.conf.DEV.*, net.ipv4.neigh.DEV.*,
 * net.ipv4.route.* and net.ipv4.icmp_*, with Linux's ranges and effects (Linux net/ipv4/sysctl_net_ipv4.c, devinet.c
 * devinet_conf_proc, neighbour.c neigh_sysctl_table; Documentation/networking/ip-sysctl.rst).
 *
 * Keys are path names below /proc/sys with `/` between the parts, since a device's name may have dots; `sysctl`'s
 * dotted spelling is turned into it by `sysctlPath`.
 */
interface Setting {
  readonly name: string
  readonly read: (ns: NetNamespace) => string
  /** Returns 0 or -errno. */
  readonly write: (ns: NetNamespace, text: string) => number
}

const INT_MAX = 2147483647
const INT_MIN = -0x80000000
/** Linux's HZ on Debian: some files count in jiffies of it. */
const HZ = 250
/** What a file in seconds may say (proc_dointvec_jiffies). */
const INT_MAX_SECONDS = Math.floor(INT_MAX / HZ)

const NAMESPACE_SETTINGS: readonly (readonly [string, keyof NamespaceConf, number, number])[] = [
  ['fib_multipath_hash_fields', 'fibMultipathHashFields', 0, 4095],
  ['fib_multipath_hash_seed', 'fibMultipathHashSeed', 0, 0xffffffff],
  ['fib_multipath_hash_policy', 'fibMultipathHashPolicy', 0, 3],
  ['fib_multipath_use_neigh', 'fibMultipathUseNeigh', 0, 1],
  ['fwmark_reflect', 'fwmarkReflect', 0, 255],
  ['icmp_echo_enable_probe', 'icmpEchoEnableProbe', 0, 1],
  ['icmp_echo_ignore_all', 'icmpEchoIgnoreAll', 0, 1],
  ['icmp_echo_ignore_broadcasts', 'icmpEchoIgnoreBroadcasts', 0, 1],
  ['icmp_errors_use_inbound_ifaddr', 'icmpErrorsUseInboundIfaddr', 0, 1],
  ['icmp_ignore_bogus_error_responses', 'icmpIgnoreBogusErrorResponses', 0, 1],
  ['icmp_msgs_burst', 'icmpMsgsBurst', 0, INT_MAX],
  ['icmp_msgs_per_sec', 'icmpMsgsPerSec', 0, INT_MAX],
  ['icmp_ratemask', 'icmpRatemask', INT_MIN, INT_MAX],
  ['igmp_max_memberships', 'igmpMaxMemberships', INT_MIN, INT_MAX],
  ['ip_default_ttl', 'ipDefaultTtl', 1, 255],
  ['ip_dynaddr', 'ipDynaddr', 0, 255],
  ['ip_forward_update_priority', 'ipForwardUpdatePriority', 0, 1],
  ['ip_forward_use_pmtu', 'ipForwardUsePmtu', 0, 255],
  ['ip_no_pmtu_disc', 'ipNoPmtuDisc', 0, 255],
  ['ip_nonlocal_bind', 'ipNonlocalBind', 0, 255],
  ['ip_unprivileged_port_start', 'ipUnprivilegedPortStart', 0, 65535],
  ['ipfrag_max_dist', 'ipfragMaxDist', 0, INT_MAX],
  ['ipfrag_time', 'ipfragTime', INT_MIN, INT_MAX_SECONDS],
  ['nexthop_compat_mode', 'nexthopCompatMode', 0, 1],
  ['route/min_adv_mss', 'routeMinAdvMss', INT_MIN, INT_MAX],
  ['route/min_pmtu', 'routeMinPmtu', 68, INT_MAX],
  ['route/mtu_expires', 'routeMtuExpires', INT_MIN, INT_MAX_SECONDS],
  ['udp_early_demux', 'udpEarlyDemux', 0, 255],
  ['udp_rmem_min', 'udpRmemMin', 1, INT_MAX],
]

/**
 * Settings that a namespace of Linux 6.18 has and whose effect is not modelled: they have its default, and whoever
 * writes another value is told so. Path below /proc/sys, value, least, most.
 */
const FIXED: readonly (readonly [string, string, number, number])[] = [
  ['net/core/optmem_max', '131072', 0, INT_MAX], ['net/core/rmem_default', '212992', 2304, INT_MAX],
  ['net/core/rmem_max', '4194304', 2304, INT_MAX], ['net/core/somaxconn', '4096', 0, INT_MAX],
  ['net/core/tstamp_allow_data', '1', 0, 1], ['net/core/txrehash', '1', 0, 1],
  ['net/core/wmem_default', '212992', 4608, INT_MAX], ['net/core/wmem_max', '4194304', 4608, INT_MAX],
  ['net/core/xfrm_acq_expires', '30', INT_MIN, INT_MAX], ['net/core/xfrm_aevent_etime', '10', 0, 0xffffffff],
  ['net/core/xfrm_aevent_rseqth', '2', 0, 0xffffffff], ['net/core/xfrm_larval_drop', '1', INT_MIN, INT_MAX],
  ['net/ipv4/fib_notify_on_flag_change', '0', 0, 2], ['net/ipv4/igmp_link_local_mcast_reports', '1', 0, 255],
  ['net/ipv4/igmp_max_msf', '10', INT_MIN, INT_MAX], ['net/ipv4/igmp_qrv', '2', 1, INT_MAX],
  ['net/ipv4/ip_autobind_reuse', '0', 0, 1], ['net/ipv4/ip_early_demux', '1', 0, 255],
  ['net/ipv4/ip_local_reserved_ports', '', 1, 65535], ['net/ipv4/raw_l3mdev_accept', '1', 0, 1],
  ['net/ipv4/udp_child_hash_entries', '0', 0, 65536], ['net/ipv4/udp_l3mdev_accept', '0', 0, 1],
  ['net/ipv4/udp_wmem_min', '4096', 1, INT_MAX], ['net/ipv4/xfrm4_gc_thresh', '32768', INT_MIN, INT_MAX],
  ['net/unix/max_dgram_qlen', '10', INT_MIN, INT_MAX],
]

const DEVICE_SETTINGS: readonly (readonly [string, keyof DeviceConf])[] = [
  ['accept_local', 'acceptLocal'], ['accept_redirects', 'acceptRedirects'],
  ['accept_source_route', 'acceptSourceRoute'], ['arp_accept', 'arpAccept'], ['arp_announce', 'arpAnnounce'],
  ['arp_evict_nocarrier', 'arpEvictNocarrier'], ['arp_filter', 'arpFilter'], ['arp_ignore', 'arpIgnore'],
  ['arp_notify', 'arpNotify'], ['bc_forwarding', 'bcForwarding'], ['bootp_relay', 'bootpRelay'],
  ['disable_policy', 'disablePolicy'], ['disable_xfrm', 'disableXfrm'], ['drop_gratuitous_arp', 'dropGratuitousArp'],
  ['drop_unicast_in_l2_multicast', 'dropUnicastInL2Multicast'], ['force_igmp_version', 'forceIgmpVersion'],
  ['forwarding', 'forwarding'], ['igmpv2_unsolicited_report_interval', 'igmpv2UnsolicitedReportInterval'],
  ['igmpv3_unsolicited_report_interval', 'igmpv3UnsolicitedReportInterval'],
  ['ignore_routes_with_linkdown', 'ignoreRoutesWithLinkdown'],
  ['log_martians', 'logMartians'], ['mc_forwarding', 'mcForwarding'], ['medium_id', 'mediumId'],
  ['promote_secondaries', 'promoteSecondaries'], ['proxy_arp', 'proxyArp'], ['proxy_arp_pvlan', 'proxyArpPvlan'],
  ['route_localnet', 'routeLocalnet'], ['rp_filter', 'rpFilter'], ['secure_redirects', 'secureRedirects'],
  ['send_redirects', 'sendRedirects'], ['shared_media', 'sharedMedia'], ['src_valid_mark', 'srcValidMark'],
  ['tag', 'tag'],
]

const NEIGHBOR_LIMITS: readonly (readonly [string, keyof NeighborLimits])[] = [
  ['gc_interval', 'gcInterval'], ['gc_thresh1', 'gcThresh1'], ['gc_thresh2', 'gcThresh2'], ['gc_thresh3', 'gcThresh3'],
]

/** name, field, ns in one unit of the file (1: the file is a count). */
const NEIGHBOR_SETTINGS: readonly (readonly [string, keyof NeighborParams, number])[] = [
  ['anycast_delay', 'anycastDelayNs', NS_PER_S / 100], ['app_solicit', 'appProbes', 1],
  ['base_reachable_time', 'baseReachableNs', NS_PER_S], ['base_reachable_time_ms', 'baseReachableNs', NS_PER_MS],
  ['delay_first_probe_time', 'delayProbeNs', NS_PER_S], ['gc_stale_time', 'gcStaleNs', NS_PER_S],
  ['interval_probe_time_ms', 'intervalProbeNs', NS_PER_MS], ['locktime', 'locktimeNs', NS_PER_S / 100],
  ['mcast_resolicit', 'mcastReprobes', 1], ['mcast_solicit', 'mcastProbes', 1],
  ['proxy_delay', 'proxyDelayNs', NS_PER_S / 100], ['proxy_qlen', 'proxyQueueLength', 1],
  ['retrans_time', 'retransNs', NS_PER_S / 100], ['retrans_time_ms', 'retransNs', NS_PER_MS],
  ['ucast_solicit', 'ucastProbes', 1], ['unres_qlen', 'queueBytes', 0], ['unres_qlen_bytes', 'queueBytes', 1],
]
/** What a full-sized frame counts for in unres_qlen: SKB_TRUESIZE(ETH_FRAME_LEN) = 1514 + 256 + 320 on 64 bits. */
const FRAME_TRUESIZE = 2090

/** The path below /proc/sys of a name as `sysctl` takes it: dots and slashes, whichever comes first separates. */
export function sysctlPath(name: string): string {
  const dot = name.indexOf('.')
  const slash = name.indexOf('/')
  if (dot < 0 || (slash >= 0 && slash < dot)) return name
  let path = ''
  for (const character of name) path += character === '.' ? '/' : character === '/' ? '.' : character
  return path
}

/** All paths, sorted as `sysctl -a` prints them. */
export function listSysctls(ns: NetNamespace): string[] {
  return [...settings(ns).keys()].sort()
}

/** The value's text without the newline, or -ENOENT, -EISDIR. */
export function readSysctl(ns: NetNamespace, path: string): string | number {
  const setting = settings(ns).get(path)
  if (setting !== undefined) return setting.read(ns)
  return isDirectory(ns, path) ? -EISDIR : -ENOENT
}

/**
 * Writes a value; returns 0 or -errno: EINVAL out of range or not a number, ENOENT, EPERM. Of settings that are kept as
 * they are (FIXED), another value than theirs is refused with EOPNOTSUPP.
 */
export function writeSysctl(ns: NetNamespace, path: string, text: string): number {
  const setting = settings(ns).get(path)
  if (setting === undefined) return isDirectory(ns, path) ? -EISDIR : -ENOENT
  return setting.write(ns, text)
}

function isDirectory(ns: NetNamespace, path: string): boolean {
  for (const key of settings(ns).keys()) if (key.startsWith(`${path}/`)) return true
  return false
}

/** Every setting of a namespace by path; made at each use: sysctls are few and rare, and devices come and go. */
function settings(ns: NetNamespace): Map<string, Setting> {
  const all = new Map<string, Setting>()
  const add = (path: string, read: Setting['read'], write: Setting['write']): void => {
    all.set(path, { name: path, read, write })
  }
  for (const [name, key, least, most] of NAMESPACE_SETTINGS) {
    add(`net/ipv4/${name}`, (n) => String(n.conf[key]), (n, text) => {
      const value = parseInteger(text)
      if (value === null || value < least || value > most) return -EINVAL
      n.conf = withSetting(n.conf, key, value)
      return 0
    })
  }
  for (const [path, value, least, most] of FIXED) {
    add(path, () => value, (_ns, text) => {
      if (text.trim() === value) return 0
      const number = parseInteger(text.trim().split(/\s+/)[0])
      return number === null || number < least || number > most ? -EINVAL : -EOPNOTSUPP
    })
  }
  addPairs(add)
  addFragmentThresholds(add)
  addJiffies(add)
  addDeviceSettings(ns, add)
  addNeighborSettings(ns, add)
  return all
}

type Add = (path: string, read: Setting['read'], write: Setting['write']) => void

function addPairs(add: Add): void {
  // As proc_dointvec_minmax() reads a vector: what is not given stays, what is too much is not looked at.
  const pair = (path: string, low: keyof NamespaceConf, high: keyof NamespaceConf, least: number, most: number,
    judge: (ns: NetNamespace, from: number, to: number) => readonly [number, number] | null): void => {
    add(path, (ns) => `${ns.conf[low]}\t${ns.conf[high]}`, (ns, text) => {
      const words = text.trim().split(/\s+/)
      const from = parseInteger(words[0])
      const to = words.length === 1 ? Number(ns.conf[high]) : parseInteger(words[1])
      if (from === null || to === null || from < least || to < least || from > most || to > most) return -EINVAL
      const judged = judge(ns, from, to)
      if (judged === null) return -EINVAL
      ns.conf = withSetting(withSetting(ns.conf, low, judged[0]), high, judged[1])
      return 0
    })
  }
  // ipv4_local_port_range(), ipv4_ping_group_range() of sysctl_net_ipv4.c: the latter takes a wrong range for none.
  pair('net/ipv4/ip_local_port_range', 'ipLocalPortRangeLow', 'ipLocalPortRangeHigh', 1, 65535, (ns, from, to) =>
    to < from || from < ns.conf.ipUnprivilegedPortStart ? null : [from, to])
  pair('net/ipv4/ping_group_range', 'pingGroupRangeLow', 'pingGroupRangeHigh', 0, INT_MAX, (_ns, from, to) =>
    to < from ? [1, 0] : [from, to])
  add('net/ipv4/ip_forward', (ns) => String(ns.allConf.forwarding), (ns, text) => writeForwarding(ns, 'all', text))
}

/** Each bounds the other (ip4_frags_ns_ctl_table). */
function addFragmentThresholds(add: Add): void {
  const bound = (
    name: string, key: 'ipfragHighThresh' | 'ipfragLowThresh', fits: (value: number, conf: NamespaceConf) => boolean,
  ): void => add(`net/ipv4/${name}`, (ns) => String(ns.conf[key]), (ns, text) => {
    const value = parseInteger(text)
    if (value === null || value < 0 || value > Number.MAX_SAFE_INTEGER || !fits(value, ns.conf)) return -EINVAL
    ns.conf = withSetting(ns.conf, key, value)
    return 0
  })
  bound('ipfrag_high_thresh', 'ipfragHighThresh', (value, conf) => value >= conf.ipfragLowThresh)
  bound('ipfrag_low_thresh', 'ipfragLowThresh', (value, conf) => value <= conf.ipfragHighThresh)
}

/** Files that count in jiffies. */
function addJiffies(add: Add): void {
  // proc_dointvec_ms_jiffies(): 32 bits of milliseconds, which become whole jiffies.
  add('net/ipv4/icmp_ratelimit', (ns) => String(ns.conf.icmpRatelimit), (ns, text) => {
    const value = parseInteger(text)
    if (value === null || value < 0 || value % 4294967296 > INT_MAX) return -EINVAL
    const jiffy = 1000 / HZ
    ns.conf = withSetting(ns.conf, 'icmpRatelimit', Math.ceil(value % 4294967296 / jiffy) * jiffy)
    return 0
  })
  const files: readonly (readonly [string, keyof NamespaceConf])[] = [
    ['error_burst', 'routeErrorBurstMs'], ['error_cost', 'routeErrorCostMs'], ['redirect_load', 'routeRedirectLoadMs'],
    ['redirect_silence', 'routeRedirectSilenceMs'],
  ]
  for (const [name, key] of files) {
    add(`net/ipv4/route/${name}`, (ns) => String(Math.floor(ns.conf[key] * HZ / 1000)), (ns, text) => {
      const value = parseInteger(text)
      if (value === null) return -EINVAL
      ns.conf = withSetting(ns.conf, key, value * 1000 / HZ)
      return 0
    })
  }
  add('net/ipv4/route/redirect_number', (ns) => String(ns.conf.routeRedirectNumber), (ns, text) => {
    const value = parseInteger(text)
    if (value === null) return -EINVAL
    ns.conf = withSetting(ns.conf, 'routeRedirectNumber', value)
    return 0
  })
}

function addDeviceSettings(ns: NetNamespace, add: Add): void {
  for (const [name, key] of DEVICE_SETTINGS) {
    const write = (owner: 'all' | 'default' | NetDevice) => (n: NetNamespace, text: string): number => {
      if (key === 'forwarding') return writeForwarding(n, owner, text)
      if (key === 'mcForwarding') return -EPERM
      const value = parseInteger(text)
      if (value === null || value < INT_MIN || value > INT_MAX) return -EINVAL
      setDeviceSetting(n, owner, key, value)
      return 0
    }
    add(`net/ipv4/conf/all/${name}`, (n) => String(n.allConf[key]), write('all'))
    add(`net/ipv4/conf/default/${name}`, (n) => String(n.defaultConf[key]), write('default'))
    for (const device of ns.devices) {
      add(`net/ipv4/conf/${device.name}/${name}`, () => String(inDeviceOf(device).conf[key]), write(device))
    }
  }
}

function setDeviceSetting(ns: NetNamespace, owner: 'all' | 'default' | NetDevice, key: keyof DeviceConf,
  value: number): void {
  if (owner === 'all') ns.allConf = withSetting(ns.allConf, key, value)
  else if (owner === 'default') {
    ns.defaultConf = withSetting(ns.defaultConf, key, value)
    if (key !== 'forwarding') copyDefault(ns, key, value)
  } else {
    const inDevice = inDeviceOf(owner)
    inDevice.conf = withSetting(inDevice.conf, key, value)
    if (inDevice.ownSettings === null) inDevice.ownSettings = new Set([key])
    else if (inDevice.ownSettings !== 'all') inDevice.ownSettings.add(key)
  }
}

/** A new default holds for the devices that have no setting of their own (devinet_copy_dflt_conf). */
function copyDefault(ns: NetNamespace, key: keyof DeviceConf, value: number): void {
  const copies = new Map<DeviceConf, DeviceConf>()
  for (const device of ns.devices) {
    const inDevice = inDeviceOf(device)
    const own = inDevice.ownSettings
    if (own === 'all' || own?.has(key) === true) continue
    const copy = copies.get(inDevice.conf) ?? withSetting(inDevice.conf, key, value)
    copies.set(inDevice.conf, copy)
    inDevice.conf = copy
  }
}

/** Forwarding for `all` is copied to `default` and to every device (devinet.c inet_forward_change()). */
function writeForwarding(ns: NetNamespace, owner: 'all' | 'default' | NetDevice, text: string): number {
  const value = parseInteger(text)
  if (value === null) return -EINVAL
  if (owner !== 'all') {
    setDeviceSetting(ns, owner, 'forwarding', value)
    return 0
  }
  if (ns.allConf.forwarding === value) return 0
  ns.allConf = { ...ns.allConf, forwarding: value, acceptRedirects: value === 0 ? 1 : 0 }
  ns.defaultConf = withSetting(ns.defaultConf, 'forwarding', value)
  // Nearly every device has the very object `default` had: let those share one copy again.
  const copies = new Map<DeviceConf, DeviceConf>()
  for (const device of ns.devices) {
    const inDevice = inDeviceOf(device)
    let copy = copies.get(inDevice.conf)
    if (copy === undefined) {
      copy = withSetting(inDevice.conf, 'forwarding', value)
      copies.set(inDevice.conf, copy)
    }
    inDevice.conf = copy
  }
  return 0
}

function addNeighborSettings(ns: NetNamespace, add: Add): void {
  const read = (params: NeighborParams, key: keyof NeighborParams, unit: number): string =>
    String(unit === 0 ? Math.floor(params[key] / FRAME_TRUESIZE) : Math.floor(params[key] / unit))
  const changed = (params: NeighborParams, key: keyof NeighborParams, unit: number, text: string): NeighborParams | null => {
    const value = parseInteger(text)
    if (value === null || value < 0) return null
    return withSetting(params, key, unit === 0 ? value * FRAME_TRUESIZE : value * unit)
  }
  for (const [name, key] of NEIGHBOR_LIMITS) {
    add(`net/ipv4/neigh/default/${name}`, (n) => String(n.neighborLimits[key]), (n, text) => {
      const value = parseInteger(text)
      if (value === null || value < 0) return -EINVAL
      n.neighborLimits = withSetting(n.neighborLimits, key, value)
      return 0
    })
  }
  for (const [name, key, unit] of NEIGHBOR_SETTINGS) {
    add(`net/ipv4/neigh/default/${name}`, (n) => read(n.defaultNeighborParams, key, unit), (n, text) => {
      const params = changed(n.defaultNeighborParams, key, unit, text)
      if (params === null) return -EINVAL
      n.defaultNeighborParams = params
      return 0
    })
    for (const device of ns.devices) {
      add(`net/ipv4/neigh/${device.name}/${name}`, () => read(inDeviceOf(device).neighborParams, key, unit), (_n, text) => {
        const params = changed(inDeviceOf(device).neighborParams, key, unit, text)
        if (params === null) return -EINVAL
        inDeviceOf(device).neighborParams = params
        // Another base: the reachable time is drawn anew at once (neigh_proc_base_reachable_time).
        if (key === 'baseReachableNs') inDeviceOf(device).reachableNs = 0
        return 0
      })
    }
  }
}

/** A decimal, octal or hexadecimal integer as the kernel's proc_dointvec takes it; null if it is none. */
function parseInteger(text: string): number | null {
  const word = text.trim()
  if (!/^-?(?:0x[0-9a-f]+|\d+)$/i.test(word)) return null
  const negative = word.startsWith('-')
  const digits = negative ? word.slice(1) : word
  const value = /^0x/i.test(digits) ? Number.parseInt(digits, 16)
    : digits.length > 1 && digits.startsWith('0') ? Number.parseInt(digits, 8) : Number(digits)
  return Number.isNaN(value) ? null : negative ? -value : value
}
