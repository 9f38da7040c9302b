import { EINVAL, ENODEV, ENOENT, ENXIO, strerror } from '../../base/errno.ts'
import { ARPHRD_ETHER, ARPHRD_LOOPBACK, type NetDevice } from '../../device/net-device.ts'
import type { Process } from '../../host/process.ts'
import { NTF_PROXY, NUD_NOARP, NUD_PERMANENT, NUD_STALE } from '../../inet/neighbor/constants.ts'
import { RT_SCOPE_LINK } from '../../inet/route/constants.ts'
import { OutputFlow } from '../../inet/route/flow.ts'
import { RouteResult } from '../../inet/route/route-result.ts'
import { AF_INET, NLM_F_CREATE, NLM_F_REPLACE, RTM_DELNEIGH, RTM_NEWNEIGH } from '../../netlink/messages.ts'
import { formatIpv4, parseIpv4Aton } from '../../wire/address.ts'
import { ProgramError } from '../c-number.ts'
import { getopt } from '../getopt.ts'
import { notModelled } from '../not-modelled.ts'
import { nameOf } from '../resolve.ts'
import { FAMILIES, HARDWARE_TYPES, parseEther, resolve } from './names.ts'
import { ARP_TYPES, ARP_USAGE, ARP_VERSION } from './usage.ts'

/**
 * arp of net-tools 2.10: it reads /proc/net/arp, and writes with the ioctls SIOCSARP and SIOCDARP (Linux net/ipv4/arp.c
 * arp_ioctl()), which here are netlink requests of the same meaning.
 */
const SHORT = 'A:H:adfp:nsei:t:vh?DNV'
const LONG: Readonly<Record<string, string>> = {
  verbose: 'v', version: 'V', all: 'a', delete: 'd', file: 'f', numeric: 'n', set: 's', 'protocol=': 'A',
  'hw-type=': 'H', 'device=': 'i', help: 'h', 'use-device': 'D', symbolic: 'N',
}
/** exit(-1). */
const FAILED = 255
const ATF_COM = 0x02
const ATF_PERM = 0x04
const ATF_PUBL = 0x08

/** The program `arp`. */
export async function arp(process: Process): Promise<number> {
  try {
    return new ArpProgram(process).run()
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    process.stderr.write(error.text)
    return error.status
  }
}

class ArpProgram {
  private what: 'show' | 'file' | 'delete' | 'set' = 'show'
  private bsdStyle = false
  private numeric = false
  private verbose = false
  private useDevice = false
  private hardware = ''
  private deviceName = ''

  constructor(private readonly process: Process) {}

  run(): number {
    // It stops at the first option that it does not know.
    const complaints: string[] = []
    const { options, operands } = getopt(this.process.argv, { short: SHORT, long: LONG },
      (text) => complaints.push(text))
    for (const { name, value } of options) {
      if (name === '?') throw usage(complaints[0])
      const status = this.apply(name, value)
      if (status !== null) return status
    }
    if (this.hardware !== '' && HARDWARE_TYPES.get(this.hardware) === false) {
      throw fail(`arp: ${this.hardware}: hardware type without ARP support.\n`)
    }
    switch (this.what) {
      case 'show': return this.show(operands[0])
      case 'file': return this.file(operands[0] ?? '/etc/ethers')
      case 'delete': return this.remove(operands)
      default: return this.set(operands)
    }
  }

  private apply(name: string, value: string): number | null {
    switch (name) {
      case 'v': this.verbose = true; break
      case 'n': this.numeric = true; break
      case 'a': this.what = 'show'; this.bsdStyle = true; break
      case 'e': this.what = 'show'; break
      case 'f': this.what = 'file'; break
      case 'd': this.what = 'delete'; break
      case 's': this.what = 'set'; break
      case 'D': this.useDevice = true; break
      case 'i': this.deviceName = value; break
      case 'N': this.process.stderr.write('arp: -N not yet supported.\n'); break
      case 'A': case 'p':
        if (!FAMILIES.has(value)) throw fail(`arp: ${value}: unknown address family.\n`)
        if (value !== 'inet') throw fail(`arp: ${value}: kernel only supports 'inet'.\n`)
        break
      case 'H': case 't':
        if (!HARDWARE_TYPES.has(value)) throw fail(`arp: ${value}: unknown hardware type.\n`)
        this.hardware = value
        break
      case 'V': this.process.stdout.write(ARP_VERSION); return 0
      case 'h':
        this.process.stdout.write(ARP_USAGE)
        this.process.stderr.write(ARP_TYPES)
        return 0
      default: throw usage()
    }
    return null
  }

  private address(word: string | undefined): number {
    if (word === undefined) throw fail('arp: need host name\n')
    const found = resolve(this.process, word, false)
    if (typeof found === 'string') throw fail(found)
    return found.address
  }

  // ---- showing ---------------------------------------------------------------------------------------------------

  private show(word: string | undefined): number {
    const host = word === undefined ? null : formatIpv4(this.address(word))
    const table = this.process.readFile('/proc/net/arp')
    const lines = typeof table === 'number' ? [] : table.trimEnd().split('\n').slice(1)
    let shown = 0
    for (const line of lines) {
      const [address, type, flags, mac, , device] = line.split(/\s+/)
      if (host !== null && address !== host) continue
      if (this.deviceName !== '' && device !== this.deviceName) continue
      if (this.hardware !== '' && (this.hardware !== 'ether' || Number(type) !== ARPHRD_ETHER)) continue
      if (shown === 0 && !this.bsdStyle) this.process.stdout.write(HEADER)
      shown++
      const kind = Number(type) === ARPHRD_LOOPBACK ? 'loop' : 'ether'
      this.process.stdout.write(this.bsdStyle ? this.bsdLine(address, kind, Number(flags), mac, device)
        : this.linuxLine(address, kind, Number(flags), mac, device))
    }
    if (this.verbose) {
      this.process.stdout.write(`Entries: ${lines.length}\tSkipped: ${lines.length - shown}\tFound: ${shown}\n`)
    }
    if (shown > 0) return 0
    if (host !== null && !this.bsdStyle) this.process.stdout.write(`${word} (${host}) -- no entry\n`)
    else if (this.hardware !== '' || host !== null || this.deviceName !== '') {
      this.process.stdout.write(`arp: in ${lines.length} entries no match found.\n`)
    }
    return 0
  }

  /** arp_disp_2. */
  private linuxLine(address: string, kind: string, flags: number, mac: string, device: string): string {
    const name = this.nameOf(address) ?? address
    const [type, hardware] = (flags & ATF_COM) !== 0 ? [kind, mac]
      : (flags & ATF_PUBL) !== 0 ? ['*', '<from_interface>'] : ['', '(incomplete)']
    const letters = `${(flags & ATF_COM) !== 0 ? 'C' : ''}${(flags & ATF_PERM) !== 0 ? 'M' : ''}` +
      `${(flags & ATF_PUBL) !== 0 ? 'P' : ''}`
    return `${name.slice(0, 23).padEnd(23)}  ${type.padEnd(8)}${hardware.padEnd(20)}${letters.padEnd(6)}` +
      `${' '.repeat(15)} ${device}\n`
  }

  /** arp_disp. */
  private bsdLine(address: string, kind: string, flags: number, mac: string, device: string): string {
    const hardware = (flags & ATF_COM) !== 0 ? `${mac} [${kind}] `
      : (flags & ATF_PUBL) !== 0 ? '<from_interface> ' : '<incomplete> '
    return `${this.nameOf(address) ?? '?'} (${address}) at ${hardware}${(flags & ATF_PERM) !== 0 ? 'PERM ' : ''}` +
      `${(flags & ATF_PUBL) !== 0 ? 'PUB ' : ''}on ${device}\n`
  }

  /** The host's name, if it has one and names are wanted. */
  private nameOf(address: string): string | null {
    if (this.numeric) return null
    const name = nameOf(this.process, parseIpv4Aton(address) ?? 0)
    return name === address ? null : name
  }

  // ---- changing --------------------------------------------------------------------------------------------------

  private file(path: string): number {
    const text = this.process.readFile(path)
    if (typeof text === 'number') throw fail(`arp: cannot open etherfile ${path} !\n`)
    throw fail(notModelled('arp', `-f ${path}`))
  }

  private set(words: readonly string[]): number {
    const destination = this.address(words[0])
    if (words[1] === undefined) throw fail('arp: need hardware address\n')
    const mac = this.useDevice ? this.macOf(words[1]) : parseEther(words[1])
    if (mac === null) throw fail('arp: invalid hardware address\n')
    if (this.hardware !== '' && this.hardware !== 'ether') throw fail(notModelled('arp', `-H ${this.hardware} -s`))
    let permanent = true
    let publish = false
    for (let at = 2; at < words.length; at++) {
      if (words[at] === 'temp') permanent = false
      else if (words[at] === 'pub') publish = true
      else if (words[at] === 'priv') publish = false
      else if (words[at] === 'dev' && at + 1 < words.length) this.deviceName = words[++at]
      else if (LACKING.has(words[at])) throw fail(notModelled('arp', words[at]))
      else throw usage()
    }
    if (this.verbose) this.process.stderr.write('arp: SIOCSARP()\n')
    const error = publish ? this.publish(destination, mac) : this.enter(destination, mac, permanent)
    if (error !== 0) throw fail(`SIOCSARP: ${strerror(-error)}\n`)
    return 0
  }

  /** arp_getdevhw. */
  private macOf(name: string): number {
    const device = this.process.namespace.ns.deviceByName(name)
    if (device === null) throw fail(`arp: cant get HW-Address for \`${name}': ${strerror(ENODEV)}.\n`)
    if (device.hardwareType !== ARPHRD_ETHER) throw fail('arp: protocol type mismatch.\n')
    return device.mac
  }

  /** arp_req_set: 0 or -errno. */
  private enter(destination: number, mac: number, permanent: boolean): number {
    const device = this.device(destination)
    if (typeof device === 'number') return device
    if (device.hardwareType !== ARPHRD_ETHER) return -EINVAL
    return this.process.namespace.netlink.request({
      type: RTM_NEWNEIGH, nlFlags: NLM_F_CREATE | NLM_F_REPLACE, family: AF_INET, index: device.ifindex, destination,
      lladdr: mac, state: permanent ? NUD_PERMANENT : NUD_STALE,
    }).error
  }

  /** arp_req_set_public: without -i the device is the one that has the address. */
  private publish(destination: number, mac: number): number {
    const { ns, netlink } = this.process.namespace
    const device = this.deviceName !== '' ? ns.deviceByName(this.deviceName)
      : ns.devices.find((each) => each.hardwareType === ARPHRD_ETHER && each.mac === mac)
    if (device === undefined || device === null) return -ENODEV
    return netlink.request({
      type: RTM_NEWNEIGH, nlFlags: NLM_F_CREATE | NLM_F_REPLACE, family: AF_INET, index: device.ifindex, destination,
      flags: NTF_PROXY,
    }).error
  }

  /** The device of -i, or the one by which a neighbour of that address is reached. */
  private device(destination: number): NetDevice | number {
    const { ns, stack } = this.process.namespace
    if (this.deviceName !== '') return ns.deviceByName(this.deviceName) ?? -ENODEV
    const flow = new OutputFlow()
    flow.reset(destination, 0)
    flow.scope = RT_SCOPE_LINK
    const result = new RouteResult()
    const error = stack.routing.output(flow, result)
    return error !== 0 ? error : result.device ?? -EINVAL
  }

  private remove(words: readonly string[]): number {
    const destination = this.address(words[0])
    let which = 0
    for (let at = 1; at < words.length; at++) {
      if (words[at] === 'pub') which |= 1
      else if (words[at] === 'priv') which |= 2
      else if (words[at] === 'dev' && at + 1 < words.length) this.deviceName = words[++at]
      else if (LACKING.has(words[at])) throw fail(notModelled('arp', words[at]))
      else if (words[at] !== 'temp') throw usage()
    }
    if (which === 0) which = 3
    if ((which & 2) !== 0) {
      if (this.verbose) this.process.stderr.write('arp: SIOCDARP(dontpub)\n')
      const error = this.forget(destination)
      if (error === 0) return 0
      if (error !== -ENXIO) throw fail(`SIOCDARP(dontpub): ${strerror(-error)}\n`)
    }
    if ((which & 1) !== 0) {
      if (this.verbose) this.process.stderr.write('arp: SIOCDARP(pub)\n')
      const error = this.unpublish(destination)
      if (error === 0) return 0
      if (error !== -ENXIO && error !== -ENOENT) throw fail(`SIOCDARP(pub): ${strerror(-error)}\n`)
    }
    this.process.stdout.write(`No ARP entry for ${words[0]}\n`)
    return FAILED
  }

  /** arp_req_delete: 0, -ENXIO when there is no such neighbour, or what the route says. */
  private forget(destination: number): number {
    const device = this.device(destination)
    if (typeof device === 'number') return device
    // One that nothing is known of goes as well, but arp_invalidate() says it was not there.
    const known = this.process.namespace.stack.neighbors.lookupAsEntered(device, destination)
    if (known !== null && (known.state & ~NUD_NOARP) === 0) {
      this.process.namespace.stack.neighbors.removeByAdmin(known)
      return -ENXIO
    }
    const error = this.process.namespace.netlink.request({
      type: RTM_DELNEIGH, family: AF_INET, index: device.ifindex, destination,
    }).error
    return error === -ENOENT ? -ENXIO : error
  }

  private unpublish(destination: number): number {
    const { ns, netlink } = this.process.namespace
    const device = this.deviceName === '' ? null : ns.deviceByName(this.deviceName)
    if (this.deviceName !== '' && device === null) return -ENODEV
    return netlink.request({
      type: RTM_DELNEIGH, family: AF_INET, index: device?.ifindex, destination, flags: NTF_PROXY,
    }).error
  }
}

/** Words of -s and -d for masks and for routers with several networks, which the kernel has no entries for any more. */
const LACKING = new Set(['netmask', 'trail', 'dontpub', 'auto'])
const HEADER = 'Address                  HWtype  HWaddress           Flags Mask            Iface\n'

function fail(text: string): ProgramError {
  return new ProgramError(text, FAILED)
}

function usage(complaint = ''): ProgramError {
  return new ProgramError(complaint + ARP_USAGE + ARP_TYPES, 3)
}
