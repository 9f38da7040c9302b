import { EAGAIN } from '../../base/errno.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Process } from '../../host/process.ts'
import type { Terminal } from '../../host/terminal.ts'

/** Keys as they come from a terminal: characters, taken one by one, so that what is typed ahead stays for others. */
export class KeyReader {
  private readonly pushed: string[] = []

  constructor(private readonly process: Process, private readonly terminal: Terminal, private readonly fd: number) {}

  /** Whether there is a key already. */
  get pending(): boolean {
    return this.pushed.length > 0 || this.terminal.readable
  }

  /** The next character; null: the terminal is gone. Throws Interrupted. */
  async next(): Promise<string | null> {
    const pushed = this.pushed.shift()
    if (pushed !== undefined) return pushed
    const first = await this.byte()
    if (first === null) return null
    const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
    const bytes = [first]
    while (bytes.length < length) {
      const byte = await this.byte()
      if (byte === null) break
      bytes.push(byte)
    }
    return decodeUtf8(Uint8Array.from(bytes))
  }

  /** Puts keys back, to be read next. */
  push(keys: string): void {
    this.pushed.unshift(...Array.from(keys))
  }

  private async byte(): Promise<number | null> {
    for (;;) {
      const descriptor = this.process.descriptors.get(this.fd)
      const taken = descriptor === undefined ? new Uint8Array(0) : descriptor.file.read(1, -1)
      if (typeof taken !== 'number') return taken[0] ?? null
      if (taken !== -EAGAIN || descriptor === undefined) return null
      this.terminal.prompting = true
      try {
        await this.process.waitReadable(descriptor)
      } finally {
        this.terminal.prompting = false
      }
    }
  }
}
