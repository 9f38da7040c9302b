/**
 * The grammar of pcap-filter(7) (libpcap 1.10.3 grammar.y), by recursive descent. Its traits:
 *
 *  - `and` and `or` have one precedence and group to the left; `not` binds tighter.
 *  - A name without qualifiers takes those of the expression to its left, and only after `and` or `or`.
 *  - Names are looked up as they are read, so an unknown host is reported before a syntax error behind it.
 *  - `%` and `^` have no precedence in the grammar; what follows them is read to the end of the arithmetic.
 *
 * A parenthesis may open an expression, a list of names or arithmetic; which it is shows only later. The parser tries
 * without meaning anything (`guessing`), keeps the answer by position, and reads again.
 */
import { TCP_PORTS, UDP_PORTS } from '../tcpdump/services.ts'
import { FilterError, SYNTAX_ERROR } from './filter-error.ts'
import { parseIpv6Words } from './ipv6-address.ts'
import { checkToken, tokenize, type Token } from './lexer.ts'
import { ETHER_PROTOCOLS, IP_PROTOCOLS } from './protocols.ts'
import { and, not, or, type Arithmetic, type ArithmeticOperator, type Place, type Size, type Test } from './syntax-tree.ts'
import {
  ALWAYS, TRANSPORT_NUMBERS, Tests, lacking, type QualifierDirection, type Qualifiers, type QualifierType,
} from './tests.ts'

export interface FilterOptions {
  /** Of the interface, for `ip broadcast`; 0 as for a capture file. */
  netmask?: number
  /** For a device, not a file: frames have a direction and an interface. */
  live?: boolean
  /** Addresses of a name; without it every host is unknown. */
  resolveHost?: (name: string) => readonly number[]
}

interface Value {
  test: Test
  qualifiers: Qualifiers
}

/** Arithmetic and the tests that must hold before it may be computed. */
interface Guarded {
  arithmetic: Arithmetic
  guard: Test | null
}

type Opening = 'arithmetic' | 'names' | 'expression'

const NO_QUALIFIERS: Qualifiers = { protocol: 'default', direction: 'default', type: 'undefined' }

const PROTOCOL_WORDS = new Set([
  'link', 'ip', 'arp', 'rarp', 'sctp', 'tcp', 'udp', 'icmp', 'igmp', 'igrp', 'pim', 'vrrp', 'carp', 'atalk', 'aarp',
  'decnet', 'lat', 'sca', 'mopdl', 'moprc', 'ip6', 'icmp6', 'ah', 'esp', 'iso', 'esis', 'isis', 'l1', 'l2', 'iih',
  'lsp', 'snp', 'psnp', 'csnp', 'clnp', 'stp', 'ipx', 'netbeui', 'radio',
])
const DIRECTION_WORDS = new Set(['src', 'dst', 'addr1', 'addr2', 'addr3', 'addr4', 'ra', 'ta'])
const TYPE_WORDS = new Set(['host', 'net', 'port', 'portrange', 'proto', 'protochain', 'gateway'])
const NETWORK_LOADS = new Set(['ip', 'arp', 'rarp', 'decnet', 'sca', 'lat', 'moprc', 'mopdl', 'ip6'])

const PRECEDENCE: ReadonlyMap<string, number> = new Map([
  ['|', 1], ['&', 2], ['<<', 3], ['>>', 3], ['+', 4], ['-', 4], ['*', 5], ['/', 5], ['%', 6], ['^', 6],
])
const RELATIONS = new Set(['>', '>=', '=', '<=', '<', '!='])

/** Reads a filter; null for an empty one, which everything passes. Throws FilterError. */
export function parseFilter(text: string, options: FilterOptions): Test | null {
  return new Parser(tokenize(text), options).program()
}

class Parser {
  private readonly tokens: readonly Token[]
  private readonly options: FilterOptions
  private readonly tests = new Tests()
  private readonly openings = new Map<number, Opening>()
  private at = 0
  private guessing = false
  private depth = 0

  constructor(tokens: readonly Token[], options: FilterOptions) {
    this.tokens = tokens
    this.options = options
  }

  program(): Test | null {
    if (this.peek().kind === 'end') return null
    const { test } = this.expression(NO_QUALIFIERS)
    if (this.peek().kind !== 'end') this.fail()
    return test
  }

  private peek(ahead = 0): Token {
    return this.tokens[Math.min(this.at + ahead, this.tokens.length - 1)]
  }

  private is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return (token.kind === 'word' || token.kind === 'symbol') && token.text === text
  }

  private take(): Token {
    const token = this.peek()
    checkToken(token)
    if (token.kind === 'bad') this.fail()
    this.at++
    return token
  }

  private accept(text: string): boolean {
    if (!this.is(text)) return false
    this.at++
    return true
  }

  private expect(text: string): void {
    if (!this.accept(text)) this.fail()
  }

  private number(): number {
    if (this.peek().kind !== 'number') this.fail()
    return this.take().value
  }

  private fail(): never {
    checkToken(this.peek())
    throw new FilterError(SYNTAX_ERROR)
  }

  /** Runs a lookup or a check of meaning, unless only the form is being tried. */
  private meaning(make: () => Test): Test {
    return this.guessing ? ALWAYS : make()
  }

  private enter(): void {
    if (++this.depth > MAX_DEPTH) throw new FilterError('expression is nested too deeply')
  }

  private expression(outer: Qualifiers): Value {
    this.enter()
    let left = this.term(outer, false)
    while (this.is('and') || this.is('or')) {
      const join = this.take().text === 'and' ? and : or
      const right = this.term(left.qualifiers, true)
      left = { test: join(left.test, right.test), qualifiers: right.qualifiers }
    }
    this.depth--
    return left
  }

  /** A term; after `and` and `or` also a name, which takes the qualifiers to its left. */
  private term(outer: Qualifiers, nameAllowed: boolean): Value {
    if (this.accept('!')) {
      this.enter()
      const value = this.term(outer, nameAllowed)
      this.depth--
      return { test: not(value.test), qualifiers: value.qualifiers }
    }
    const token = this.peek()
    if (token.kind === 'number' || this.is('(')) {
      const opening = this.opening(nameAllowed)
      if (opening === 'arithmetic') return this.relation()
      if (opening === 'names') return this.name(outer)
      this.take()
      const value = this.expression(outer)
      this.expect(')')
      return { test: value.test, qualifiers: outer }
    }
    if (nameAllowed && isName(token)) return this.name(outer)
    if (token.kind === 'word') return this.wordTerm(token.text)
    if (this.is('-')) return this.relation()
    return this.fail()
  }

  private wordTerm(word: string): Value {
    if (word === 'len') return this.relation()
    if (PROTOCOL_WORDS.has(word)) {
      if (this.is('[', 1)) return this.relation()
      this.take()
      if (this.startsHead()) return this.head(word)
      if (this.is('broadcast') || this.is('multicast')) return this.cast(word)
      return { test: this.meaning(() => this.tests.protocol(word)), qualifiers: NO_QUALIFIERS }
    }
    if (this.startsHead()) return this.head('default')
    if (word === 'broadcast' || word === 'multicast') return this.cast('default')
    return { test: this.otherTerm(this.take().text), qualifiers: NO_QUALIFIERS }
  }

  private otherTerm(word: string): Test {
    switch (word) {
      case 'less': {
        const value = this.number() | 0
        return not({ kind: 'length', operator: 'gt', value })
      }
      case 'greater': return { kind: 'length', operator: 'ge', value: this.number() | 0 }
      case 'byte': return this.byteTerm()
      case 'vlan': return this.numbered(id => this.tests.vlan(id))
      case 'mpls': return this.numbered(label => this.tests.mpls(label))
      case 'pppoes': return this.numbered(session => this.tests.pppoeSession(session))
      case 'geneve': return this.numbered(vni => this.tests.geneve(vni))
      case 'pppoed': return this.meaning(() => this.tests.pppoeDiscovery())
      case 'llc': return this.llc()
      case 'ifindex': {
        const value = this.number() | 0
        if (this.options.live) return { kind: 'metadata', what: 'ifindex', value }
        throw new FilterError('ifindex not supported on Ethernet when reading savefiles')
      }
      case 'inbound': case 'outbound':
        if (this.options.live) {
          const outgoing: Test = { kind: 'metadata', what: 'packet type', value: PACKET_OUTGOING }
          return word === 'outbound' ? outgoing : not(outgoing)
        }
        throw new FilterError('inbound/outbound not supported on Ethernet when reading savefiles')
      case 'and': case 'or': case 'mask': return this.unread()
      default: throw lacking(word)
    }
  }

  private unread(): never {
    this.at--
    return this.fail()
  }

  private byteTerm(): Test {
    const place = this.tests.link(this.number(), 1)
    const operator = this.take().text
    const value = this.number()
    if (operator === '=') return this.tests.field(place, 'eq', value)
    if (operator === '>') return this.tests.field(place, 'gt', value)
    if (operator === '<') return not(this.tests.field(place, 'ge', value))
    if (operator === '&' || operator === '|') throw lacking(`byte ${operator}`)
    return this.unread()
  }

  /** A test with a number behind it, perhaps. */
  private numbered(test: (value: number | null) => Test): Test {
    let open = 0
    while (this.is('(', open)) open++
    if (this.peek(open).kind !== 'number') return this.meaning(() => test(null))
    const value = this.parenthesizedNumber()
    return this.meaning(() => test(value))
  }

  private llc(): Test {
    const named = this.peek().kind === 'id' || this.is('rnr')
    const kind = named ? this.take().text : null
    return this.meaning(() => this.tests.llc(kind))
  }

  private parenthesizedNumber(): number {
    let open = 0
    while (this.accept('(')) open++
    const value = this.number()
    while (open-- > 0) this.expect(')')
    return value
  }

  private cast(protocol: string): Value {
    const broadcast = this.take().text === 'broadcast'
    const test = this.meaning(() => broadcast ? this.tests.broadcast(protocol, this.options.netmask ?? 0)
      : this.tests.multicast(protocol))
    return { test, qualifiers: NO_QUALIFIERS }
  }

  private startsHead(): boolean {
    const token = this.peek()
    return token.kind === 'word' && (DIRECTION_WORDS.has(token.text) || TYPE_WORDS.has(token.text))
  }

  /** `[direction] [type]` and the name, or names in parentheses, that they qualify. */
  private head(protocol: string): Value {
    const direction = this.direction()
    let type: QualifierType = 'default'
    const word = this.peek().text
    if (this.peek().kind === 'word' && TYPE_WORDS.has(word)) {
      const undirected = word === 'proto' || word === 'protochain' || word === 'gateway'
      if (undirected && direction !== 'default') this.fail()
      this.take()
      type = word as QualifierType
    }
    return this.name({ protocol, direction, type })
  }

  private direction(): QualifierDirection {
    const word = this.peek().text
    if (word !== 'src' && word !== 'dst') {
      if (this.peek().kind === 'word' && DIRECTION_WORDS.has(word)) throw lacking(word)
      return 'default'
    }
    this.take()
    const other = word === 'src' ? 'dst' : 'src'
    if ((this.is('or') || this.is('and')) && this.is(other, 1)) {
      const joined = this.take().text as 'or' | 'and'
      this.take()
      return joined
    }
    return word
  }

  /** A name, a number, or a list of them in parentheses. */
  private name(qualifiers: Qualifiers): Value {
    const token = this.peek()
    if (token.kind === 'number') return { test: this.numberName(qualifiers), qualifiers }
    if (this.accept('!')) {
      this.enter()
      const { test } = this.name(qualifiers)
      this.depth--
      return { test: not(test), qualifiers }
    }
    if (this.accept('(')) {
      this.enter()
      let test = this.firstOfList(qualifiers)
      while (this.is('and') || this.is('or')) {
        const join = this.take().text === 'and' ? and : or
        test = join(test, this.name(qualifiers).test)
      }
      this.expect(')')
      this.depth--
      return { test, qualifiers }
    }
    if (!isName(token)) return this.fail()
    return { test: this.singleName(qualifiers), qualifiers }
  }

  /** A list begins with a name or a number; a parenthesis may only hold a number there. */
  private firstOfList(qualifiers: Qualifiers): Test {
    if (!this.is('(')) return this.name(qualifiers).test
    const value = this.parenthesizedNumber()
    return this.meaning(() => this.numeric(value, 32, true, qualifiers))
  }

  private numberName(qualifiers: Qualifiers): Test {
    const value = this.number()
    return this.meaning(() => this.numeric(value, 32, true, qualifiers))
  }

  private singleName(qualifiers: Qualifiers): Test {
    const token = this.take()
    switch (token.kind) {
      case 'host': return this.hostName(token.text, qualifiers)
      case 'host6': return this.host6Name(token.text, qualifiers)
      case 'ether': return this.meaning(() => this.etherName(token.text, qualifiers))
      case 'id': return this.meaning(() => this.textName(token.text, qualifiers))
      default: throw lacking(token.text)
    }
  }

  private hostName(text: string, qualifiers: Qualifiers): Test {
    if (this.accept('/')) {
      const length = this.number()
      return this.meaning(() => this.network(text, length, `"${text}/${length}"`, qualifiers))
    }
    if (this.accept('mask')) {
      if (this.peek().kind !== 'host') this.fail()
      const mask = this.take().text
      return this.meaning(() => this.network(text, mask, `"${text} mask ${mask}"`, qualifiers))
    }
    return this.meaning(() => {
      const { type } = qualifiers
      if (type === 'port' || type === 'portrange' || type === 'proto' || type === 'protochain') {
        throw new FilterError(`'${type}' modifier applied to ip host`)
      }
      const [value, bits] = address(text)
      return this.numeric(value, bits, false, qualifiers)
    })
  }

  private network(text: string, maskOrLength: string | number, shown: string, qualifiers: Qualifiers): Test {
    const [value, bits] = address(text)
    const start = shifted(value, 32 - bits)
    let mask = 0
    if (typeof maskOrLength === 'string') {
      const [maskValue, maskBits] = address(maskOrLength)
      mask = shifted(maskValue, 32 - maskBits)
    } else {
      if (maskOrLength > 32) throw new FilterError('mask length must be <= 32')
      mask = shifted(-1, 32 - maskOrLength)
    }
    if ((start & ~mask) !== 0) throw new FilterError(`non-network bits set in ${shown}`)
    if (qualifiers.type !== 'net') throw new FilterError('Mask syntax for networks only')
    return this.tests.host(start, mask, qualifiers)
  }

  private host6Name(text: string, qualifiers: Qualifiers): Test {
    const length = this.accept('/') ? this.number() : null
    return this.meaning(() => {
      const words = parseIpv6Words(text)
      if (words === null) throw new FilterError(`bogus IPv6 address ${text}`)
      const bits = length ?? 128
      if (bits > 128) throw new FilterError('mask length must be <= 128')
      const masks = [0, 1, 2, 3].map(i => shifted(-1, 32 - Math.max(0, Math.min(32, bits - 32 * i))))
      if (words.some((word, i) => (word & ~masks[i]) !== 0)) {
        throw new FilterError(`non-network bits set in "${text}/${bits}"`)
      }
      const { type } = qualifiers
      if (type !== 'net' && type !== 'default' && type !== 'host') {
        throw new FilterError('invalid qualifier against IPv6 address')
      }
      if (type !== 'net' && bits !== 128) throw new FilterError('Mask syntax for networks only')
      return this.tests.host6(words, masks, qualifiers)
    })
  }

  private etherName(text: string, qualifiers: Qualifiers): Test {
    const { type, protocol, direction } = qualifiers
    if (type !== 'host' && type !== 'default' || protocol !== 'link') {
      throw new FilterError('ethernet address used in non-ether expression')
    }
    return this.tests.etherHost(macBytes(text), direction)
  }

  /** A number (or an IPv4 address of `bits` bits) under its qualifiers. */
  private numeric(value: number, bits: number, plain: boolean, qualifiers: Qualifiers): Test {
    const { type, protocol, direction } = qualifiers
    switch (type) {
      case 'default': case 'host': case 'net': {
        if (protocol === 'decnet') throw lacking('decnet host')
        if (protocol === 'link') throw new FilterError('illegal link layer address')
        let start = shifted(value, 32 - bits)
        let mask = shifted(-1, 32 - bits)
        while (plain && type === 'net' && start !== 0 && (start & 0xff000000) === 0) {
          start <<= 8
          mask <<= 8
        }
        return this.tests.host(start, mask, qualifiers)
      }
      case 'port': case 'portrange':
        this.checkPorts(value, value)
        return this.tests.ports(value, type === 'port' ? null : value, this.transportOf(type, protocol), direction)
      case 'gateway': throw new FilterError("'gateway' requires a name")
      case 'proto': return this.protocolNumber(value, qualifiers)
      case 'protochain': return this.tests.protocolChain(value, protocol)
      case 'undefined': throw new FilterError('syntax error in filter expression')
    }
  }

  private checkPorts(first: number, last: number): [number, number] {
    for (const port of [first, last]) {
      if (port > 65535) throw new FilterError(`illegal port number ${port} > 65535`)
    }
    return [first, last]
  }

  private transportOf(type: string, protocol: string): number | null {
    if (protocol === 'default') return null
    if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') {
      throw new FilterError(`illegal qualifier of '${type}'`)
    }
    return TRANSPORT_NUMBERS.get(protocol) as number
  }

  private protocolNumber(value: number, qualifiers: Qualifiers): Test {
    return this.tests.ipProtocol(value, qualifiers.protocol)
  }

  private textName(name: string, qualifiers: Qualifiers): Test {
    const { type, protocol, direction } = qualifiers
    switch (type) {
      case 'net': throw new FilterError(`unknown network '${name}'`)
      case 'default': case 'host': {
        if (protocol === 'link') throw new FilterError(`unknown ether host '${name}'`)
        if (protocol === 'decnet') throw lacking('decnet host')
        const addresses = this.options.resolveHost?.(name) ?? []
        if (addresses.length === 0) throw new FilterError(`unknown host '${name}'`)
        return addresses.map(found => this.tests.host(found, -1, qualifiers)).reduce((left, right) => or(left, right))
      }
      case 'port': {
        const required = this.transportOf(type, protocol)
        const found = portOf(name)
        if (found === null) throw new FilterError(`unknown port '${name}'`)
        return this.tests.ports(found.port, null, agreed(`port '${name}'`, required, found.transport), direction)
      }
      case 'portrange': return this.portRange(name, qualifiers)
      case 'gateway': throw new FilterError("'gateway' not supported in this configuration")
      case 'proto': return this.protocolName(name, qualifiers)
      case 'protochain': return this.tests.protocolChain(protocolNumberOf(name, protocol), protocol)
      case 'undefined': throw new FilterError('syntax error in filter expression')
    }
  }

  private portRange(name: string, qualifiers: Qualifiers): Test {
    const required = this.transportOf('portrange', qualifiers.protocol)
    const numbers = /^([0-9]+)-([0-9]+)/.exec(name)
    if (numbers !== null) {
      const [first, last] = this.checkPorts(Number(numbers[1]), Number(numbers[2]))
      return this.tests.ports(first, last, required, qualifiers.direction)
    }
    const dash = name.indexOf('-')
    const first = dash < 0 ? null : portOf(name.slice(0, dash))
    const last = dash < 0 ? null : portOf(name.slice(dash + 1))
    if (first === null || last === null) throw new FilterError(`unknown port in range '${name}'`)
    const transport = first.transport === last.transport ? first.transport : null
    const agreedOn = agreed(`port in range '${name}'`, required, transport)
    return this.tests.ports(first.port, last.port, agreedOn, qualifiers.direction)
  }

  private protocolName(name: string, qualifiers: Qualifiers): Test {
    const { protocol } = qualifiers
    if (protocol === 'link') return this.tests.linkType(etherTypeOf(name))
    return this.tests.ipProtocol(protocolNumberOf(name, protocol), protocol)
  }

  /** What begins here: arithmetic, names, or an expression. */
  private opening(nameAllowed: boolean): Opening {
    const known = this.openings.get(this.at)
    if (known !== undefined) return known
    let opening: Opening = 'expression'
    if (this.couldBe(() => this.relation())) opening = 'arithmetic'
    else if (nameAllowed && this.couldBe(() => this.name(NO_QUALIFIERS))) opening = 'names'
    else if (this.peek().kind === 'number') opening = nameAllowed ? 'names' : 'arithmetic'
    this.openings.set(this.at, opening)
    return opening
  }

  private couldBe(read: () => unknown): boolean {
    const saved = { at: this.at, guessing: this.guessing, depth: this.depth, offsets: this.tests.save() }
    this.guessing = true
    try {
      read()
      return true
    } catch (error) {
      if (!(error instanceof FilterError)) throw error
      return false
    } finally {
      this.at = saved.at
      this.guessing = saved.guessing
      this.depth = saved.depth
      this.tests.restore(saved.offsets)
    }
  }

  private relation(): Value {
    const left = this.arithmetic(0)
    const operator = this.peek().text
    if (this.peek().kind !== 'symbol' || !RELATIONS.has(operator)) this.fail()
    this.take()
    const right = this.arithmetic(0)
    const positive = operator === '>' || operator === '>=' || operator === '='
    const compared = operator === '>' || operator === '<=' ? 'gt' : operator === '>=' || operator === '<' ? 'ge' : 'eq'
    let test: Test = { kind: 'relation', operator: compared, left: left.arithmetic, right: right.arithmetic }
    if (!positive) test = not(test)
    const guard = left.guard !== null && right.guard !== null ? and(left.guard, right.guard) : left.guard ?? right.guard
    return { test: guard === null ? test : and(guard, test), qualifiers: NO_QUALIFIERS }
  }

  private arithmetic(minimum: number): Guarded {
    this.enter()
    let left = this.operand()
    for (;;) {
      const token = this.peek()
      const precedence = token.kind === 'symbol' ? PRECEDENCE.get(token.text) : undefined
      if (precedence === undefined || precedence <= minimum) break
      this.take()
      const operator = token.text as ArithmeticOperator
      const right = this.arithmetic(operator === '%' || operator === '^' ? 0 : precedence)
      if (!this.guessing) checkConstant(operator, right.arithmetic)
      // As in libpcap, only the left side's protocol is checked.
      const arithmetic: Arithmetic = { kind: 'binary', operator, left: left.arithmetic, right: right.arithmetic }
      left = { arithmetic, guard: left.guard }
    }
    this.depth--
    return left
  }

  private operand(): Guarded {
    const token = this.peek()
    if (token.kind === 'number') return { arithmetic: { kind: 'number', value: this.take().value | 0 }, guard: null }
    if (this.accept('len')) return { arithmetic: { kind: 'length' }, guard: null }
    if (this.accept('-')) {
      const { arithmetic, guard } = this.arithmetic(5)
      return { arithmetic: { kind: 'negate', of: arithmetic }, guard }
    }
    if (this.accept('(')) {
      const inner = this.arithmetic(0)
      this.expect(')')
      return inner
    }
    if (token.kind !== 'word' || !PROTOCOL_WORDS.has(token.text) || !this.is('[', 1)) return this.fail()
    this.at += 2
    const index = this.arithmetic(0)
    const size = this.accept(':') ? this.number() : 1
    this.expect(']')
    return this.guessing ? index : this.load(token.text, index, size)
  }

  private load(protocol: string, index: Guarded, size: number): Guarded {
    if (size !== 1 && size !== 2 && size !== 4) throw new FilterError('data size must be 1, 2, or 4')
    const { tests } = this
    const width: Size = size
    const loaded = (place: Place): Arithmetic => ({ kind: 'load', place, index: index.arithmetic })
    const guarded = (test: Test): Test => index.guard === null ? test : and(index.guard, test)
    if (protocol === 'link') return { arithmetic: loaded(tests.link(0, width)), guard: index.guard }
    if (NETWORK_LOADS.has(protocol)) {
      return { arithmetic: loaded(tests.payload(0, width)), guard: guarded(tests.protocol(protocol)) }
    }
    if (TRANSPORT_NUMBERS.has(protocol)) {
      const first = guarded(and(tests.protocol(protocol), tests.firstFragment()))
      return { arithmetic: loaded(tests.transport(0, width)), guard: and(tests.protocol('ip'), first) }
    }
    if (protocol === 'icmp6') {
      const next = tests.field(tests.payload(6, 1), 'eq', 58)
      return { arithmetic: loaded(tests.payload(40, width)), guard: and(guarded(tests.protocol('ip6')), next) }
    }
    if (protocol === 'radio') throw new FilterError('radio information not present in capture')
    if (protocol === 'atalk') throw lacking('atalk')
    throw new FilterError('unsupported index operation')
  }
}

/** Linux include/uapi/linux/if_packet.h. */
const PACKET_OUTGOING = 4

/** Bound of nesting, far beyond what a person writes. */
const MAX_DEPTH = 200

function isName(token: Token): boolean {
  return token.kind === 'id' || token.kind === 'host' || token.kind === 'host6' || token.kind === 'ether'
    || token.kind === 'arcnet'
}

/**
 * Refuses to divide by zero and to shift out. libpcap looks at the first instruction of the right side's code, which
 * is that of its leftmost number, also of an index; so `1 / ip[0]` is a division by zero to it, and to us.
 */
function checkConstant(operator: ArithmeticOperator, right: Arithmetic): void {
  let first = right
  while (first.kind !== 'number') {
    if (first.kind === 'length') return
    first = first.kind === 'load' ? first.index : first.kind === 'negate' ? first.of : first.left
  }
  if (operator === '/' && first.value === 0) throw new FilterError('division by zero')
  if (operator === '%' && first.value === 0) throw new FilterError('modulus by zero')
  const shift = operator === '<<' || operator === '>>'
  if (shift && first.value >>> 0 > 31) throw new FilterError('shift by more than 31 bits')
}

/** One to four decimal parts and how many bits they fill, from the left of an address. */
function address(text: string): [number, number] {
  let value = 0
  const parts = text.split('.')
  for (const part of parts) {
    if (!/^[0-9]+$/.test(part) || Number(part) > 255) throw new FilterError(`invalid IPv4 address '${text}'`)
    value = value << 8 | Number(part)
  }
  return [value, 8 * parts.length]
}

function shifted(value: number, bits: number): number {
  return bits >= 32 ? 0 : value << bits
}

/** Six bytes of any of the forms of a MAC address. */
function macBytes(text: string): number[] {
  if (/^[0-9A-Fa-f]{4}\./.test(text) || text.length === 12 && !/[:.-]/.test(text)) {
    return (text.replace(/\./g, '').match(/../g) ?? []).map(pair => parseInt(pair, 16))
  }
  return text.split(/[:.-]/).map(part => parseInt(part, 16))
}

/** A service's port, and its transport when it is of one only. */
function portOf(name: string): { port: number, transport: number | null } | null {
  if (/^[0-9]+$/.test(name)) return { port: Number(name), transport: null }
  const tcp = TCP_PORTS.get(name)
  const udp = UDP_PORTS.get(name)
  if (tcp !== undefined) return { port: tcp, transport: udp === tcp ? null : 6 }
  return udp === undefined ? null : { port: udp, transport: 17 }
}

function etherTypeOf(name: string): number {
  const type = ETHER_PROTOCOLS.get(name)
  if (type === undefined) throw new FilterError(`unknown ether proto '${name}'`)
  if (name === 'aarp' || name === 'atalk' || name === 'ipx') throw lacking(`ether proto ${name}`)
  return type
}

/** The number of an IP protocol's name, or of an EtherType's. */
function protocolNumberOf(name: string, protocol: string): number {
  if (protocol === 'link') return etherTypeOf(name)
  if (protocol !== 'default' && protocol !== 'ip' && protocol !== 'ip6') {
    throw new FilterError(`unknown protocol: ${name}`)
  }
  const number = IP_PROTOCOLS.get(name)
  if (number === undefined) throw new FilterError(`unknown ip proto '${name}'`)
  return number
}

/** The transport that the qualifier asks for, if the service may be of it. */
function agreed(what: string, required: number | null, found: number | null): number | null {
  if (required === null || found === null || required === found) return required ?? found
  throw new FilterError(`${what} is ${found === 6 ? 'tcp' : 'udp'}`)
}
