/**
 * tcpdump's text of a frame, byte for byte that of tcpdump 4.99.3 for what Netarium models.
 *
 *     options.ts         the command line
 *     printer.ts         this: stamp, number, text, dumps
 *     sheet.ts           bytes, limit and text that the printers of one frame share
 *     print-*.ts         one file per protocol, each a function of (sheet, at, length)
 *     names.ts           numbers to names, when not -n; tables.ts and services.ts hold them
 *     messages.ts        what goes to stderr
 *
 * State lives here alone: the TCP conversations whose numbers are shown relative, and the time of the previous line.
 * A protocol that tcpdump decodes and we do not is printed as tcpdump prints one it does not know, and counted in
 * `missing`, which the program tells on stderr; nothing is passed over silently.
 */
import { ascii, hexAndAscii, hexOnly } from './dump.ts'
import { Names, type HostResolver } from './names.ts'
import type { TcpdumpOptions } from './options.ts'
import { printEthernet } from './print-ethernet.ts'
import { Sheet, TRUNCATED } from './sheet.ts'
import { TcpSequences } from './tcp-sequences.ts'
import { TimeStamper } from './timestamp.ts'

const MAX_LENGTH = 262_144

export class TcpdumpPrinter {
  /** Protocols that were printed less fully than tcpdump does, with the number of times. */
  readonly missing = new Map<string, number>()
  private readonly options: TcpdumpOptions
  private readonly sheet: Sheet
  private readonly stamper: TimeStamper
  private count = 0

  constructor(options: TcpdumpOptions, resolve: HostResolver | null = null) {
    this.options = options
    this.sheet = new Sheet(options, new Names(options.numeric, resolve), new TcpSequences(), this.missing)
    this.stamper = new TimeStamper(options.timeStyle, options.epochSeconds, options.nanoseconds)
  }

  /**
   * The text of the Ethernet frame `[at, end)`, seen at virtual time `timeNs`; it may be several lines, and ends
   * without a newline. `originalLength` is its length on the wire when the capture cut it. Never throws.
   */
  line(timeNs: number, view: DataView, at: number, end: number, originalLength = end - at): string {
    const { sheet, options } = this
    const captured = end - at
    this.count++
    sheet.text = options.number ? `${String(this.count).padStart(5)}  ` : ''
    const fault = invalidHeader(captured, originalLength)
    if (fault !== '') return `${sheet.text}${fault}`
    sheet.put(this.stamper.format(timeNs))
    sheet.view = view
    sheet.snapEnd = end
    sheet.protocol = ''
    let headerLength = 0
    try {
      headerLength = printEthernet(sheet, at, originalLength, captured)
    } catch (error) {
      if (error !== TRUNCATED) throw error
      sheet.truncated()
    }
    sheet.snapEnd = end
    this.dump(at, headerLength, captured)
    return sheet.text
  }

  /** -X, -x or -A, the first of them; twice includes the link layer header. */
  private dump(at: number, headerLength: number, captured: number): void {
    const { sheet, options } = this
    const times = options.hexAndAscii || options.hex || options.ascii
    const skipped = times > 1 ? 0 : headerLength
    if (times === 0 || captured <= skipped) return
    if (options.hexAndAscii > 0) hexAndAscii(sheet, at + skipped, captured - skipped)
    else if (options.hex > 0) hexOnly(sheet, '\n\t', at + skipped, captured - skipped)
    else ascii(sheet, at + skipped, captured - skipped)
  }
}

function invalidHeader(captured: number, original: number): string {
  const faults: string[] = []
  if (original === 0) faults.push(' len==0')
  else if (original < captured) faults.push(` len(${original}) < caplen(${captured})`)
  if (captured > MAX_LENGTH) faults.push(` caplen(${captured}) > ${MAX_LENGTH}`)
  if (original > MAX_LENGTH) faults.push(` len(${original}) > ${MAX_LENGTH}`)
  if (captured === 0) return `[Invalid header: caplen==0${faults.map(fault => `,${fault}`).join('')}]`
  return faults.length > 0 ? `[Invalid header:${faults.join(',')}]` : ''
}
