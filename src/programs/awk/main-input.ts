import { strerror } from '../../base/errno.ts'
import { fromByteString } from '../byte-string.ts'
import type { AwkArray } from './array.ts'
import type { Interpreter } from './interpreter.ts'
import { RecordReader, type Waiting } from './reader.ts'
import { AwkExit } from './streams.ts'
import type { Cell } from './tree.ts'
import { toNumber } from './values.ts'

/** The main input: the files that ARGV names when their turn comes, assignments between them, or the standard input. */
export class MainInput {
  private reader: RecordReader | null = null
  private fd = -1
  private nextArgument = 1
  private usedFile = false
  private ended = false

  constructor(private readonly awk: Interpreter, private readonly argv: AwkArray, private readonly argc: Cell,
    private readonly nr: Cell, private readonly fnr: Cell) {}

  /** The next record, with NR and FNR counted; null at the end of all. */
  *next(): Waiting<string | null> {
    for (;;) {
      if (this.reader === null && !this.openNext()) return null
      const record = this.reader === null ? null : yield* this.reader.next(this.awk.recordEnd())
      if (record !== null) {
        this.nr.value = toNumber(this.nr.value) + 1
        this.fnr.value = toNumber(this.fnr.value) + 1
        return record
      }
      this.close()
    }
  }

  /** Leaves the present file. */
  close(): void {
    if (this.fd > 2) this.awk.process.close(this.fd)
    this.reader = null
    this.fd = -1
  }

  private openNext(): boolean {
    if (this.ended) return false
    while (this.nextArgument < toNumber(this.argc.value)) {
      const index = this.nextArgument++
      if (!this.argv.has(index)) continue
      const argument = this.awk.text(this.argv.get(index))
      if (argument === '' || this.awk.assignArgument(argument)) continue
      this.usedFile = true
      this.open(argument)
      return true
    }
    this.ended = true
    if (this.usedFile) return false
    this.open('-')
    this.awk.setVariable('FILENAME', '')
    return true
  }

  private open(name: string): void {
    const { process } = this.awk
    this.awk.setVariable('FILENAME', name)
    this.fnr.value = 0
    if (name === '-' || name === '/dev/stdin') {
      this.reader = this.awk.streams.file('-')
      return
    }
    const file = process.open(fromByteString(name), 'r')
    if (typeof file === 'number') {
      throw new AwkExit(`${this.awk.name}: cannot open ${fromByteString(name)} (${strerror(-file)})\n`, 2)
    }
    const stream = process.input(file)
    this.fd = stream.fd
    this.reader = new RecordReader(stream)
  }
}
