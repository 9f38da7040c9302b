import { strerror } from '../base/errno.ts'
import { viewOf } from '../base/hex.ts'
import { compileFilter, isNeverOptimised } from '../capture/filter/filter.ts'
import { FilterError } from '../capture/filter/filter-error.ts'
import { listFilter } from '../capture/filter/listing.ts'
import type { Program } from '../capture/filter/program.ts'
import { CAPTURE_EPOCH_SECONDS, timeSince } from '../capture/capture-file.ts'
import { PcapWriter } from '../capture/pcap.ts'
import { readCapture } from '../capture/reader.ts'
import { countText, listeningText, missingText, readingText, statisticsText } from '../capture/tcpdump/messages.ts'
import { parseTcpdumpArguments, type TcpdumpOptions } from '../capture/tcpdump/options.ts'
import { TcpdumpPrinter } from '../capture/tcpdump/printer.ts'
import { PACKET_OUTGOING } from '../device/frame.ts'
import { IFF_LOOPBACK, type NetDevice } from '../device/net-device.ts'
import type { Process } from '../host/process.ts'
import { holdSocket } from '../host/socket-file.ts'
import { Interrupted, SIGINT, SIGTERM } from '../host/signals.ts'
import { ETH_P_ALL, type FrameFilter, type PacketSocket } from '../socket/packet.ts'
import { nameOf } from './resolve.ts'
import { formatIpv4 } from '../wire/address.ts'
import { notModelled } from './not-modelled.ts'

/**
 * tcpdump 4.99.3: the packet socket and the files are here, the text and the filters in capture/tcpdump and
 * capture/filter. Live captures are of one Ethernet device or loopback; the device `any`, whose frames have another
 * link type, is refused.
 */
const RING_BYTES = 2 * 1024 * 1024

/** The program `tcpdump`. */
export async function tcpdump(process: Process): Promise<number> {
  const invocation = parseTcpdumpArguments(process.argv.slice(1))
  if (!invocation.run) {
    process.stdout.write(invocation.stdout)
    process.stderr.write(invocation.stderr)
    return invocation.status
  }
  return new Tcpdump(process, invocation.options).run()
}

/** A filter as the packet socket wants it. */
class SocketFilter implements FrameFilter {
  constructor(private readonly program: Program, private readonly snapLength: number) {}

  run(view: DataView, start: number, end: number, packetType: number, ifindex: number): number {
    return this.program.matches(view, start, end, end - start, packetType, ifindex) ? this.snapLength : 0
  }
}

class Tcpdump {
  private readonly printer: TcpdumpPrinter
  private readonly writer: PcapWriter | null
  private captured = 0

  constructor(private readonly process: Process, private readonly options: TcpdumpOptions) {
    this.printer = new TcpdumpPrinter(options, (address) => {
      const name = nameOf(process, address)
      return name === formatIpv4(address) ? null : name
    })
    const { writeFile, nanoseconds, snapLength } = options
    this.writer = writeFile === null ? null : new PcapWriter({ nanoseconds, snapLength })
  }

  async run(): Promise<number> {
    const { options } = this
    if (options.listInterfaces) return this.listInterfaces()
    const expression = this.expression()
    if (expression === null) return 1
    if (options.readFile !== null) return this.readFile(options.readFile, expression)
    const device = this.findDevice()
    if (device === null) return 1
    if (options.listLinkTypes) {
      this.process.stdout.write(`Data link types for ${device.name} (use option -y to set):\n  EN10MB (Ethernet)\n`)
      return 0
    }
    if (options.listProgram > 0) return this.listProgram(expression, options.snapLength, true)
    const program = compileFilter(expression, { live: true })
    if (program instanceof FilterError) return this.fail(program.message)
    if (this.checkWritable() !== 0) return 1
    return this.capture(device, program)
  }

  private fail(text: string): number {
    this.process.stderr.write(`tcpdump: ${text}\n`)
    return 1
  }

  /** The filter's text, from the command line or the file of -F; null after a complaint. */
  private expression(): string | null {
    const { filterFile, expression } = this.options
    if (filterFile === null) return expression
    const text = this.process.readFile(filterFile)
    if (typeof text === 'string') return text.replace(/#.*/g, '')
    this.fail(`can't open ${filterFile}: ${strerror(-text)}`)
    return null
  }

  /**
   * -d: only with -O, since the listing is of what libpcap compiles before its optimiser; but filters with `geneve` or
   * `protochain` it never optimises.
   */
  private listProgram(expression: string, snapLength: number, live: boolean): number {
    const ofTags = live && /\bvlan\b/.test(expression)
    const lacking = !this.options.noOptimize && !isNeverOptimised(expression) ? '-d without -O' : ofTags ? '-d of vlan' : null
    if (lacking !== null) {
      this.process.stderr.write(notModelled('tcpdump', lacking))
      return 1
    }
    const text = listFilter(expression, this.options.listProgram, snapLength, { live })
    if (text instanceof FilterError) return this.fail(text.message)
    this.process.stdout.write(text)
    return 0
  }

  private listInterfaces(): number {
    const devices = [...this.process.namespace.ns.devices].sort((a, b) => rank(a) - rank(b) || a.ifindex - b.ifindex)
    for (const [index, device] of devices.entries()) {
      const flags = [device.up ? 'Up' : '', device.running ? 'Running' : '',
        (device.flags & IFF_LOOPBACK) !== 0 ? 'Loopback' : ''].filter((flag) => flag !== '')
      if ((device.flags & IFF_LOOPBACK) === 0) {
        if (flags.length === 0) flags.push('none')
        flags.push(device.carrier && device.up ? 'Connected' : 'Disconnected')
      }
      this.process.stdout.write(`${index + 1}.${device.name} [${flags.join(', ')}]\n`)
    }
    return 0
  }

  private findDevice(): NetDevice | null {
    const { ns } = this.process.namespace
    const name = this.options.interface
    if (name === 'any') {
      this.process.stderr.write(notModelled('tcpdump', '-i any'))
      return null
    }
    const device = name === null
      ? [...ns.devices].sort((a, b) => rank(a) - rank(b) || a.ifindex - b.ifindex).find((each) => each.up) ?? null
      : this.deviceOf(name)
    if (device === null) {
      this.fail(name === null ? 'no suitable device found' : `${name}: No such device exists\n(No such device exists)`)
    } else if (!device.up) {
      this.fail(`${device.name}: That device is not up`)
      return null
    }
    return device
  }

  /** A device by name, or by its number in -D's list. */
  private deviceOf(name: string): NetDevice | null {
    const { ns } = this.process.namespace
    const device = ns.deviceByName(name)
    if (device !== null || !/^[1-9][0-9]*$/.test(name)) return device
    const sorted = [...ns.devices].sort((a, b) => rank(a) - rank(b) || a.ifindex - b.ifindex)
    return sorted[Number(name) - 1] ?? null
  }

  /** Makes the file of -w, so that a path that cannot be written is told at once. */
  private checkWritable(): number {
    const { writeFile } = this.options
    if (writeFile === null || writeFile === '-') return 0
    const error = this.process.writeFile(writeFile, '')
    return error === 0 ? 0 : this.fail(`${writeFile}: ${strerror(-error)}`)
  }

  private async capture(device: NetDevice, program: Program): Promise<number> {
    const { options, process } = this
    const socket = process.namespace.sockets.packet.open(false, 0)
    holdSocket(process, socket)
    socket.receiveBuffer = RING_BYTES
    socket.filter = new SocketFilter(program, options.snapLength)
    // libpcap leaves out what loopback sends, since it sees the same frame come back.
    socket.ignoreOutgoing = (device.flags & IFF_LOOPBACK) !== 0
    socket.bind(device.ifindex, ETH_P_ALL)
    if (options.promiscuous) socket.setPromiscuous(device.ifindex)
    process.stderr.write(listeningText(device.name, options))
    const bySignal = await this.receiveAll(socket)
    this.finishFile()
    if (options.countOnly) process.stdout.write(countText(this.captured))
    process.stderr.write(statisticsText({
      captured: this.captured, received: socket.received, dropped: socket.dropped,
    }, bySignal))
    process.stderr.write(missingText(this.printer.missing))
    return 0
  }

  /** Reads packets until -c is reached (false) or a signal comes (true). */
  private async receiveAll(socket: PacketSocket): Promise<boolean> {
    const { count, direction } = this.options
    for (;;) {
      try {
        await this.process.waitReadable(socket)
      } catch (error) {
        if (error instanceof Interrupted && (error.signal === SIGINT || error.signal === SIGTERM)) return true
        throw error
      }
      const packet = socket.receive()
      if (typeof packet === 'number') continue
      const outgoing = packet.packetType === PACKET_OUTGOING
      if ((direction === 'in' && outgoing) || (direction === 'out' && !outgoing)) continue
      this.take(packet.timeNs, packet.bytes, packet.length)
      if (count > 0 && this.captured >= count) return false
    }
  }

  private take(timeNs: number, bytes: Uint8Array, length: number): void {
    this.captured++
    if (this.writer !== null) this.writer.addFrame(timeNs, bytes, length)
    if (this.options.countOnly || (this.writer !== null && !this.options.printWhileWriting)) return
    this.process.stdout.write(`${this.printer.line(timeNs, viewOf(bytes), 0, bytes.length, length)}\n`)
  }

  private finishFile(): void {
    const { writeFile } = this.options
    if (this.writer === null || writeFile === null) return
    const bytes = this.writer.finish()
    const error = writeFile === '-' ? 0 : this.process.writeFile(writeFile, bytes)
    if (error !== 0) this.fail(`${writeFile}: ${strerror(-error)}`)
    if (writeFile === '-') this.process.stderr.write(notModelled('tcpdump', '-w -'))
  }

  private readFile(name: string, expression: string): number {
    const path = this.process.resolve(name)
    const bytes = this.process.host.files.readBytes(path)
    if (typeof bytes === 'number') return this.fail(`${name}: ${strerror(-bytes)}`)
    let capture
    try {
      capture = readCapture(bytes)
    } catch (error) {
      return this.fail(error instanceof Error ? error.message : String(error))
    }
    const fileSnapLength = capture.interfaces[0]?.snapLength ?? this.options.snapLength
    if (this.options.listProgram > 0) {
      this.process.stderr.write(readingText(name, fileSnapLength))
      return this.listProgram(expression, fileSnapLength, false)
    }
    const program = compileFilter(expression)
    if (program instanceof FilterError) return this.fail(program.message)
    if (this.checkWritable() !== 0) return 1
    this.process.stderr.write(readingText(name, fileSnapLength))
    for (const frame of capture.frames) {
      if (!program.matches(viewOf(frame.bytes), 0, frame.bytes.length, frame.originalLength)) continue
      this.take(timeSince(frame, CAPTURE_EPOCH_SECONDS), frame.bytes, frame.originalLength)
      if (this.options.count > 0 && this.captured >= this.options.count) break
    }
    this.finishFile()
    if (this.options.countOnly) this.process.stdout.write(countText(this.captured))
    this.process.stderr.write(missingText(this.printer.missing))
    return 0
  }
}

/** libpcap's order of devices: running ones first, loopback last of its kind. */
function rank(device: NetDevice): number {
  return (device.up ? 0 : 4) + (device.running ? 0 : 2) + ((device.flags & IFF_LOOPBACK) !== 0 ? 1 : 0)
}
