import type { DeviceConf } from '../inet/config.ts'
import { AF_INET, type NetconfMessage, RTM_NEWNETCONF } from './messages.ts'

/** Settings of a device that netlink tells of (inet_netconf_fill_devconf). */
export function netconfOf(index: number, conf: DeviceConf): NetconfMessage {
  return {
    type: RTM_NEWNETCONF, family: AF_INET, index, forwarding: conf.forwarding, rpFilter: conf.rpFilter,
    mcForwarding: conf.mcForwarding, proxyNeigh: conf.proxyArp, ignoreRoutesWithLinkdown: conf.ignoreRoutesWithLinkdown,
  }
}
