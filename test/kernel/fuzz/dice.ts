/** Chance with a seed: the same seed throws the same numbers. */
import { Random, type RandomStream } from '../../../src/engine/random.ts'

export class Dice {
  private readonly stream: RandomStream

  constructor(seed: number, name: string) {
    this.stream = new Random(seed).stream(name)
  }

  /** A whole number from 0 to bound - 1. */
  below(bound: number): number {
    return this.stream.below(bound)
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** true once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new Error('nothing to pick from')
    return list[this.below(list.length)]
  }

  /** One of the functions, each as often as its weight says; returns what it returns. */
  weighted<T>(choices: readonly (readonly [number, () => T])[]): T {
    let rest = this.below(choices.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, make] of choices) {
      if (rest < weight) return make()
      rest -= weight
    }
    throw new Error('weights are positive')
  }

  /** The text once in `times`, else ''. */
  maybe(times: number, make: () => string): string {
    return this.once(times) ? make() : ''
  }
}
