import { EPIPE, strerror } from '../../base/errno.ts'
import { Pipe } from '../../host/pipe.ts'
import type { Process } from '../../host/process.ts'
import type { OutputStream } from '../../host/streams.ts'
import { bytesOf, fromByteString } from '../byte-string.ts'
import { RecordReader, type Waiting } from './reader.ts'

/** Ends the program with a message and a status. */
export class AwkExit extends Error {
  constructor(readonly text: string, readonly status: number) {
    super(text)
  }
}

/** Bytes that are kept back until they are written together; a terminal gets each line. */
const BLOCK = 4096

/** Files and commands that one program may have open. */
export const OPEN_LIMIT = 1000

class Writer {
  private buffer = ''

  constructor(private readonly stream: OutputStream, private readonly byLine: boolean, readonly child: Process | null) {}

  get fd(): number {
    return this.stream.fd
  }

  /** 0 or -errno. */
  write(text: string): number {
    this.buffer += text
    if (this.buffer.length >= BLOCK || this.byLine && this.buffer.includes('\n')) return this.flush()
    return 0
  }

  flush(): number {
    const { buffer } = this
    this.buffer = ''
    return buffer === '' ? 0 : this.stream.write(bytesOf(buffer))
  }
}

interface Source {
  readonly reader: RecordReader
  readonly fd: number
  readonly child: Process | null
}

/** What a program has open by name: files and commands, read and written. Names are byte strings. */
export class AwkStreams {
  private readonly writers = new Map<string, Writer>()
  private readonly files = new Map<string, Source>()
  private readonly commands = new Map<string, Source>()

  constructor(private readonly process: Process, private readonly name: string) {
    this.writers.set('/dev/stdout', new Writer(process.stdout, process.isTerminal(1), null))
  }

  /** print. Throws AwkExit when the file cannot be written. */
  *write(text: string, redirect: '' | '>' | '>>' | '|', target: string): Waiting<void> {
    const name = redirect === '' || redirect !== '|' && target === '-' ? '/dev/stdout' : target
    const writer = this.writers.get(name) ?? this.openWriter(name, redirect)
    const error = writer.write(text)
    if (error === -EPIPE) yield this.process.yield() // SIGPIPE is seen here
    if (error !== 0) this.cannotWrite(writer, error)
  }

  private cannotWrite(writer: Writer, error: number): never {
    const where = writer.fd === 1 ? '/dev/stdout' : 'output'
    throw new AwkExit(`${this.name}: write failure (${strerror(-error)})\n${this.name}: close failure on ${where}\n`, 2)
  }

  private openWriter(name: string, redirect: '' | '>' | '>>' | '|'): Writer {
    this.checkLimit()
    let writer: Writer
    if (redirect === '|') writer = this.pipeTo(name)
    else if (name === '/dev/stderr') writer = new Writer(this.process.stderr, true, null)
    else {
      const file = this.process.open(fromByteString(name), redirect === '>>' ? 'a' : 'w')
      if (typeof file === 'number') {
        throw new AwkExit(`${this.name}: cannot open "${fromByteString(name)}" for output (${strerror(-file)})\n`, 2)
      }
      writer = new Writer(this.process.outputTo(file), file.isTerminal, null)
    }
    this.writers.set(name, writer)
    return writer
  }

  private checkLimit(): void {
    if (this.writers.size + this.files.size + this.commands.size < OPEN_LIMIT) return
    throw new AwkExit(`${this.name}: too many open files\n`, 2)
  }

  /** Descriptors that children do not get: a pipe ends only when nobody else has its end. */
  private withheld(): Map<number, null> {
    const own = [...this.writers.values(), ...this.files.values(), ...this.commands.values()].map(({ fd }) => fd)
    return new Map(own.filter((fd) => fd > 2).map((fd) => [fd, null]))
  }

  private shell(command: string): string[] {
    const shell = this.process.host.findProgram('sh') === null ? 'bash' : 'sh'
    return [shell, '-c', fromByteString(command)]
  }

  private pipeTo(command: string): Writer {
    this.flushAll()
    const pipe = new Pipe()
    const child = this.process.spawn(this.shell(command), { descriptors: new Map([...this.withheld(), [0, pipe.reader]]) })
    return new Writer(this.process.outputTo(pipe.writer), false, child)
  }

  /** The file's records, or null when it cannot be read. */
  file(name: string): RecordReader | null {
    const known = this.files.get(name)
    if (known !== undefined) return known.reader
    this.checkLimit()
    const source = this.openFile(name)
    if (source === null) return null
    this.files.set(name, source)
    return source.reader
  }

  private openFile(name: string): Source | null {
    if (name === '-' || name === '/dev/stdin') return { reader: new RecordReader(this.process.stdin), fd: 0, child: null }
    const file = this.process.open(fromByteString(name), 'r')
    if (typeof file === 'number') return null
    const stream = this.process.input(file)
    return { reader: new RecordReader(stream), fd: stream.fd, child: null }
  }

  /** What a command prints. */
  command(command: string): RecordReader {
    const known = this.commands.get(command)
    if (known !== undefined) return known.reader
    this.checkLimit()
    this.flushAll()
    const pipe = new Pipe()
    const child = this.process.spawn(this.shell(command), { descriptors: new Map([...this.withheld(), [1, pipe.writer]]) })
    const stream = this.process.input(pipe.reader)
    const source = { reader: new RecordReader(stream), fd: stream.fd, child }
    this.commands.set(command, source)
    return source.reader
  }

  /** system(): the command's status. */
  *system(command: string): Waiting<number> {
    this.flushAll()
    const child = this.process.spawn(this.shell(command), { descriptors: this.withheld() })
    return (yield this.process.waitExit(child)) as number // what waitExit() promises
  }

  /** close(): 0, a command's status, or -1 when nothing of this name is open. */
  *close(name: string): Waiting<number> {
    let status = -1
    const writer = this.writers.get(name)
    if (writer !== undefined) {
      writer.flush()
      this.writers.delete(name)
      if (writer.fd > 2) this.process.close(writer.fd)
      status = writer.child === null ? 0 : (yield this.process.waitExit(writer.child)) as number // as above
    }
    for (const table of [this.files, this.commands]) {
      const source = table.get(name)
      if (source === undefined) continue
      table.delete(name)
      if (source.fd > 2) this.process.close(source.fd)
      status = source.child === null ? 0 : (yield this.process.waitExit(source.child)) as number // as above
    }
    return status
  }

  flushAll(): void {
    for (const writer of this.writers.values()) writer.flush()
  }

  /** fflush(): 0, or -1 when nothing of this name is written. */
  flush(name: string): number {
    const writer = this.writers.get(name)
    if (writer === undefined) return -1
    writer.flush()
    return 0
  }

  /** The end: writes what is left, and waits for commands that are written to. */
  *finish(): Waiting<void> {
    this.flushAll()
    for (const [name, writer] of [...this.writers]) if (writer.child !== null) yield* this.close(name)
    for (const [name, source] of [...this.commands]) if (source.child !== null) yield* this.close(name)
  }
}

