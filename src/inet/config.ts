import type { InDevice } from './in-device.ts'
import type { NetNamespace } from './net-namespace.ts'

/**
 * The settings behind net.ipv4.*: one object a namespace, one a device, and the two device settings `all` and
 * `default`, as in Linux (net/ipv4/devinet.c, net/ipv4/sysctl_net_ipv4.c; defaults of Linux 6.x in a new namespace).
 *
 * The objects are immutable and shared: ten thousand hosts point at the same defaults. To set a value is to put a copy
 * in its place (`withSetting`).
 */
export interface DeviceConf {
  readonly forwarding: number
  readonly mcForwarding: number
  readonly bcForwarding: number
  readonly acceptRedirects: number
  readonly secureRedirects: number
  readonly sharedMedia: number
  readonly rpFilter: number
  readonly sendRedirects: number
  readonly acceptSourceRoute: number
  readonly acceptLocal: number
  readonly srcValidMark: number
  readonly proxyArp: number
  readonly proxyArpPvlan: number
  readonly mediumId: number
  readonly bootpRelay: number
  readonly logMartians: number
  readonly tag: number
  readonly arpFilter: number
  readonly arpAnnounce: number
  readonly arpIgnore: number
  readonly arpAccept: number
  readonly arpNotify: number
  readonly arpEvictNocarrier: number
  readonly disableXfrm: number
  readonly disablePolicy: number
  readonly promoteSecondaries: number
  readonly routeLocalnet: number
  readonly ignoreRoutesWithLinkdown: number
  readonly dropUnicastInL2Multicast: number
  readonly dropGratuitousArp: number
  readonly forceIgmpVersion: number
  readonly igmpv2UnsolicitedReportInterval: number
  readonly igmpv3UnsolicitedReportInterval: number
}

export const DEFAULT_DEVICE_CONF: DeviceConf = {
  forwarding: 0, mcForwarding: 0, bcForwarding: 0, acceptRedirects: 1, secureRedirects: 1, sharedMedia: 1, rpFilter: 0,
  sendRedirects: 1, acceptSourceRoute: 1, acceptLocal: 0, srcValidMark: 0, proxyArp: 0, proxyArpPvlan: 0, mediumId: 0,
  bootpRelay: 0, logMartians: 0, tag: 0, arpFilter: 0, arpAnnounce: 0, arpIgnore: 0, arpAccept: 0, arpNotify: 0,
  arpEvictNocarrier: 1, disableXfrm: 0, disablePolicy: 0, promoteSecondaries: 0, routeLocalnet: 0,
  ignoreRoutesWithLinkdown: 0, dropUnicastInL2Multicast: 0, dropGratuitousArp: 0, forceIgmpVersion: 0,
  igmpv2UnsolicitedReportInterval: 10000, igmpv3UnsolicitedReportInterval: 1000,
}
/** `all` differs from `default` in one value (ipv4_devconf against ipv4_devconf_dflt). */
export const ALL_DEVICE_CONF: DeviceConf = { ...DEFAULT_DEVICE_CONF, acceptSourceRoute: 0 }

/** Loopback's settings: no transformation policy there (devinet.c inetdev_event: NETDEV_REGISTER). */
export function loopbackConf(defaults: DeviceConf): DeviceConf {
  if (defaults !== DEFAULT_DEVICE_CONF) return { ...defaults, disableXfrm: 1, disablePolicy: 1 }
  return LOOPBACK_CONF
}

const LOOPBACK_CONF: DeviceConf = { ...DEFAULT_DEVICE_CONF, disableXfrm: 1, disablePolicy: 1 }

export interface NamespaceConf {
  readonly ipDefaultTtl: number
  readonly ipNoPmtuDisc: number
  readonly ipForwardUsePmtu: number
  readonly ipForwardUpdatePriority: number
  readonly ipNonlocalBind: number
  readonly ipDynaddr: number
  readonly ipLocalPortRangeLow: number
  readonly ipLocalPortRangeHigh: number
  readonly ipUnprivilegedPortStart: number
  readonly pingGroupRangeLow: number
  readonly pingGroupRangeHigh: number
  readonly fwmarkReflect: number
  readonly icmpEchoEnableProbe: number
  readonly icmpEchoIgnoreAll: number
  readonly icmpEchoIgnoreBroadcasts: number
  readonly icmpIgnoreBogusErrorResponses: number
  readonly icmpErrorsUseInboundIfaddr: number
  /** Milliseconds. */
  readonly icmpRatelimit: number
  readonly icmpRatemask: number
  readonly icmpMsgsPerSec: number
  readonly icmpMsgsBurst: number
  readonly ipfragHighThresh: number
  readonly ipfragLowThresh: number
  /** Seconds. */
  readonly ipfragTime: number
  readonly ipfragMaxDist: number
  readonly fibMultipathHashPolicy: number
  readonly fibMultipathHashFields: number
  /** 0: one of the run's own. */
  readonly fibMultipathHashSeed: number
  readonly fibMultipathUseNeigh: number
  readonly nexthopCompatMode: number
  readonly routeMinPmtu: number
  /** Seconds. */
  readonly routeMtuExpires: number
  readonly routeMinAdvMss: number
  readonly routeRedirectNumber: number
  /** Milliseconds (net.ipv4.route.redirect_load is in jiffies: 20 ms = HZ/50). */
  readonly routeRedirectLoadMs: number
  readonly routeRedirectSilenceMs: number
  readonly routeErrorCostMs: number
  readonly routeErrorBurstMs: number
  readonly udpRmemMin: number
  readonly udpEarlyDemux: number
  readonly igmpMaxMemberships: number
}

export const DEFAULT_NAMESPACE_CONF: NamespaceConf = {
  ipDefaultTtl: 64, ipNoPmtuDisc: 0, ipForwardUsePmtu: 0, ipForwardUpdatePriority: 1, ipNonlocalBind: 0, ipDynaddr: 0,
  ipLocalPortRangeLow: 32768, ipLocalPortRangeHigh: 60999, ipUnprivilegedPortStart: 1024, pingGroupRangeLow: 1,
  pingGroupRangeHigh: 0, fwmarkReflect: 0, icmpEchoEnableProbe: 0, icmpEchoIgnoreAll: 0, icmpEchoIgnoreBroadcasts: 1,
  icmpIgnoreBogusErrorResponses: 1, icmpErrorsUseInboundIfaddr: 0, icmpRatelimit: 1000, icmpRatemask: 6168,
  icmpMsgsPerSec: 1000, icmpMsgsBurst: 50, ipfragHighThresh: 4194304, ipfragLowThresh: 3145728, ipfragTime: 30,
  ipfragMaxDist: 64, fibMultipathHashPolicy: 0, fibMultipathHashFields: 7, fibMultipathHashSeed: 0,
  fibMultipathUseNeigh: 0, nexthopCompatMode: 1, routeMinPmtu: 552,
  routeMtuExpires: 600, routeMinAdvMss: 256, routeRedirectNumber: 9, routeRedirectLoadMs: 20,
  routeRedirectSilenceMs: 20480, routeErrorCostMs: 1000, routeErrorBurstMs: 5000, udpRmemMin: 4096, udpEarlyDemux: 1,
  igmpMaxMemberships: 20,
}

/** The same settings with one value changed. */
export function withSetting<Conf extends object>(conf: Conf, key: keyof Conf, value: number): Conf {
  return { ...conf, [key]: value }
}

/*
 * What applies to a device follows from `all` and the device's own value in one of three ways
 * (Linux include/linux/inetdevice.h: IN_DEV_ANDCONF, IN_DEV_ORCONF, IN_DEV_MAXCONF).
 */
export function forwarding(inDevice: InDevice): boolean {
  return inDevice.conf.forwarding !== 0
}

export function rpFilter(ns: NetNamespace, inDevice: InDevice): number {
  const all = ns.allConf.rpFilter
  return inDevice.conf.rpFilter > all ? inDevice.conf.rpFilter : all
}

export function arpIgnore(ns: NetNamespace, inDevice: InDevice): number {
  return Math.max(ns.allConf.arpIgnore, inDevice.conf.arpIgnore)
}

export function arpAnnounce(ns: NetNamespace, inDevice: InDevice): number {
  return Math.max(ns.allConf.arpAnnounce, inDevice.conf.arpAnnounce)
}

export function arpAccept(ns: NetNamespace, inDevice: InDevice): number {
  return Math.max(ns.allConf.arpAccept, inDevice.conf.arpAccept)
}

export function arpNotify(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.arpNotify | inDevice.conf.arpNotify) !== 0
}

export function arpFilter(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.arpFilter | inDevice.conf.arpFilter) !== 0
}

export function arpEvictNocarrier(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.arpEvictNocarrier & inDevice.conf.arpEvictNocarrier) !== 0
}

export function proxyArp(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.proxyArp | inDevice.conf.proxyArp) !== 0
}

export function sendRedirects(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.sendRedirects | inDevice.conf.sendRedirects) !== 0
}

export function secureRedirects(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.secureRedirects | inDevice.conf.secureRedirects) !== 0
}

export function sharedMedia(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.sharedMedia | inDevice.conf.sharedMedia) !== 0
}

/** A router takes a redirect only if both say so, a host if either does (IN_DEV_RX_REDIRECTS). */
export function acceptRedirects(ns: NetNamespace, inDevice: InDevice): boolean {
  const all = ns.allConf.acceptRedirects
  const own = inDevice.conf.acceptRedirects
  return (forwarding(inDevice) ? all & own : all | own) !== 0
}

export function acceptSourceRoute(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.acceptSourceRoute & inDevice.conf.acceptSourceRoute) !== 0
}

export function routeLocalnet(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.routeLocalnet | inDevice.conf.routeLocalnet) !== 0
}

export function promoteSecondaries(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.promoteSecondaries | inDevice.conf.promoteSecondaries) !== 0
}

export function ignoreRoutesWithLinkdown(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.ignoreRoutesWithLinkdown | inDevice.conf.ignoreRoutesWithLinkdown) !== 0
}

export function bcForwarding(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.bcForwarding & inDevice.conf.bcForwarding) !== 0
}

export function dropUnicastInL2Multicast(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.dropUnicastInL2Multicast | inDevice.conf.dropUnicastInL2Multicast) !== 0
}

export function logMartians(ns: NetNamespace, inDevice: InDevice): boolean {
  return (ns.allConf.logMartians | inDevice.conf.logMartians) !== 0
}
