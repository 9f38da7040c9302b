import type { RandomStream } from '../../engine/random.ts'

/** Words of glibc's default generator, and how far apart the two are that it adds. */
const WORDS = 31
const APART = 3
const RAND_MAX = 2147483647

/**
 * rand() and srand(): glibc's random(), an additive generator, so that a seed gives mawk's numbers. Without a seed mawk
 * takes one from the clock; here it comes from the host's own stream.
 */
export class AwkRandom {
  private words: number[] = []
  private at = 0

  constructor(private readonly stream: RandomStream) {
    this.seed(this.fresh())
  }

  /** A seed of nobody's choice. */
  fresh(): number {
    return this.stream.below(RAND_MAX)
  }

  /** srandom(). */
  seed(seed: number): void {
    const words = [seed === 0 ? 1 : seed | 0]
    for (let i = 1; i < WORDS; i++) {
      const before = words[i - 1]
      const high = Math.trunc(before / 127773)
      const word = 16807 * (before - high * 127773) - 2836 * high
      words.push(word < 0 ? word + RAND_MAX : word)
    }
    this.words = words
    this.at = APART
    for (let i = 0; i < WORDS * 10; i++) this.next()
  }

  /** random(): 31 bits. */
  private next(): number {
    const front = this.at % WORDS
    const rear = (this.at + WORDS - APART) % WORDS
    this.at++
    this.words[front] = this.words[front] + this.words[rear] | 0
    return this.words[front] >>> 1
  }

  /** From 0 to 1. */
  fraction(): number {
    return this.next() / RAND_MAX
  }
}
