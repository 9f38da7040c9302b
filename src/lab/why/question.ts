/** What is asked: does a packet from one node get to an address, and is it answered? */
export interface Question {
  readonly from: string
  /** A node's name or an address. */
  readonly to: string
  readonly protocol: 'icmp' | 'udp'
  /** UDP only. */
  readonly port: number
  /** Bytes of data, sent with DF set; null: a small packet. */
  readonly size: number | null
  /** When to ask, ns of virtual time; null: as soon as the lab has started. With a time the script runs until then. */
  readonly atNs: number | null
}

/** A question that can't be asked; the message says why, and what can be. */
export class WhyError extends Error {
  override readonly name = 'WhyError'
}

/** Reads FROM and TO[:PORT[/tcp|udp]]; without a port it is an echo (ICMP). Throws WhyError. */
export function parseQuestion(from: string, to: string, size: number | null = null, atNs: number | null = null): Question {
  const match = /^([^:/]+)(?::(\d+)(?:\/(\w+))?)?$/.exec(to)
  if (match === null) throw new WhyError(`"${to}" is no address, node, or ADDRESS:PORT[/tcp|udp]`)
  const [, address, portText, protocol = 'tcp'] = match
  const common = { from, to: address, size, atNs }
  if (portText === undefined) return { ...common, protocol: 'icmp', port: 0 }
  const port = Number(portText)
  if (port < 1 || port > 65535) throw new WhyError(`${portText} is no port; ports are 1 to 65535`)
  if (protocol === 'udp') return { ...common, protocol: 'udp', port }
  if (protocol !== 'tcp') throw new WhyError(`"${protocol}" is no protocol it can ask with; try udp`)
  throw new WhyError(`TCP is not modelled yet; ask with ${address}:${port}/udp, or ${address} for an echo (ICMP)`)
}
