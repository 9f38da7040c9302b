/* Numbers of routing as the kernel's interface has them (Linux include/uapi/linux/rtnetlink.h, route.h). */

/** Route types. */
export const RTN_UNSPEC = 0
export const RTN_UNICAST = 1
export const RTN_LOCAL = 2
export const RTN_BROADCAST = 3
export const RTN_ANYCAST = 4
export const RTN_MULTICAST = 5
export const RTN_BLACKHOLE = 6
export const RTN_UNREACHABLE = 7
export const RTN_PROHIBIT = 8
export const RTN_THROW = 9
export const RTN_NAT = 10
export const RTN_XRESOLVE = 11

/** How far away a destination may be: the larger, the nearer. */
export const RT_SCOPE_UNIVERSE = 0
export const RT_SCOPE_SITE = 200
export const RT_SCOPE_LINK = 253
export const RT_SCOPE_HOST = 254
export const RT_SCOPE_NOWHERE = 255

export const RT_TABLE_UNSPEC = 0
export const RT_TABLE_COMPAT = 252
export const RT_TABLE_DEFAULT = 253
export const RT_TABLE_MAIN = 254
export const RT_TABLE_LOCAL = 255

/** Who made a route. */
export const RTPROT_UNSPEC = 0
export const RTPROT_REDIRECT = 1
export const RTPROT_KERNEL = 2
export const RTPROT_BOOT = 3
export const RTPROT_STATIC = 4

/** Flags of a nexthop. */
export const RTNH_F_DEAD = 1
export const RTNH_F_PERVASIVE = 2
export const RTNH_F_ONLINK = 4
export const RTNH_F_OFFLOAD = 8
export const RTNH_F_LINKDOWN = 16
export const RTNH_F_UNRESOLVED = 32
export const RTNH_F_TRAP = 64

export const RTM_F_NOTIFY = 0x100
export const RTM_F_CLONED = 0x200
export const RTM_F_EQUALIZE = 0x400
export const RTM_F_PREFIX = 0x800
export const RTM_F_LOOKUP_TABLE = 0x1000
export const RTM_F_FIB_MATCH = 0x2000
