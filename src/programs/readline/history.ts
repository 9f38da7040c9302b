/** The lines that were typed, oldest first, numbered from 1 (history(3)). */
export class History {
  private readonly list: string[] = []
  /** Entries that were let go at the front: numbers go on. */
  private dropped = 0

  constructor(private readonly limit = 500) {}

  get length(): number {
    return this.list.length
  }

  /** Number of the first entry that is kept. */
  get base(): number {
    return this.dropped + 1
  }

  /** Number of the next line. */
  get next(): number {
    return this.dropped + this.list.length + 1
  }

  add(line: string): void {
    this.list.push(line)
    if (this.list.length <= this.limit) return
    this.list.shift()
    this.dropped++
  }

  /** Replaces the newest entry. */
  replaceLast(line: string): void {
    if (this.list.length > 0) this.list[this.list.length - 1] = line
  }

  /** By place, from 0. */
  at(index: number): string | null {
    return this.list[index] ?? null
  }

  /** By number. */
  numbered(number: number): string | null {
    return this.at(number - this.base)
  }

  last(): string | null {
    return this.at(this.list.length - 1)
  }

  entries(): readonly string[] {
    return this.list
  }

  remove(index: number): boolean {
    return this.list.splice(index, 1).length > 0
  }

  clear(): void {
    this.list.length = 0
    this.dropped = 0
  }
}
