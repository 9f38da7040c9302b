/**
 * Names for addresses and ports. With -n all are numbers. Without it tcpdump asks the resolver, /etc/services and
 * its own table of vendors; a host without an answer from its resolver prints the number, and so do we.
 */
import { MAC_BROADCAST, formatIpv4, formatMac } from '../../wire/address.ts'
import { TCP_SERVICES, UDP_SERVICES } from './services.ts'
import { OUI_NAMES, protocolName } from './tables.ts'

/** Reverse lookup of an address, or null when there is no name. */
export type HostResolver = (address: number) => string | null

export class Names {
  private readonly numeric: boolean
  private readonly resolve: HostResolver | null

  constructor(numeric: boolean, resolve: HostResolver | null) {
    this.numeric = numeric
    this.resolve = resolve
  }

  host(address: number): string {
    const name = this.numeric || this.resolve === null ? null : this.resolve(address)
    return name ?? formatIpv4(address)
  }

  /** With -n the bare address; else `Broadcast`, or the address and its vendor. */
  mac(address: number): string {
    if (this.numeric) return formatMac(address)
    if (address === MAC_BROADCAST) return 'Broadcast'
    return `${formatMac(address)} (oui ${OUI_NAMES.get(Math.floor(address / 0x100_0000)) ?? 'Unknown'})`
  }

  tcpPort(port: number): string {
    return (this.numeric ? undefined : TCP_SERVICES.get(port)) ?? String(port)
  }

  udpPort(port: number): string {
    return (this.numeric ? undefined : UDP_SERVICES.get(port)) ?? String(port)
  }

  protocol(protocol: number): string {
    return (this.numeric ? null : protocolName(protocol)) ?? `ip-proto-${protocol}`
  }
}
