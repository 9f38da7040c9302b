/**
 * The meaning of qualifiers and protocols on Ethernet: what libpcap's gencode.c gives for DLT_EN10MB. An object of
 * this class follows one parse, since `vlan` moves all offsets of what stands after it.
 */
import { FilterError } from './filter-error.ts'
import { ipv4Chain, ipv6Chain, geneveOffsets, outerLength4, outerLength6, sameWords } from './computed.ts'
import { and, not, or, type FieldOperator, type Place, type Register, type Size, type Test } from './syntax-tree.ts'

export type QualifierType =
  'default' | 'host' | 'net' | 'port' | 'portrange' | 'proto' | 'protochain' | 'gateway' | 'undefined'
export type QualifierDirection = 'default' | 'src' | 'dst' | 'or' | 'and'

/** What stands before a name and is carried to the names after `and` and `or`. */
export interface Qualifiers {
  protocol: string
  direction: QualifierDirection
  type: QualifierType
}

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_ARP = 0x0806
const ETHERTYPE_RARP = 0x8035
const ETHERTYPE_IPV6 = 0x86dd
const MAX_LENGTH_VALUE = 1500
const VLAN_TYPES = [0x8100, 0x88a8, 0x9100]

const SAP_ISO = 0xfe
const SAP_IP = 0x06
const SAP_NETBEUI = 0xf0

export const TRANSPORT_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['icmp', 1], ['igmp', 2], ['tcp', 6], ['igrp', 9], ['udp', 17], ['pim', 103], ['vrrp', 112], ['carp', 112],
  ['sctp', 132],
])

const NETWORK_TYPES: ReadonlyMap<string, number> = new Map([
  ['ip', ETHERTYPE_IPV4], ['arp', ETHERTYPE_ARP], ['rarp', ETHERTYPE_RARP], ['ip6', ETHERTYPE_IPV6],
  ['decnet', 0x6003], ['lat', 0x6004], ['sca', 0x6007], ['mopdl', 0x6001], ['moprc', 0x6002],
  ['iso', SAP_ISO], ['stp', 0x42], ['netbeui', SAP_NETBEUI],
])

/** Those whose test also holds inside IPv6. */
const IN_BOTH_VERSIONS = new Set(['tcp', 'udp', 'sctp', 'pim'])

export class Tests {
  /** Where what is asked about stands: moved by `vlan`, `mpls` and `pppoes`. */
  private state: Offsets = {
    linkAt: 0, typeAt: 12, payloadAt: 14, ppp: false, labels: 0, link: null, type: null, payload: null, geneve: false,
  }

  /** In the link layer header. */
  link(offset: number, size: Size): Place {
    return { at: this.state.linkAt + offset, headerAt: null, size, base: this.state.link }
  }

  payload(offset: number, size: Size): Place {
    return { at: this.state.payloadAt + offset, headerAt: null, size, base: this.state.payload }
  }

  transport(offset: number, size: Size): Place {
    const { payloadAt, payload } = this.state
    return { at: payloadAt + offset, headerAt: payloadAt, size, base: payload }
  }

  /** From the type field on. */
  private type(offset: number, size: Size): Place {
    return { at: this.state.typeAt + offset, headerAt: null, size, base: this.state.type }
  }

  field(place: Place, operator: FieldOperator, value: number, mask: number | null = null): Test {
    return { kind: 'field', place, mask, operator, value: value | 0, computed: '' }
  }

  linkType(type: number): Test {
    const { ppp, labels } = this.state
    if (labels > 0) return this.mplsType(type)
    if (ppp) return this.field(this.type(0, 2), 'eq', PPP_TYPES.get(type) ?? type)
    if (type > MAX_LENGTH_VALUE) return this.field(this.type(0, 2), 'eq', type)
    const isLength = not(this.field(this.type(0, 2), 'gt', MAX_LENGTH_VALUE))
    const both = type === SAP_ISO || type === SAP_IP || type === SAP_NETBEUI
    const one = this.field(this.type(2, 1), 'eq', type)
    return and(isLength, both ? this.field(this.payload(0, 2), 'eq', type << 8 | type) : one)
  }

  /** Behind the last label, the packet's version alone tells what it is. */
  private mplsType(type: number): Test {
    if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) throw new FilterError('unsupported protocol over mpls')
    return and(this.bottomOfStack(1), this.field(this.payload(0, 1), 'eq', type === ETHERTYPE_IPV4 ? 0x40 : 0x60, 0xf0))
  }

  private bottomOfStack(bit: number): Test {
    return this.field(this.payload(-2, 1), 'eq', bit, 1)
  }

  /** A protocol's name alone. */
  protocol(name: string): Test {
    const type = NETWORK_TYPES.get(name)
    if (type !== undefined) return this.linkType(type)
    const number = TRANSPORT_NUMBERS.get(name)
    if (number !== undefined) {
      return IN_BOTH_VERSIONS.has(name) ? this.ipProtocol(number, 'default') : this.ipProtocol(number, 'ip')
    }
    if (name === 'ah') return this.ipProtocol(51, 'default')
    if (name === 'esp') return this.ipProtocol(50, 'default')
    if (name === 'icmp6') return this.ipProtocol(58, 'ip6')
    if (name === 'link') throw new FilterError('link layer applied in wrong context')
    throw lacking(name)
  }

  /** `proto N` under a protocol qualifier. */
  ipProtocol(number: number, within: string): Test {
    if (within === 'default') return or(this.ipProtocol(number, 'ip'), this.ipProtocol(number, 'ip6'))
    if (within === 'link') return this.linkType(number)
    if (within === 'ip') return and(this.linkType(ETHERTYPE_IPV4), this.field(this.payload(9, 1), 'eq', number))
    if (within === 'ip6') {
      const fragment = and(this.field(this.payload(6, 1), 'eq', 44), this.field(this.payload(40, 1), 'eq', number))
      return and(this.linkType(ETHERTYPE_IPV6), or(this.field(this.payload(6, 1), 'eq', number), fragment))
    }
    const plain = new Set(['arp', 'rarp'])
    if (plain.has(within)) throw new FilterError(`${within} does not encapsulate another protocol`)
    throw new FilterError(`'${within} proto' is bogus`)
  }

  host(address: number, mask: number, qualifiers: Qualifiers): Test {
    const { protocol, direction } = qualifiers
    const beforeLabels = this.state.labels === 0
    if (protocol === 'default' && !beforeLabels) return this.host(address, mask, { ...qualifiers, protocol: 'ip' })
    if (protocol === 'default') {
      const others = or(this.host(address, mask, { ...qualifiers, protocol: 'arp' }),
        this.host(address, mask, { ...qualifiers, protocol: 'rarp' }))
      return or(this.host(address, mask, { ...qualifiers, protocol: 'ip' }), others)
    }
    const name = qualifiers.type === 'net' ? 'net' : 'host'
    if (protocol === 'ip') return this.addressTest(address, mask, direction, ETHERTYPE_IPV4, 12, 16)
    if (protocol === 'arp') return this.addressTest(address, mask, direction, ETHERTYPE_ARP, 14, 24)
    if (protocol === 'rarp') return this.addressTest(address, mask, direction, ETHERTYPE_RARP, 14, 24)
    if (protocol === 'link') throw new FilterError(`link-layer modifier applied to ${name}`)
    if (protocol === 'ip6') throw new FilterError("'ip6' modifier applied to ip host")
    throw new FilterError(HOST_ERRORS.get(protocol) ?? `'${protocol}' modifier applied to ${name}`)
  }

  private addressTest(
    address: number, mask: number, direction: QualifierDirection, type: number, source: number, destination: number,
  ): Test {
    const at = (offset: number): Test =>
      and(this.linkType(type), this.field(this.payload(offset, 4), 'eq', address, mask === -1 ? null : mask))
    return inDirection(direction, () => at(source), () => at(destination))
  }

  /** `words` and `masks`: four 32-bit words each. */
  host6(words: readonly number[], masks: readonly number[], qualifiers: Qualifiers): Test {
    const { protocol, direction } = qualifiers
    const name = qualifiers.type === 'net' ? 'net' : 'host'
    if (protocol === 'link') throw new FilterError(`link-layer modifier applied to ip6 ${name}`)
    if (protocol !== 'default' && protocol !== 'ip6') {
      throw new FilterError(`'${protocol}' modifier applied to ip6 ${name}`)
    }
    const at = (offset: number): Test => {
      const parts = words.map((word, i) =>
        this.field(this.payload(offset + 4 * i, 4), 'eq', word, masks[i] === -1 ? null : masks[i]))
      return and(this.linkType(ETHERTYPE_IPV6), parts.reduce((left, right) => and(left, right)))
    }
    return inDirection(direction, () => at(8), () => at(24))
  }

  etherHost(mac: readonly number[], direction: QualifierDirection): Test {
    if (this.state.ppp) {
      throw new FilterError('ethernet addresses supported only on '
        + 'ethernet/FDDI/token ring/802.11/ATM LANE/Fibre Channel')
    }
    const high = mac[0] << 8 | mac[1]
    const low = mac[2] << 24 | mac[3] << 16 | mac[4] << 8 | mac[5]
    const at = (offset: number): Test =>
      and(this.field(this.link(offset + 2, 4), 'eq', low), this.field(this.link(offset, 2), 'eq', high))
    return this.ofLink(inDirection(direction, () => at(6), () => at(0)))
  }

  /** A test of the link layer header, which a Geneve tunnel may not carry. */
  private ofLink(test: Test): Test {
    const { geneve, link, payload } = this.state
    return geneve && link !== null && payload !== null ? and(not(sameWords(link, payload)), test) : test
  }

  /**
   * Ports from `first` to `last` (one port when that is null), of one transport protocol or (null) of TCP, UDP and
   * SCTP; not in later fragments.
   */
  ports(first: number, last: number | null, transport: number | null, direction: QualifierDirection): Test {
    const transports = transport === null ? [132, 6, 17] : [transport]
    const low = Math.min(first, last ?? first)
    const high = Math.max(first, last ?? first)
    const range = (place: Place): Test => last === null ? this.field(place, 'eq', first)
      : and(this.field(place, 'ge', low), not(this.field(place, 'gt', high)))
    const any = (one: (number: number) => Test): Test => transports.map(one).reduce((left, right) => or(left, right))
    const v6 = any(number => and(this.field(this.payload(6, 1), 'eq', number), inDirection(direction,
      () => range(this.payload(40, 2)), () => range(this.payload(42, 2)))))
    const v4 = any(number => and(and(this.field(this.payload(9, 1), 'eq', number), this.firstFragment()),
      inDirection(direction, () => range(this.transport(0, 2)), () => range(this.transport(2, 2)))))
    return or(and(this.linkType(ETHERTYPE_IPV6), v6), and(this.linkType(ETHERTYPE_IPV4), v4))
  }

  firstFragment(): Test {
    return not(this.field(this.payload(6, 2), 'set', 0x1fff))
  }

  broadcast(protocol: string, netmask: number): Test {
    const ofLink = protocol === 'default' || protocol === 'link'
    if (ofLink && this.state.ppp) throw new FilterError('not a broadcast link')
    if (ofLink) return this.etherHost([255, 255, 255, 255, 255, 255], 'dst')
    if (protocol !== 'ip') throw new FilterError('only link-layer/IP broadcast filters supported')
    const hostBits = ~netmask
    const at = this.payload(16, 4)
    const zeros = this.field(at, 'eq', 0, hostBits)
    return and(this.linkType(ETHERTYPE_IPV4), or(zeros, this.field(at, 'eq', hostBits, hostBits)))
  }

  multicast(protocol: string): Test {
    const ofEthernet = (protocol === 'default' || protocol === 'link') && !this.state.ppp
    if (ofEthernet) return this.ofLink(this.field(this.link(0, 1), 'set', 1))
    if (protocol === 'ip') return and(this.linkType(ETHERTYPE_IPV4), this.field(this.payload(16, 1), 'ge', 224))
    if (protocol === 'ip6') return and(this.linkType(ETHERTYPE_IPV6), this.field(this.payload(24, 1), 'eq', 255))
    throw new FilterError('link-layer multicast filters supported only on '
      + 'ethernet/FDDI/token ring/ARCNET/802.11/ATM LANE/Fibre Channel')
  }

  /** `vlan [id]`: and from here on, in the text's order, types and payloads are four bytes further. */
  vlan(id: number | null): Test {
    if (this.state.labels > 0) throw new FilterError('no VLAN match after MPLS')
    if (this.state.ppp) throw new FilterError('no VLAN support for PPP')
    let test = VLAN_TYPES.map(type => this.linkType(type)).reduce((left, right) => or(left, right))
    if (id !== null) {
      if (id > 0xfff) throw new FilterError(`VLAN tag ${id} greater than maximum 4095`)
      test = and(test, this.field(this.payload(0, 2), 'eq', id, 0xfff))
    }
    const { typeAt, payloadAt } = this.state
    this.state = { ...this.state, typeAt: typeAt + 4, payloadAt: payloadAt + 4 }
    return test
  }

  /** `mpls [label]`: and from here on, what is asked is behind that label. */
  mpls(label: number | null): Test {
    const { labels, ppp, payloadAt } = this.state
    let test = labels > 0 ? this.bottomOfStack(0) : this.linkType(ppp ? PPP_MPLS_UNICAST : ETHERTYPE_MPLS)
    if (label !== null) {
      if (label > 0xfffff) throw new FilterError(`MPLS label ${label} greater than maximum 1048575`)
      test = and(test, this.field(this.payload(0, 4), 'eq', label << 12, 0xfffff000 | 0))
    }
    this.state = { ...this.state, payloadAt: payloadAt + 4, labels: labels + 1 }
    return test
  }

  pppoeDiscovery(): Test {
    return this.linkType(0x8863)
  }

  /** `pppoes [session]`: and from here on, the link is the PPP that it carries. */
  pppoeSession(session: number | null): Test {
    let test = this.linkType(0x8864)
    if (session !== null) {
      if (session > 0xffff) throw new FilterError(`PPPoE session number ${session} greater than maximum 65535`)
      test = and(test, this.field(this.payload(0, 4), 'eq', session, 0xffff))
    }
    const { payload, payloadAt } = this.state
    const linkAt = payloadAt + 6
    this.state = {
      ...this.state, linkAt, typeAt: linkAt, payloadAt: linkAt + 2, ppp: true, labels: 0,
      link: payload, type: payload, payload,
    }
    return test
  }

  /**
   * `geneve [vni]` (RFC 8926 §3.4): and from here on, what is asked is what the tunnel carries. Where that begins is
   * computed from the lengths of the outer header and of the options.
   */
  geneve(vni: number | null): Test {
    if (vni !== null && vni > 0xffffff) throw new FilterError(`Geneve VNI ${vni} greater than maximum 16777215`)
    const { payloadAt, payload } = this.state
    const header = (place: (offset: number, size: Size) => Place, first: Test): Test => {
      let test = and(first, this.field(place(2, 2), 'eq', GENEVE_PORT))
      test = and(test, this.field(place(8, 1), 'eq', 0, 0xc0))
      return vni === null ? test : and(test, this.field(place(12, 4), 'eq', vni << 8, 0xffffff00 | 0))
    }
    const first4 = and(this.linkType(ETHERTYPE_IPV4),
      and(this.field(this.payload(9, 1), 'eq', 17), this.firstFragment()))
    const v4 = and(header((offset, size) => this.transport(offset, size), first4), outerLength4(payloadAt, payload))
    const first6 = and(this.linkType(ETHERTYPE_IPV6), this.field(this.payload(6, 1), 'eq', 17))
    const v6 = and(header((offset, size) => this.payload(40 + offset, size), first6), outerLength6(payload))
    const type = { word: -1 }
    const link = { word: -1 }
    const inner = { word: -1 }
    const test = and(or(v4, v6), geneveOffsets(payloadAt + 8, type, link, inner))
    this.state = {
      linkAt: 0, typeAt: 0, payloadAt: 0, ppp: false, labels: this.state.labels, link, type, payload: inner, geneve: true,
    }
    return test
  }

  /** `protochain N`: through the authentication header, and those of IPv6 that lead to another. */
  protocolChain(number: number, within: string): Test {
    const { payload, payloadAt } = this.state
    if (payload !== null) throw new FilterError("'protochain' not supported with variable length headers")
    const chain4 = (leaked: readonly Register[]): Test =>
      and(this.linkType(ETHERTYPE_IPV4), ipv4Chain(number, payloadAt, leaked))
    const chain6 = (): Test => and(this.linkType(ETHERTYPE_IPV6), ipv6Chain(number, payloadAt))
    if (within === 'ip') return chain4([])
    if (within === 'ip6') return chain6()
    if (within === 'default') return or(chain4([{ word: -1 }]), chain6())
    throw new FilterError("bad protocol applied for 'protochain'")
  }

  /** `llc [kind]`: IEEE 802.2 frames, of a kind of their control field, in letters of either case. */
  llc(kind: string | null): Test {
    const { ppp } = this.state
    if (ppp) throw new FilterError("'llc' not supported for PPP")
    const any = and(not(this.field(this.type(0, 2), 'gt', MAX_LENGTH_VALUE)),
      not(this.field(this.payload(0, 2), 'eq', 0xffff)))
    if (kind === null) return any
    const control = this.payload(2, 1)
    if (kind.toLowerCase() === 'i') return and(any, not(this.field(control, 'set', 1)))
    const found = LLC_KINDS.get(kind.toLowerCase())
    if (found === undefined) throw new FilterError(`unknown LLC type name "${kind}"`)
    return and(any, this.field(control, 'eq', found[0], found[1]))
  }

  /** The offsets, to be put back when a guess of the parser was wrong. */
  save(): Offsets {
    return this.state
  }

  restore(saved: Offsets): void {
    this.state = saved
  }
}

/** Values are replaced, never changed. */
export interface Offsets {
  /** Of the link layer header, of its type field, and of what it carries. */
  readonly linkAt: number
  readonly typeAt: number
  readonly payloadAt: number
  /** The link is PPP, inside PPPoE. */
  readonly ppp: boolean
  /** MPLS labels passed. */
  readonly labels: number
  /** The memory words that the three offsets are counted from; null: from the frame's start. */
  readonly link: Register | null
  readonly type: Register | null
  readonly payload: Register | null
  /** Behind `geneve`, where there may be no link layer header. */
  readonly geneve: boolean
}

/** RFC 8926 §3.3. */
const GENEVE_PORT = 6081

const ETHERTYPE_MPLS = 0x8847
const PPP_MPLS_UNICAST = 0x0281
/** PPP's numbers for EtherTypes and service access points (RFC 1332, 5072, 1377, 3185; IANA ppp-numbers). */
const PPP_TYPES: ReadonlyMap<number, number> = new Map([
  [ETHERTYPE_IPV4, 0x21], [ETHERTYPE_IPV6, 0x57], [0x6003, 0x27], [0x809b, 0x29], [0x0600, 0x25], [SAP_ISO, 0x23],
  [0x42, 0x31], [0xe0, 0x2b],
])
/** Value and mask of the control field (IEEE 802.2 §5.4). */
const LLC_KINDS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['s', [1, 3]], ['u', [3, 3]], ['rr', [0x01, 0x0f]], ['rnr', [0x05, 0x0f]], ['rej', [0x09, 0x0f]],
  ['ui', [0x03, 0xef]], ['ua', [0x63, 0xef]], ['disc', [0x43, 0xef]], ['sabme', [0x6f, 0xef]], ['test', [0xe3, 0xef]],
  ['xid', [0xaf, 0xef]], ['frmr', [0x87, 0xef]],
])

export const ALWAYS: Test = { kind: 'length', operator: 'ge', value: 0 }

/** What libpcap has and we have not (yet). */
export function lacking(word: string): FilterError {
  return new FilterError(`Netarium's filter has no '${word}'`)
}

function inDirection(direction: QualifierDirection, source: () => Test, destination: () => Test): Test {
  if (direction === 'src') return source()
  if (direction === 'dst') return destination()
  return direction === 'and' ? and(source(), destination()) : or(source(), destination())
}

const HOST_ERRORS: ReadonlyMap<string, string> = new Map([
  ['atalk', 'AppleTalk host filtering not implemented'], ['lat', 'LAT host filtering not implemented'],
  ['sca', 'SCA host filtering not implemented'], ['moprc', 'MOPRC host filtering not implemented'],
  ['mopdl', 'MOPDL host filtering not implemented'], ['aarp', 'AARP host filtering not implemented'],
  ['iso', 'ISO host filtering not implemented'], ['ipx', 'IPX host filtering not implemented'],
])
