import type { Process } from '../../host/process.ts'
import { maskOf } from '../../wire/address.ts'
import { TCP_PORTS, UDP_PORTS } from '../../capture/tcpdump/services.ts'
import { ProgramError } from '../c-number.ts'
import { resolveIpv4 } from '../resolve.ts'
import { parseIntegerAny } from './number.ts'
import type { SocketEntry } from './entry.ts'
import { linkProtocol } from './names.ts'

/** Whether a socket is to be shown. */
export type Test = (entry: SocketEntry) => boolean

/** What is known when an expression is read: which family a bare address has, whose ports a name may be. */
export interface FilterContext {
  readonly process: Process
  readonly family: 'inet' | 'inet6' | 'link' | ''
  readonly udp: boolean
  readonly tcp: boolean
}

/** A mistake of grammar; ss answers with the usage. */
export class SyntaxFault extends Error {}

/** An address and a port, each of them or none given. */
interface HostCondition {
  readonly family: 'inet' | 'link'
  readonly address: number
  /** Bits of the address that count; -1: any address. */
  readonly bits: number
  /** -1: any port. */
  readonly port: number
}

const KEYWORDS = new Set(['dport', 'sport', 'dst', 'src', 'dev', 'fwmark', 'cgroup', 'autobound'])
const OPERATORS: Readonly<Record<string, string>> = {
  '=': '=', '==': '=', eq: '=', '!=': '!=', ne: '!=', neq: '!=', '<': '<', lt: '<', '>': '>', gt: '>', '<=': '<=',
  leq: '<=', le: '<=', '>=': '>=', geq: '>=', ge: '>=', '!': '!', not: '!', '|': '|', '||': '|', or: '|', '&': '&',
  '&&': '&', and: '&', '(': '(', ')': ')',
}

type Token =
  | { readonly kind: 'word', readonly text: string }
  | { readonly kind: 'host', readonly host: HostCondition }
  | { readonly kind: 'device', readonly ifindex: number }
  | { readonly kind: 'mark', readonly mark: number, readonly mask: number }

/**
 * The filter expressions of ss(8), as its ssfilter.y reads them: terms joined from left to right by `and`, `or` or
 * nothing, which is `and`; `not` binds to the one term that follows. A word is read by what the last keyword was.
 */
export function parseFilter(words: readonly string[], context: FilterContext): Test | null {
  const parser = new Parser(words, context)
  return parser.parse()
}

class Parser {
  private readonly words: readonly string[]
  private at = 0
  /** The keyword that decides how the next bare word is read. */
  private subject = ''
  private token: Token | null

  constructor(words: readonly string[], private readonly context: FilterContext) {
    this.words = words.flatMap((word) => word.split(/\s+/)).filter((word) => word !== '')
    this.token = this.next()
  }

  parse(): Test | null {
    if (this.token === null) return null
    const test = this.list()
    if (this.token !== null) throw new SyntaxFault()
    return test
  }

  private next(): Token | null {
    if (this.at === this.words.length) return null
    const word = this.words[this.at++]
    const operator = Object.hasOwn(OPERATORS, word) ? OPERATORS[word] : undefined
    if (operator !== undefined) return { kind: 'word', text: operator }
    if (KEYWORDS.has(word)) {
      this.subject = word
      return { kind: 'word', text: word }
    }
    if (this.subject === 'dev') return this.device(word)
    if (this.subject === 'fwmark') return mark(word)
    if (this.subject === 'cgroup') throw new ProgramError('netarium: ss cgroup: not modelled\n', 1)
    return { kind: 'host', host: this.host(word, this.subject === 'sport' || this.subject === 'dport') }
  }

  private advance(): void {
    this.token = this.next()
  }

  private isWord(...texts: readonly string[]): boolean {
    return this.token !== null && this.token.kind === 'word' && texts.includes(this.token.text)
  }

  private list(): Test {
    let test = this.term()
    while (this.token !== null && !this.isWord(')')) {
      const left = test
      const either = this.isWord('|')
      if (either || this.isWord('&')) this.advance()
      const right = this.term()
      test = either ? (entry) => left(entry) || right(entry) : (entry) => left(entry) && right(entry)
    }
    return test
  }

  private term(): Test {
    const { token } = this
    if (token === null || token.kind !== 'word') throw new SyntaxFault()
    this.advance()
    switch (token.text) {
      case '!': {
        const inner = this.term()
        return (entry) => !inner(entry)
      }
      case '(': {
        const inner = this.list()
        if (!this.isWord(')')) throw new SyntaxFault()
        this.advance()
        return inner
      }
      case 'dst': case 'src': return this.endpoint(token.text === 'src')
      case 'dport': case 'sport': return this.portTest(token.text === 'sport')
      case 'dev': return this.deviceTest()
      case 'fwmark': return this.markTest()
      // A port that the kernel chose: one of the ephemeral range, which is only told for sockets of Unix and TCP.
      case 'autobound': return () => false
      default: throw new SyntaxFault()
    }
  }

  /** An operator if there is one, `=` if it is left out. */
  private operator(allowed: readonly string[], required: boolean): string {
    for (const each of allowed) {
      if (!this.isWord(each)) continue
      this.advance()
      return each
    }
    if (required) throw new SyntaxFault()
    return '='
  }

  private takeHost(): HostCondition {
    const { token } = this
    if (token === null || token.kind !== 'host') throw new SyntaxFault()
    this.advance()
    return token.host
  }

  private endpoint(local: boolean): Test {
    const negated = this.operator(['=', '!='], false) === '!='
    const host = this.takeHost()
    return (entry) => matches(host, entry, local) !== negated
  }

  private portTest(local: boolean): Test {
    const operator = this.operator(['=', '!=', '<', '>', '<=', '>='], true)
    const wanted = this.takeHost()
    const port = (entry: SocketEntry): number => local ? entry.localPort : entry.remotePort
    switch (operator) {
      case '=': return (entry) => matches(wanted, entry, local)
      case '!=': return (entry) => !matches(wanted, entry, local)
      case '<': return (entry) => port(entry) < wanted.port
      case '>': return (entry) => port(entry) > wanted.port
      case '<=': return (entry) => port(entry) <= wanted.port
      default: return (entry) => port(entry) >= wanted.port
    }
  }

  private deviceTest(): Test {
    const negated = this.operator(['=', '!='], false) === '!='
    const { token } = this
    if (token === null || token.kind !== 'device') throw new SyntaxFault()
    this.advance()
    return (entry) => (entry.ifindex === token.ifindex) !== negated
  }

  private markTest(): Test {
    const negated = this.operator(['=', '!='], true) === '!='
    const { token } = this
    if (token === null || token.kind !== 'mark') throw new SyntaxFault()
    this.advance()
    return (entry) => ((entry.mark & token.mask) === token.mark) !== negated
  }

  private device(word: string): Token {
    const device = this.context.process.namespace.ns.deviceByName(word)
    const index = device === null ? parseIntegerAny(word) : device.ifindex
    if (index === null || index <= 0) throw new ProgramError('Cannot parse device.\n', 1)
    return { kind: 'device', ifindex: index }
  }

  /** parse_hostcond(): [family:]address[/bits][:port], each part optional. */
  private host(word: string, isPort: boolean): HostCondition {
    const { family } = this.context
    if (word.startsWith('link:') || (family === 'link' && !word.startsWith('inet:'))) {
      return this.linkHost(word.replace(/^link:/, ''), isPort)
    }
    let rest = word.replace(/^inet:/, '')
    if (/^(unix:|netlink:|vsock:|inet6:)/.test(rest) || family === 'inet6') {
      throw new ProgramError(`netarium: ss ${word}: not modelled\n`, 1)
    }
    let portText = ''
    if (rest.startsWith('[')) {
      const end = rest.indexOf(']')
      if (end < 0) throw unreadable('')
      portText = rest.slice(end + 1)
      rest = rest.slice(1, end)
    } else if (isPort) {
      portText = rest
      rest = ''
    } else if (rest.startsWith('*')) {
      portText = rest.slice(1)
      rest = ''
    } else {
      const slash = rest.indexOf('/')
      const colon = slash < 0 ? rest.lastIndexOf(':') : rest.indexOf(':', slash)
      if (colon >= 0) {
        portText = rest.slice(colon)
        rest = rest.slice(0, colon)
      }
    }
    if (portText.startsWith(':')) portText = portText.slice(1)
    const port = portText === '' || portText.startsWith('*') ? -1 : this.port(portText)
    const prefix = rest === '' || rest === '*' ? { address: 0, bits: -1 } : this.prefix(rest)
    return { family: 'inet', port, ...prefix }
  }

  private linkHost(word: string, isPort: boolean): HostCondition {
    const colon = word.indexOf(':')
    const name = isPort ? '' : colon < 0 ? word : word.slice(0, colon)
    const device = isPort ? word.replace(/^:/, '') : colon < 0 ? '' : word.slice(colon + 1)
    let port = -1
    if (device !== '' && device !== '*') {
      port = this.context.process.namespace.ns.deviceByName(device)?.ifindex ?? 0
      if (port === 0) port = NO_DEVICE
    }
    if (name === '' || name === '*') return { family: 'link', address: 0, bits: -1, port }
    const protocol = linkProtocol(name)
    if (protocol === null) throw unreadable('')
    return { family: 'link', address: protocol, bits: 32, port }
  }

  private port(text: string): number {
    const number = parseIntegerAny(text)
    if (number !== null) return number
    const named = (this.context.udp ? UDP_PORTS.get(text) : undefined) ??
      (this.context.tcp ? TCP_PORTS.get(text) : undefined)
    if (named === undefined) throw unreadable(`Error: "${text}" does not look like a port.\n`)
    return named
  }

  private prefix(text: string): { readonly address: number, readonly bits: number } {
    if (text === 'default' || text === 'any' || text === 'all') return { address: 0, bits: -1 }
    const slash = text.indexOf('/')
    const octets = (slash < 0 ? text : text.slice(0, slash)).split('.')
    const bits = slash < 0 ? 32 : parseIntegerAny(text.slice(slash + 1))
    const isAddress = octets.length <= 4 && octets.every((part) => /^[0-9]+$/.test(part) && Number(part) <= 255)
    if (isAddress && bits !== null && bits >= 0 && bits <= 32) {
      let address = 0
      for (let i = 0; i < 4; i++) address = (address << 8) | Number(octets[i] ?? '0')
      return { address, bits: bits === 0 ? -1 : bits }
    }
    const host = slash < 0 ? resolveIpv4(this.context.process, text) : null
    if (host === null) throw unreadable(`Error: an inet prefix is expected rather than "${text}".\n`)
    return { address: host, bits: 32 }
  }
}

/** A port that no socket has: the name was of no device. */
const NO_DEVICE = -2

function unreadable(text: string): ProgramError {
  return new ProgramError(`${text}Cannot parse dst/src address.\n`, 1)
}

function mark(word: string): Token {
  const [value, mask] = word.split('/')
  const wanted = parseIntegerAny(value)
  const bits = mask === undefined ? -1 : parseIntegerAny(mask)
  if (wanted === null || bits === null) throw new ProgramError(`Cannot parse mark ${word}.\n`, 1)
  return { kind: 'mark', mark: wanted | 0, mask: bits | 0 }
}

function matches(host: HostCondition, entry: SocketEntry, local: boolean): boolean {
  if (host.family !== entry.family) return false
  if (host.port !== -1 && host.port !== (local ? entry.localPort : entry.remotePort)) return false
  if (host.bits < 0) return true
  const address = local ? entry.localAddress : entry.remoteAddress
  if (host.family === 'link') return address === host.address
  return ((address ^ host.address) & maskOf(host.bits)) === 0
}
