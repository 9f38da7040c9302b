import { viewOf } from '../../base/hex.ts'
import {
  IPOPT_END, IPOPT_LSRR, IPOPT_NOOP, IPOPT_RR, IPOPT_SSRR, IPOPT_TIMESTAMP, IPOPT_TS_TSONLY,
} from '../../wire/ipv4-options.ts'

/** Pointers of empty options: of routes, and of timestamps. */
const FIRST_SLOT = 4
const FIRST_STAMP = 5
const NOT_STANDARD = 0x80000000

/** What ping says of the IPv4 options of a reply (iputils pr_options()). It knows the route of the reply before. */
export class OptionPrinter {
  private route = ''

  /** options: what stands between the fixed header and the payload. Returns what follows the reply's line. */
  print(options: Uint8Array, nameOf: (address: number) => string): string {
    const view = viewOf(options)
    let text = ''
    for (let at = 0; at < options.length && options[at] !== IPOPT_END;) {
      if (options[at] === IPOPT_NOOP) {
        text += '\nNOP'
        at++
        continue
      }
      const length = at + 1 < options.length ? options[at + 1] : 0
      if (length < 3 || at + length > options.length) break
      const pointer = Math.min(options[at + 2], length)
      switch (options[at]) {
        case IPOPT_SSRR: case IPOPT_LSRR:
          text += `\n${options[at] === IPOPT_SSRR ? 'S' : 'L'}SRR: ${addresses(view, at + 3, length - FIRST_SLOT, nameOf)}`
          break
        case IPOPT_RR: text += this.recordRoute(view, at, pointer - FIRST_SLOT, nameOf); break
        case IPOPT_TIMESTAMP: text += timestamps(view, at, pointer - FIRST_STAMP, nameOf); break
        default: text += `\nunknown option ${options[at].toString(16)}`
      }
      at += length
    }
    return text
  }

  private recordRoute(view: DataView, at: number, bytes: number, nameOf: (address: number) => string): string {
    if (bytes <= 0) return ''
    const route = addresses(view, at + 3, bytes, nameOf)
    if (route === this.route) return '\t(same route)'
    this.route = route
    return `\nRR: ${route}`
  }
}

function addresses(view: DataView, at: number, bytes: number, nameOf: (address: number) => string): string {
  let text = ''
  for (let i = 0; i < bytes && at + i + 4 <= view.byteLength; i += 4) {
    const address = view.getInt32(at + i)
    text += `\t${address === 0 ? '0.0.0.0' : nameOf(address)}\n`
  }
  return text
}

/** Times are told as the first one and what each later one adds to it. */
function timestamps(view: DataView, option: number, bytes: number, nameOf: (address: number) => string): string {
  if (bytes <= 0) return ''
  const flags = view.getUint8(option + 3)
  const hasAddresses = (flags & 0x0f) !== IPOPT_TS_TSONLY
  let text = '\nTS: '
  let standard = 0
  let other = 0
  let at = option + 4
  for (let left = bytes; left > 0 && at + 4 <= view.byteLength;) {
    if (hasAddresses) {
      const address = view.getInt32(at)
      text += `\t${address === 0 ? '0.0.0.0' : nameOf(address)}`
      at += 4
      left -= 4
      if (left <= 0 || at + 4 > view.byteLength) break
    }
    const time = view.getUint32(at)
    if (time >= NOT_STANDARD) {
      const value = time - NOT_STANDARD
      text += other === 0 ? `\t${value} absolute not-standard` : `\t${value - other} not-standard`
      other = value
    } else {
      text += standard === 0 ? `\t${time} absolute` : `\t${time - standard}`
      standard = time
    }
    text += '\n'
    at += 4
    left -= 4
  }
  return flags >> 4 === 0 ? text : `${text}Unrecorded hops: ${flags >> 4}\n`
}
