import { EADDRNOTAVAIL, EINVAL, ENODEV, EOPNOTSUPP, strerror } from '../../base/errno.ts'
import {
  ARPHRD_LOOPBACK, IFF_ALLMULTI, IFF_BROADCAST, IFF_MULTICAST, IFF_NOARP, IFF_POINTOPOINT, IFF_PROMISC, IFF_UP,
} from '../../device/net-device.ts'
import type { Process, Program } from '../../host/process.ts'
import { RT_SCOPE_HOST } from '../../inet/route/constants.ts'
import {
  AF_INET, type AddressMessage, IFF_DYNAMIC, IFF_RUNNING, type LinkMessage, NLM_F_CREATE, NLM_F_EXCL, RTM_DELADDR,
  RTM_NEWADDR, RTM_SETLINK,
} from '../../netlink/messages.ts'
import { isLoopback, lengthOfMask, maskOf } from '../../wire/address.ts'
import { ProgramError, reporting, strtol } from '../c-number.ts'
import { notModelled } from '../not-modelled.ts'
import { flagsOf, type Interface, interfaceByName, interfaces, longText, shortText } from './interface.ts'
import { FAMILIES, HARDWARE_TYPES, parseEther, resolve } from './names.ts'
import { IFCONFIG_FAMILIES, IFCONFIG_FAMILIES_TITLE, IFCONFIG_TYPES, IFCONFIG_USAGE } from './usage.ts'

/**
 * ifconfig of net-tools 2.10. It does its words one by one, each an ioctl of its own (Linux net/ipv4/devinet.c
 * devinet_ioctl(), net/core/dev_ioctl.c), which here are netlink requests of the same meaning; when one fails it says
 * so and goes on with the next.
 */
const USAGE_HINT = "ifconfig: `--help' gives usage information.\n"
const SHORT_HEADER = 'Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n'

/** The program `ifconfig`. */
export const ifconfig: Program = reporting(run)

function run(process: Process): number {
  const words = process.argv.slice(1)
  let all = false
  let short = false
  while (words[0]?.startsWith('-')) {
    const option = words.shift() ?? ''
    if (option === '-a') all = true
    else if (option === '-s') short = true
    else if (VERSION_OPTIONS.has(option)) {
      process.stdout.write('net-tools 2.10\n')
      return 0
    } else if (HELP_OPTIONS.has(option)) {
      process.stdout.write(IFCONFIG_USAGE + IFCONFIG_FAMILIES_TITLE)
      process.stderr.write(IFCONFIG_TYPES + IFCONFIG_FAMILIES)
      return 0
    } else if (option !== '-v') {
      throw new ProgramError(`ifconfig: option \`${option}' not recognised.\n${USAGE_HINT}`, 1)
    }
  }
  const [name, ...settings] = words
  if (settings.length > 0) return new Configuration(process, name).run(settings)
  if (short) process.stdout.write(SHORT_HEADER)
  const print = short ? shortText : longText
  if (name === undefined) {
    for (const each of interfaces(process.namespace)) {
      if (all || (flagsOf(each) & IFF_UP) !== 0) process.stdout.write(print(each))
    }
    return 0
  }
  const found = interfaceByName(process.namespace, name)
  if (found === null) throw new ProgramError(`${name}: error fetching interface information: Device not found\n`, 1)
  process.stdout.write(print(found))
  return 0
}

const VERSION_OPTIONS = new Set(['-V', '-version', '--version'])
const HELP_OPTIONS = new Set(['-?', '-h', '-help', '--help'])

/** Words that only set or clear a flag: which, and to what. Those without one are accepted and do nothing, as there. */
const FLAG_WORDS: ReadonlyMap<string, readonly [number, boolean]> = new Map([
  ['arp', [IFF_NOARP, false]], ['-arp', [IFF_NOARP, true]], ['trailers', [0, false]], ['-trailers', [0, true]],
  ['promisc', [IFF_PROMISC, true]], ['-promisc', [IFF_PROMISC, false]], ['multicast', [IFF_MULTICAST, true]],
  ['-multicast', [IFF_MULTICAST, false]], ['allmulti', [IFF_ALLMULTI, true]], ['-allmulti', [IFF_ALLMULTI, false]],
  ['dynamic', [IFF_DYNAMIC, true]], ['-dynamic', [IFF_DYNAMIC, false]], ['-pointopoint', [IFF_POINTOPOINT, false]],
  ['up', [IFF_UP | IFF_RUNNING, true]], ['down', [IFF_UP, false]],
])
/** Of the card's resources, which no device here has. */
const MAP_WORDS = new Set(['irq', 'io_addr', 'mem_start'])
const LACKING = new Set(['add', 'del', 'media', 'tunnel', 'outfill', 'keepalive'])

class Configuration {
  private status = 0

  constructor(private readonly process: Process, private readonly name: string) {}

  run(all: readonly string[]): number {
    const words = [...all]
    if (FAMILIES.has(words[0])) {
      const family = words.shift()
      if (family !== 'inet') throw new ProgramError(notModelled('ifconfig', family ?? ''), 1)
    }
    while (words.length > 0) this.takeWord(words.shift() ?? '', words)
    return this.status & 0xff
  }

  private takeWord(word: string, words: string[]): void {
    const next = (): string => words.shift() ?? this.usage()
    const flag = FLAG_WORDS.get(word)
    if (flag !== undefined) this.setFlag(flag[0], flag[1])
    else if (MAP_WORDS.has(word)) {
      next()
      this.failed(`${word}: SIOCSIFMAP`, -EOPNOTSUPP)
    } else if (LACKING.has(word)) throw new ProgramError(notModelled('ifconfig', word), 1)
    else {
      switch (word) {
        case 'mtu': this.setLink('SIOCSIFMTU', { mtu: strtol(next()).value | 0 }); break
        case 'txqueuelen': this.setLink('SIOCSIFTXQLEN', { txqlen: Math.max(0, strtol(next()).value | 0) }); break
        case 'name': this.setLink('SIOCSIFNAME', { ifname: next() }); break
        case 'hw': this.setHardware(next(), next); break
        case 'broadcast':
          if (words.length > 0) this.setBroadcast(this.addressOf(next()))
          this.setFlag(IFF_BROADCAST, true)
          break
        case '-broadcast':
          this.setFlag(IFF_BROADCAST, false)
          if ((this.flags & IFF_BROADCAST) !== 0) {
            this.process.stderr.write(`Warning: Interface ${this.name} still in BROADCAST mode.\n`)
          }
          break
        case 'netmask': this.setNetmask(this.addressOf(next())); break
        case 'dstaddr': this.setPeer(this.addressOf(next())); break
        case 'pointopoint':
          if (words.length > 0) this.setPeer(this.addressOf(next()))
          this.setFlag(IFF_POINTOPOINT, true)
          break
        default: this.setAddressAndMask(word)
      }
    }
  }

  private usage(): never {
    throw new ProgramError(IFCONFIG_USAGE + IFCONFIG_TYPES + IFCONFIG_FAMILIES_TITLE + IFCONFIG_FAMILIES, 3)
  }

  private addressOf(word: string): number {
    const found = resolve(this.process, word, false)
    if (typeof found === 'string') throw new ProgramError(found, 1)
    return found.address
  }

  /** perror(), and what exit() will say. */
  private failed(call: string, error: number): void {
    this.process.stderr.write(`${call}: ${strerror(-error)}\n`)
    this.status |= 1
  }

  private get interface(): Interface | null {
    return interfaceByName(this.process.namespace, this.name)
  }

  private get flags(): number {
    const found = this.interface
    return found === null ? 0 : flagsOf(found)
  }

  // ---- the device ------------------------------------------------------------------------------------------------

  /** set_flag, clr_flag. Of an alias only going down does something: its address goes. */
  private setFlag(flag: number, on: boolean): void {
    const found = this.interface
    if (found === null) {
      this.process.stderr.write(`${this.name}: ERROR while getting interface flags: ${strerror(ENODEV)}\n`)
      this.status |= -1
      return
    }
    const flags = on ? flagsOf(found) | flag : flagsOf(found) & ~flag
    let error = 0
    if (!found.alias) error = this.change(found, { flags, change: 0xffff })
    else if (found.address === null) error = -EADDRNOTAVAIL
    else if ((flags & IFF_UP) === 0) this.removeAddress(found.address)
    if (error === 0) return
    this.failed('SIOCSIFFLAGS', error)
    this.status |= -1
  }

  private change({ link }: Interface, message: Partial<LinkMessage>): number {
    return this.process.namespace.netlink.request({ type: RTM_SETLINK, index: link.index, ...message }).error
  }

  private setLink(call: string, message: Partial<LinkMessage>): void {
    const found = this.interface
    const error = found === null ? -ENODEV : this.change(found, message)
    if (error !== 0) this.failed(call, error)
  }

  private setHardware(type: string, next: () => string): void {
    if (!HARDWARE_TYPES.has(type)) this.usage()
    if (type !== 'ether') throw new ProgramError(notModelled('ifconfig', `hw ${type}`), 1)
    const text = next()
    const mac = parseEther(text)
    if (mac === null) throw new ProgramError(`${text}: invalid ${type} address.\n`, 1)
    if (this.interface?.link.hardwareType === ARPHRD_LOOPBACK) this.failed('SIOCSIFHWADDR', -EINVAL)
    else this.setLink('SIOCSIFHWADDR', { address: mac })
  }

  // ---- the address -----------------------------------------------------------------------------------------------

  private removeAddress(address: AddressMessage): void {
    this.process.namespace.netlink.request({
      type: RTM_DELADDR, family: AF_INET, index: address.index, local: address.local, address: address.address,
      prefixLength: address.prefixLength, label: address.label,
    })
  }

  private addAddress(index: number | undefined, address: Partial<AddressMessage>): number {
    return this.process.namespace.netlink.request({
      type: RTM_NEWADDR, nlFlags: NLM_F_CREATE | NLM_F_EXCL, family: AF_INET, index, label: this.name, ...address,
    }).error
  }

  /** Takes the interface's address out and enters it changed; the error of the ioctl otherwise. */
  private alter(call: string, make: (address: AddressMessage) => Partial<AddressMessage> | number | null): void {
    const found = this.interface
    const address = found?.address ?? null
    if (found === null || address === null) {
      this.failed(call, found === null ? -ENODEV : -EADDRNOTAVAIL)
      return
    }
    const changed = make(address)
    if (changed === null) return
    if (typeof changed === 'number') {
      this.failed(call, changed)
      return
    }
    const { local, address: peer, prefixLength, broadcast, scope, label, metric, flags } = address
    this.removeAddress(address)
    const entered = { local, address: peer, prefixLength, broadcast, scope, label, metric, flags, ...changed }
    this.addAddress(found.link.index, entered) // devinet_ioctl() does not look whether that went well
  }

  /** A host, or 10.0.0.1/24: the address, then up, then the mask. */
  private setAddressAndMask(word: string): void {
    const [host, bits] = word.split('/', 2)
    let length: number | null = null
    if (bits !== undefined && word.split('/').length === 2) {
      const { value, rest } = strtol(bits)
      if (rest !== '' || bits === '') this.usage()
      length = value
    }
    const found = resolve(this.process, length === null ? word : host, false)
    if (typeof found === 'string') throw new ProgramError(found + USAGE_HINT, 1)
    const before = this.status
    this.status = 0
    this.setAddress(found.address)
    this.status |= before
    if (found.address !== 0 || !this.name.includes(':')) this.setFlag(IFF_UP | IFF_RUNNING, true)
    if (length !== null) this.setNetmask(maskOf(length & 31 || (length === 0 ? 0 : 32)))
  }

  /** SIOCSIFADDR: mask and broadcast by the address's class. */
  private setAddress(local: number): void {
    const found = this.interface
    const length = classLength(local)
    if (found === null || length < 0) {
      this.failed('SIOCSIFADDR', found === null ? -ENODEV : -EINVAL)
      return
    }
    if (found.address !== null) {
      if (found.address.local === local) return
      this.removeAddress(found.address)
    }
    if (local === 0) return
    const pointToPoint = (flagsOf(found) & IFF_POINTOPOINT) !== 0
    const broadcast = !pointToPoint && (flagsOf(found) & IFF_BROADCAST) !== 0 && length < 31
    const error = this.addAddress(found.link.index, {
      local, address: local, prefixLength: pointToPoint ? 32 : length,
      broadcast: broadcast ? local | ~maskOf(length) : undefined, scope: isLoopback(local) ? RT_SCOPE_HOST : 0,
      metric: found.address?.metric, flags: found.address?.flags,
    })
    if (error !== 0) this.failed('SIOCSIFADDR', error)
  }

  private setNetmask(mask: number): void {
    this.alter('SIOCSIFNETMASK', (address) => {
      const hosts = ~mask
      if ((hosts & (hosts + 1)) !== 0) return -EINVAL
      const old = maskOf(address.prefixLength ?? 0)
      if (mask === old) return null
      const length = lengthOfMask(mask)
      const local = address.local ?? 0
      const usual = (this.flags & IFF_BROADCAST) !== 0 && length < 31 && (address.broadcast ?? 0) === (local | ~old)
      return { prefixLength: length, broadcast: usual ? local | hosts : address.broadcast }
    })
  }

  private setBroadcast(broadcast: number): void {
    this.alter('SIOCSIFBRDADDR', (address) => (address.broadcast ?? 0) === broadcast ? null
      : { broadcast: broadcast === 0 ? undefined : broadcast })
  }

  private setPeer(peer: number): void {
    this.alter('SIOCSIFDSTADDR', (address) => address.address === peer ? null
      : classLength(peer) < 0 ? -EINVAL : { address: peer })
  }
}

/** Prefix length of an address's class; -1 for those that no interface has (inet_abc_len). */
function classLength(address: number): number {
  if (address === 0 || address === -1) return 0
  if (address >= 0) return 8
  const first = address >>> 24
  return first < 192 ? 16 : first < 224 ? 24 : first < 240 ? -1 : 32
}
