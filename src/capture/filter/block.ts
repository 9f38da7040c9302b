/** A filter as blocks that end in a branch: what codegen.ts makes, specialize.ts shortens and emit.ts lays out. */

export interface Step {
  operation: number
  k: number
}

/** A field of the packet, or its length. */
export interface Load {
  /** Bytes; 0 for the length of the packet and what is known besides its bytes, told apart by `name`. */
  size: 0 | 1 | 2 | 4
  at: number
  /** When not null, `at` is counted from behind the IPv4 header that begins here. */
  headerAt: number | null
  mask: number | null
  /** Two loads of one name give the same value. */
  name: string
}

export interface Branch {
  kind: 'branch'
  id: number
  /** What is compared; null when `steps` compute it. */
  load: Load | null
  /** False when A holds it already. */
  reloads: boolean
  steps: readonly Step[]
  operation: number
  k: number
  /** Where the same value would do as well, behind the same header; null for nowhere. */
  orAt: number | null
  /** The values of JIN, of which A is one or not. */
  among: readonly number[] | null
  whenTrue: Block
  whenFalse: Block
}

export type Block = Branch | { kind: 'accept' } | { kind: 'refuse' }

export const ACCEPT: Block = { kind: 'accept' }
export const REFUSE: Block = { kind: 'refuse' }
