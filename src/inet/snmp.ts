/**
 * The counters of a network namespace behind /proc/net/snmp and /proc/net/netstat (RFC 1213, RFC 2011, RFC 4293; Linux
 * net/ipv4/proc.c). A field is named after its protocol and its column there: `Ip: InReceives` is ipInReceives.
 *
 * ICMP messages are counted by type, as Linux does (IcmpMsg: InType8 …); the named columns of the Icmp line are read
 * from those. Two thousand hosts never see an ICMP message, so the tables by type are made at the first one.
 */
export class SnmpCounters {
  ipInReceives = 0
  ipInHdrErrors = 0
  ipInAddrErrors = 0
  ipForwDatagrams = 0
  ipInUnknownProtos = 0
  ipInDiscards = 0
  ipInDelivers = 0
  ipOutRequests = 0
  ipOutDiscards = 0
  ipOutNoRoutes = 0
  ipOutTransmits = 0
  ipReasmTimeout = 0
  ipReasmReqds = 0
  ipReasmOKs = 0
  ipReasmFails = 0
  ipFragOKs = 0
  ipFragFails = 0
  ipFragCreates = 0
  /* IpExt of /proc/net/netstat. */
  ipExtInNoRoutes = 0
  ipExtInTruncatedPkts = 0
  ipExtInMcastPkts = 0
  ipExtOutMcastPkts = 0
  ipExtInBcastPkts = 0
  ipExtInCsumErrors = 0
  ipExtOutBcastPkts = 0
  ipExtInOctets = 0
  ipExtOutOctets = 0
  ipExtInMcastOctets = 0
  ipExtOutMcastOctets = 0
  ipExtInBcastOctets = 0
  ipExtOutBcastOctets = 0
  ipExtInECT1Pkts = 0
  ipExtInECT0Pkts = 0
  ipExtInCEPkts = 0
  ipExtInNoECTPkts = 0
  ipExtReasmOverlaps = 0
  /* TcpExt of /proc/net/netstat, where Linux keeps these two for IPv4. */
  ipExtIpReversePathFilter = 0
  arpFilter = 0

  icmpInMsgs = 0
  icmpInErrors = 0
  icmpInCsumErrors = 0
  icmpInTimeExcds = 0
  icmpOutMsgs = 0
  icmpOutErrors = 0
  icmpOutRateLimitGlobal = 0
  icmpOutRateLimitHost = 0

  udpInDatagrams = 0
  udpNoPorts = 0
  udpInErrors = 0
  udpOutDatagrams = 0
  udpRcvbufErrors = 0
  udpSndbufErrors = 0
  udpInCsumErrors = 0
  udpIgnoredMulti = 0
  udpMemErrors = 0

  private icmpIn: Float64Array | null = null
  private icmpOut: Float64Array | null = null

  /** Counts a received ICMP message of a type (ICMPMSGIN_INC_STATS); icmpInMsgs is the caller's. */
  countIcmpIn(type: number): void {
    if (this.icmpIn === null) this.icmpIn = new Float64Array(256)
    this.icmpIn[type & 255]++
  }

  /** Counts a sent ICMP message of a type, in both places (icmp_out_count). */
  countIcmpOut(type: number): void {
    if (this.icmpOut === null) this.icmpOut = new Float64Array(256)
    this.icmpOut[type & 255]++
    this.icmpOutMsgs++
  }

  /** ICMP messages of a type received so far: InDestUnreachs is icmpInType(3). */
  icmpInType(type: number): number {
    return this.icmpIn === null ? 0 : this.icmpIn[type & 255]
  }

  /** ICMP messages of a type sent so far: OutEchoReps is icmpOutType(0). */
  icmpOutType(type: number): number {
    return this.icmpOut === null ? 0 : this.icmpOut[type & 255]
  }
}
