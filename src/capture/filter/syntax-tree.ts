/**
 * What a filter means, after names are resolved and offsets are known: tests on fields, joined by and, or and not.
 * Offsets are counted from the start of the frame. A transport field lies behind the IPv4 header, whose length is
 * read from the packet. What a Geneve tunnel carries is counted from a place that is computed and kept in memory.
 */

export type Size = 1 | 2 | 4
export type FieldOperator = 'eq' | 'gt' | 'ge' | 'set'
export type RelationOperator = 'eq' | 'gt' | 'ge'
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>'

/** The bytes at `at`, or at `at` plus the length of the IPv4 header that starts at `headerAt`. */
export interface Place {
  at: number
  headerAt: number | null
  size: Size
  /** The memory word whose value counts to all offsets; null for none, as it is but behind `geneve`. */
  base: Register | null
}

/** A memory word that keeps its value; which one it is shows when all tests are known. */
export interface Register {
  word: number
}

/** An instruction of classic BPF, of a test that is made of them; jumps are counted from the next one. */
export interface CodeStep {
  readonly code: number
  readonly k: number | Register
  readonly jt?: number
  readonly jf?: number
}

export interface FieldTest {
  kind: 'field'
  place: Place
  /** Bits that count; null for all. */
  mask: number | null
  operator: FieldOperator
  value: number
  /**
   * `computed ` for a field of an arithmetic relation, else empty. The two are not known to be one field, as they are
   * not to libpcap, which therefore accepts `icmp and ip[9] = 6` but refuses `icmp and tcp`.
   */
  computed: '' | 'computed '
}

export type Test =
  | { kind: 'and' | 'or', left: Test, right: Test }
  | { kind: 'not', test: Test }
  | FieldTest
  | { kind: 'length', operator: 'gt' | 'ge', value: number }
  | { kind: 'metadata', what: Metadata, value: number }
  | Code
  | { kind: 'relation', operator: RelationOperator, left: Arithmetic, right: Arithmetic }

/** Instructions and the branch at their end, as libpcap writes them where a field and a comparison do not tell it. */
export interface Code {
  kind: 'code'
  steps: readonly CodeStep[]
  branch: CodeStep
  /** Memory words that are taken before it, and those of them that are free again behind it. */
  takes: readonly Register[]
  frees: readonly Register[]
}

/** Known of a frame besides its bytes: PACKET_OUTGOING and its like, and the device where it was seen. */
export type Metadata = 'packet type' | 'ifindex'

export type Arithmetic =
  | { kind: 'number', value: number }
  | { kind: 'length' }
  | { kind: 'load', place: Place, index: Arithmetic }
  | { kind: 'binary', operator: ArithmeticOperator, left: Arithmetic, right: Arithmetic }
  | { kind: 'negate', of: Arithmetic }

export function and(left: Test, right: Test): Test {
  return { kind: 'and', left, right }
}

export function or(left: Test, right: Test): Test {
  return { kind: 'or', left, right }
}

export function not(test: Test): Test {
  return { kind: 'not', test }
}
