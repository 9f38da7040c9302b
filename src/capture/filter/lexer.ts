/**
 * Words of the filter language, by the longest match as libpcap's scanner takes them (scanner.l of 1.10.3): where a
 * keyword and an identifier are of one length the keyword wins, and numbers before addresses before identifiers.
 */
import { FilterError } from './filter-error.ts'

export type TokenKind = 'word' | 'symbol' | 'number' | 'host' | 'host6' | 'ether' | 'arcnet' | 'id' | 'bad' | 'end'

export interface Token {
  kind: TokenKind
  /** The keyword, symbol or text. Synonyms are brought to one spelling: `&&` is `and`. */
  text: string
  value: number
  /** What is wrong with it; reported when the parser comes to it, not before. */
  error: string | null
}

const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ['ether', 'link'], ['ppp', 'link'], ['slip', 'link'], ['fddi', 'link'], ['tr', 'link'], ['wlan', 'link'],
  ['not', '!'], ['&&', 'and'], ['||', 'or'], ['==', '='], ['length', 'len'], ['direction', 'dir'],
  ['es-is', 'esis'], ['is-is', 'isis'], ['address1', 'addr1'], ['address2', 'addr2'], ['address3', 'addr3'],
  ['address4', 'addr4'], ['ifname', 'on'], ['ruleset', 'rset'], ['rulenum', 'rnr'], ['subrulenum', 'srnr'],
  ['lssu', 'lsu'],
])

const KEYWORDS: ReadonlySet<string> = new Set(`
  dst src link arp rarp ip sctp tcp udp icmp igmp igrp pim vrrp carp radio ip6 icmp6 ah esp atalk aarp decnet lat sca
  moprc mopdl iso esis isis l1 l2 iih lsp snp csnp psnp clnp stp ipx netbeui host net mask port portrange proto
  protochain gateway type subtype dir addr1 addr2 addr3 addr4 ra ta less greater byte broadcast multicast and or ! len
  inbound outbound ifindex vlan mpls pppoed pppoes geneve lane llc metac bcc oam oamf4 oamf4ec oamf4sc sc ilmic vpi
  vci connectmsg metaconnect on rset rnr srnr reason action fisu lsu msu hfisu hlssu hmsu sio opc dpc sls hsio hopc
  hdpc hsls
`.trim().split(/\s+/))

const NAMED_NUMBERS: ReadonlyMap<string, number> = new Map([
  ['icmptype', 0], ['icmpcode', 1], ['icmp-echoreply', 0], ['icmp-unreach', 3], ['icmp-sourcequench', 4],
  ['icmp-redirect', 5], ['icmp-echo', 8], ['icmp-routeradvert', 9], ['icmp-routersolicit', 10],
  ['icmp-timxceed', 11], ['icmp-paramprob', 12], ['icmp-tstamp', 13], ['icmp-tstampreply', 14], ['icmp-ireq', 15],
  ['icmp-ireqreply', 16], ['icmp-maskreq', 17], ['icmp-maskreply', 18], ['icmp6type', 0], ['icmp6code', 1],
  ['icmp6-destinationunreach', 1], ['icmp6-packettoobig', 2], ['icmp6-timeexceeded', 3],
  ['icmp6-parameterproblem', 4], ['icmp6-echo', 128], ['icmp6-echoreply', 129],
  ['icmp6-multicastlistenerquery', 130], ['icmp6-multicastlistenerreportv1', 131],
  ['icmp6-multicastlistenerdone', 132], ['icmp6-routersolicit', 133], ['icmp6-routeradvert', 134],
  ['icmp6-neighborsolicit', 135], ['icmp6-neighboradvert', 136], ['icmp6-redirect', 137],
  ['icmp6-routerrenum', 138], ['icmp6-nodeinformationquery', 139], ['icmp6-nodeinformationresponse', 140],
  ['icmp6-ineighbordiscoverysolicit', 141], ['icmp6-ineighbordiscoveryadvert', 142],
  ['icmp6-multicastlistenerreportv2', 143], ['icmp6-homeagentdiscoveryrequest', 144],
  ['icmp6-homeagentdiscoveryreply', 145], ['icmp6-mobileprefixsolicit', 146], ['icmp6-mobileprefixadvert', 147],
  ['icmp6-certpathsolicit', 148], ['icmp6-certpathadvert', 149], ['icmp6-multicastrouteradvert', 151],
  ['icmp6-multicastroutersolicit', 152], ['icmp6-multicastrouterterm', 153], ['tcpflags', 13], ['tcp-fin', 0x01],
  ['tcp-syn', 0x02], ['tcp-rst', 0x04], ['tcp-push', 0x08], ['tcp-ack', 0x10], ['tcp-urg', 0x20],
  ['tcp-ece', 0x40], ['tcp-cwr', 0x80],
])

const N = '(?:0[xX][0-9A-Fa-f]+|[0-9]+)'
const B = '[0-9A-Fa-f]{1,2}'
const B4 = '[0-9A-Fa-f]{4}'
const H = '[0-9A-Fa-f]{1,4}'

/** In the order of their precedence at equal length. */
const PATTERNS: readonly (readonly [TokenKind, RegExp])[] = [
  ['symbol', /&&|\|\||>=|<=|!=|==|<<|>>|[-+*/%:[\]!<>()&|^=]/y],
  ['arcnet', new RegExp(`\\$${B}`, 'y')],
  ['ether', new RegExp(
    `(?:${B}(?::${B}){5}|${B}(?:-${B}){5}|${B}(?:\\.${B}){5}|${B4}(?:\\.${B4}){2}|(?:${B4}){3})`, 'y')],
  ['number', new RegExp(N, 'y')],
  ['host', new RegExp(`${N}(?:\\.${N}){1,3}`, 'y')],
  ['host6', new RegExp(
    `(?=[0-9A-Fa-f:]*::|${H}(?::${H}){5}:)(?:${H})?(?::(?=[0-9]+\\.)|:${H}|:)*(?:${N}(?:\\.${N}){3})?`, 'y')],
  ['bad', new RegExp(`${B}:+(?:${B}:+)+`, 'y')],
  ['id', /[A-Za-z0-9](?:[-_.A-Za-z0-9]*[.A-Za-z0-9])?/y],
  ['id', /\\[^ !()\n\t]+/y],
]

/** The tokens of `text`, ended by one of kind `end`. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (;;) {
    while (at < text.length && ' \r\n\t'.includes(text[at])) at++
    if (at >= text.length) break
    const token = longest(text, at)
    tokens.push(token.token)
    at += token.length
  }
  tokens.push({ kind: 'end', text: '', value: 0, error: null })
  return tokens
}

function longest(text: string, at: number): { token: Token, length: number } {
  let kind: TokenKind = 'bad'
  let length = 0
  for (const [candidate, pattern] of PATTERNS) {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match !== null && match[0].length > length) {
      length = match[0].length
      kind = candidate
    }
  }
  if (length === 0) return { token: { kind: 'bad', text: text[at], value: 0, error: null }, length: 1 }
  return { token: classify(kind, text.slice(at, at + length)), length }
}

function classify(kind: TokenKind, text: string): Token {
  const plain: Token = { kind, text, value: 0, error: null }
  if (kind === 'symbol') return { ...plain, text: SYNONYMS.get(text) ?? text }
  if (kind === 'number') return number(text)
  if (kind === 'bad') return { ...plain, kind: 'ether', error: `bogus ethernet address ${text}` }
  if (kind !== 'id') return plain
  if (text.startsWith('\\')) return { ...plain, text: text.slice(1) }
  const word = SYNONYMS.get(text) ?? text
  if (KEYWORDS.has(word)) return { ...plain, kind: word === '!' ? 'symbol' : 'word', text: word }
  const value = NAMED_NUMBERS.get(text)
  return value !== undefined ? { ...plain, kind: 'number', value } : plain
}

function number(text: string): Token {
  const token: Token = { kind: 'number', text, value: 0, error: null }
  const octal = /^0[0-9]/.test(text)
  if (octal && /[89]/.test(text)) return { ...token, error: `number ${text} contains non-octal digit` }
  const value = octal ? parseInt(text, 8) : Number(text)
  if (value > 0xffff_ffff) return { ...token, error: `number ${text} overflows 32 bits` }
  return { ...token, value }
}

/** Throws what is wrong with a token that the parser takes. */
export function checkToken(token: Token): void {
  if (token.error !== null) throw new FilterError(token.error)
}
