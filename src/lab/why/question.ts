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
