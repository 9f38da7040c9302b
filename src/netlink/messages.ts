/**
 * What is said through netlink: the messages of NETLINK_ROUTE as objects with the kernel's attribute names.
 *
 * A message is a request, a reply to a dump, or a notification, as with Linux: the same shapes go both ways, and an
 * attribute that was not given is `undefined`. `type` and `nlFlags` are nlmsghdr's; the other fields stand in the
 * fixed header (ifinfomsg, ifaddrmsg, rtmsg, fib_rule_hdr, ndmsg) or are attributes, named after them:
 * IFLA_TXQLEN is `txqlen`, RTA_PREFSRC is `prefSource`. Addresses are int32, MACs 48-bit numbers, times as noted.
 *
 * Sources: Linux include/uapi/linux/{netlink,rtnetlink,if_link,if_addr,neighbour,fib_rules}.h.
 */
import type { NetNamespace } from '../inet/net-namespace.ts'

export const AF_UNSPEC = 0
export const AF_INET = 2
export const AF_BRIDGE = 7
export const AF_INET6 = 10
/** Devices, without any protocol. */
export const AF_PACKET = 17

export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26
export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
export const RTM_GETNEIGH = 30
export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33
export const RTM_GETRULE = 34
export const RTM_NEWNEXTHOP = 104
export const RTM_DELNEXTHOP = 105
export const RTM_GETNEXTHOP = 106
export const RTM_GETNEXTHOPBUCKET = 118

export const RTM_NEWNETCONF = 80
export const RTM_DELNETCONF = 81
export const RTM_NEWNSID = 88
export const RTM_DELNSID = 89
export const RTM_GETNSID = 90

/** Request flags. REPLACE, EXCL, CREATE and APPEND are for RTM_NEW*, DUMP for RTM_GET*, as in Linux. */
export const NLM_F_DUMP = 0x300
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
export const NLM_F_APPEND = 0x800

/** Multicast groups of notifications (RTNLGRP_*). */
export const RTNLGRP_LINK = 1
export const RTNLGRP_NEIGH = 3
export const RTNLGRP_IPV4_IFADDR = 5
export const RTNLGRP_IPV4_ROUTE = 7
export const RTNLGRP_IPV4_RULE = 8
export const RTNLGRP_IPV4_NETCONF = 24
export const RTNLGRP_NSID = 28
export const RTNLGRP_NEXTHOP = 32

/** Interface flags that the kernel works out when it is asked (dev_get_flags). */
export const IFF_RUNNING = 0x40
export const IFF_MASTER = 0x400
export const IFF_SLAVE = 0x800
export const IFF_DYNAMIC = 0x8000
export const IFF_LOWER_UP = 0x10000
export const IFF_DORMANT = 0x20000
export const IFF_ECHO = 0x40000

/** struct rtnl_link_stats64: what a device has counted. */
export interface LinkStats {
  readonly rxPackets: number
  readonly txPackets: number
  readonly rxBytes: number
  readonly txBytes: number
  readonly rxErrors: number
  readonly txErrors: number
  readonly rxDropped: number
  readonly txDropped: number
  readonly multicast: number
  readonly rxLengthErrors: number
  readonly rxCrcErrors: number
  readonly txCarrierErrors: number
  readonly rxNoHandler: number
}

/** IFLA_LINKINFO of a bridge (IFLA_BR_*): times in ns, the rest as the kernel has them. */
export interface BridgeAttributes {
  readonly ageingTimeNs?: number
  readonly forwardDelayNs?: number
  readonly helloTimeNs?: number
  readonly maxAgeNs?: number
  readonly stpState?: number
  readonly priority?: number
  readonly vlanFiltering?: number
  readonly vlanProtocol?: number
  readonly vlanDefaultPvid?: number
  readonly multicastSnooping?: number
  readonly groupForwardMask?: number
  /** The MAC in the bridge's identifier. */
  readonly address?: number
  /** Time until the next garbage collection of the FDB. */
  readonly gcTimerNs?: number
}

/** IFLA_INFO_SLAVE_DATA or IFLA_PROTINFO of a bridge's port (IFLA_BRPORT_*). */
export interface BridgePortAttributes {
  readonly state?: number
  readonly priority?: number
  readonly cost?: number
  readonly hairpin?: number
  readonly guard?: number
  readonly fastLeave?: number
  readonly protect?: number
  readonly learning?: number
  readonly unicastFlood?: number
  readonly multicastFlood?: number
  readonly broadcastFlood?: number
  readonly isolated?: number
  readonly locked?: number
  readonly portNumber?: number
  /** Of the bridge's identifier. */
  readonly bridgePriority?: number
  readonly bridgeAddress?: number
  readonly forwardDelayTimerNs?: number
}

/** IFLA_LINKINFO of a vlan device (IFLA_VLAN_*). */
export interface VlanAttributes {
  readonly id?: number
  /** EtherType of the tag: 0x8100 or 0x88a8. */
  readonly protocol?: number
  readonly flags?: number
  readonly flagsMask?: number
}

/** What a device is, or is to become (IFLA_LINKINFO). */
export interface LinkInfo {
  readonly kind?: string
  readonly bridge?: BridgeAttributes
  readonly vlan?: VlanAttributes
  /** The other end of a new veth pair (VETH_INFO_PEER). */
  readonly peer?: LinkMessage
  readonly slaveKind?: string
  readonly bridgePort?: BridgePortAttributes
}

/** RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK: struct ifinfomsg and IFLA_*. */
export interface LinkMessage {
  readonly type: typeof RTM_NEWLINK | typeof RTM_DELLINK | typeof RTM_GETLINK | typeof RTM_SETLINK
  readonly nlFlags?: number
  /** AF_BRIDGE: about a bridge's port (bridge link). */
  readonly family?: number
  readonly index?: number
  readonly hardwareType?: number
  /** IFF_*; in a request those of `change` are set to it. */
  readonly flags?: number
  readonly change?: number
  readonly ifname?: string
  readonly address?: number
  readonly broadcast?: number
  readonly mtu?: number
  readonly minMtu?: number
  readonly maxMtu?: number
  readonly txqlen?: number
  /** IFLA_LINK: index of the device below, or of the other end of a veth pair. */
  readonly link?: number
  /** IFLA_LINK_NETNSID: `link` lies in the namespace that this one knows by this number. */
  readonly linkNetnsid?: number
  /** 0 in a request: leave the master. */
  readonly master?: number
  readonly group?: number
  readonly alias?: string
  readonly operstate?: number
  readonly linkmode?: number
  readonly carrier?: number
  readonly carrierChanges?: number
  readonly promiscuity?: number
  readonly allMulticast?: number
  readonly qdisc?: string
  readonly numTxQueues?: number
  readonly numRxQueues?: number
  readonly gsoMaxSize?: number
  readonly gsoMaxSegs?: number
  readonly tsoMaxSize?: number
  readonly tsoMaxSegs?: number
  readonly groMaxSize?: number
  /** Of IFLA_AF_SPEC's IPv6 part: eui64, none, stable_secret, random. */
  readonly addressGenerationMode?: string
  readonly linkInfo?: LinkInfo
  readonly stats?: LinkStats
  /** IFLA_NET_NS_FD of a request: the namespace the device shall be made in, or go to. */
  readonly netns?: NetNamespace
  /** IFLA_LINK_NETNSID's counterpart in a request: the namespace in which `link` is looked for. */
  readonly linkNetns?: NetNamespace
  /** IFLA_NEW_IFINDEX: of a request that moves a device; in RTM_DELLINK with IFLA_NEW_NETNSID, where it went. */
  readonly newIndex?: number
  readonly newNetnsid?: number
  /** IFLA_EVENT: why a notification was sent, e.g. IFLA_EVENT_FEATURES. */
  readonly event?: number
  /** IFLA_EXT_MASK of a dump: RTEXT_FILTER_*. */
  readonly extMask?: number
}

/** struct ifa_cacheinfo: lifetimes in whole seconds, 0xffffffff for ever; stamps in hundredths of a second. */
export interface AddressCacheInfo {
  readonly preferred: number
  readonly valid: number
  readonly created?: number
  readonly updated?: number
}

/** RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR: struct ifaddrmsg and IFA_*. */
export interface AddressMessage {
  readonly type: typeof RTM_NEWADDR | typeof RTM_DELADDR | typeof RTM_GETADDR
  readonly nlFlags?: number
  readonly family?: number
  readonly index?: number
  readonly prefixLength?: number
  readonly flags?: number
  readonly scope?: number
  readonly local?: number
  /** The peer's on a point-to-point device; else equal to local, or not given. */
  readonly address?: number
  readonly broadcast?: number
  readonly label?: string
  readonly cacheInfo?: AddressCacheInfo
  /** IFA_RT_PRIORITY: metric of the route that comes with the address. */
  readonly metric?: number
  readonly protocol?: number
}

/** One of several next hops: struct rtnexthop. */
export interface NexthopMessage {
  readonly index?: number
  readonly gateway?: number
  /** 1 to 256 (the kernel's rtnh_hops is one less). */
  readonly weight?: number
  readonly flags?: number
}

/** struct rta_cacheinfo, of a route that `ip route get` found in an exception: times in hundredths of a second. */
export interface RouteCacheInfo {
  readonly expires: number
  readonly error: number
}

/** RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE: struct rtmsg and RTA_*. */
export interface RouteMessage {
  readonly type: typeof RTM_NEWROUTE | typeof RTM_DELROUTE | typeof RTM_GETROUTE
  readonly nlFlags?: number
  readonly family?: number
  readonly destination?: number
  readonly destinationLength?: number
  /** The packet's source of `ip route get … from …`. */
  readonly source?: number
  readonly sourceLength?: number
  readonly tos?: number
  readonly table?: number
  readonly protocol?: number
  readonly scope?: number
  /** rtm_type: RTN_*. */
  readonly routeType?: number
  /** rtm_flags: RTNH_F_* and RTM_F_*. */
  readonly flags?: number
  readonly oif?: number
  readonly iif?: number
  readonly gateway?: number
  readonly priority?: number
  readonly prefSource?: number
  /** RTA_METRICS: values by RTAX_*; 0: not given. RTAX_LOCK is a mask of those that are locked. */
  readonly metrics?: readonly number[]
  /** RTAX_CC_ALGO. */
  readonly congestion?: string
  readonly multipath?: readonly NexthopMessage[]
  /** RTA_NH_ID: the nexthop object it goes by. */
  readonly nhid?: number
  readonly mark?: number
  readonly uid?: number
  readonly ipProtocol?: number
  readonly sport?: number
  readonly dport?: number
  readonly cacheInfo?: RouteCacheInfo
}

/** RTM_NEWRULE, RTM_DELRULE, RTM_GETRULE: struct fib_rule_hdr and FRA_*. */
export interface RuleMessage {
  readonly type: typeof RTM_NEWRULE | typeof RTM_DELRULE | typeof RTM_GETRULE
  readonly nlFlags?: number
  readonly family?: number
  readonly source?: number
  readonly sourceLength?: number
  readonly destination?: number
  readonly destinationLength?: number
  readonly tos?: number
  readonly table?: number
  /** FR_ACT_*. */
  readonly action?: number
  /** FIB_RULE_*: INVERT, UNRESOLVED, IIF_DETACHED, OIF_DETACHED. */
  readonly flags?: number
  readonly priority?: number
  readonly goto?: number
  readonly iifname?: string
  readonly oifname?: string
  readonly fwmark?: number
  readonly fwmask?: number
  readonly ipProtocol?: number
  readonly sportRange?: readonly [number, number]
  readonly dportRange?: readonly [number, number]
  readonly uidRange?: readonly [number, number]
  readonly suppressPrefixLength?: number
  readonly suppressIfgroup?: number
  readonly protocol?: number
}

/** struct nda_cacheinfo: ages in hundredths of a second, and the references held. */
export interface NeighborCacheInfo {
  readonly confirmed: number
  readonly used: number
  readonly updated: number
  readonly refcount: number
}

/** RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH: struct ndmsg and NDA_*; with family AF_BRIDGE a bridge's FDB. */
export interface NeighborMessage {
  readonly type: typeof RTM_NEWNEIGH | typeof RTM_DELNEIGH | typeof RTM_GETNEIGH
  readonly nlFlags?: number
  readonly family?: number
  readonly index?: number
  /** NUD_*. */
  readonly state?: number
  /** NTF_*. */
  readonly flags?: number
  /** NTF_EXT_* (NDA_FLAGS_EXT). */
  readonly extFlags?: number
  readonly neighType?: number
  readonly destination?: number
  readonly lladdr?: number
  /** Bytes of the address a request gives, if they are not the six of a MAC. */
  readonly lladdrLength?: number
  readonly master?: number
  readonly vlan?: number
  readonly probes?: number
  readonly cacheInfo?: NeighborCacheInfo
  readonly protocol?: number
}

/** RTM_NEWNEXTHOP, RTM_DELNEXTHOP, RTM_GETNEXTHOP, RTM_GETNEXTHOPBUCKET: struct nhmsg and NHA_*. */
export interface NexthopObjectMessage {
  readonly type: typeof RTM_NEWNEXTHOP | typeof RTM_DELNEXTHOP | typeof RTM_GETNEXTHOP | typeof RTM_GETNEXTHOPBUCKET
  readonly nlFlags?: number
  /** AF_UNSPEC for a group. */
  readonly family?: number
  readonly id?: number
  readonly scope?: number
  readonly protocol?: number
  /** RTNH_F_*. */
  readonly flags?: number
  readonly oif?: number
  readonly gateway?: number
  readonly blackhole?: boolean
  /** NHA_GROUP; weight: 1 to 256. */
  readonly group?: readonly { readonly id: number, readonly weight: number }[]
  /** NHA_GROUPS of a dump: groups only. */
  readonly groups?: boolean
  /** NHA_MASTER of a dump: of devices of this bridge only. */
  readonly master?: number
  /** NHA_RES_BUCKET_INDEX of a question for a bucket. */
  readonly bucketIndex?: number
}

/** RTM_NEWNSID, RTM_DELNSID, RTM_GETNSID: struct rtgenmsg and NETNSA_*. */
export interface NamespaceMessage {
  readonly type: typeof RTM_NEWNSID | typeof RTM_DELNSID | typeof RTM_GETNSID
  readonly nlFlags?: number
  /** NETNSA_NSID; -1: any, or none. */
  readonly nsid?: number
  /** NETNSA_FD of a request: the namespace meant. */
  readonly netns?: NetNamespace
  /** NETNSA_TARGET_NSID of a request: whose numbers are asked for. */
  readonly targetNsid?: number
  /** NETNSA_CURRENT_NSID: the number here, of an answer about a target's numbers. */
  readonly currentNsid?: number
}

/** RTM_NEWNETCONF, RTM_DELNETCONF: struct netconfmsg and NETCONFA_*. */
export interface NetconfMessage {
  readonly type: typeof RTM_NEWNETCONF | typeof RTM_DELNETCONF
  readonly family: number
  /** A device, or NETCONFA_IFINDEX_ALL or _DEFAULT. */
  readonly index: number
  readonly forwarding?: number
  readonly rpFilter?: number
  readonly mcForwarding?: number
  readonly proxyNeigh?: number
  readonly ignoreRoutesWithLinkdown?: number
}

/** IFLA_EVENT of a device whose features changed. */
export const IFLA_EVENT_FEATURES = 2

export const NETCONFA_IFINDEX_ALL = -1
export const NETCONFA_IFINDEX_DEFAULT = -2

export type NetlinkMessage = NamespaceMessage | NetconfMessage |
  LinkMessage | AddressMessage | RouteMessage | RuleMessage | NeighborMessage | NexthopObjectMessage

/** The kernel's answer: `error` is 0 or -errno, `extack` its sentence if it had one, `messages` what was asked for. */
export interface NetlinkReply {
  readonly error: number
  readonly extack: string
  readonly messages: readonly NetlinkMessage[]
}
