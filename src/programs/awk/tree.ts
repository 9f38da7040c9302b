import type { AwkArray } from './array.ts'

/** What a program is made of, after the parser: names are resolved to places. */
export type Expression =
  | { readonly kind: 'number', readonly value: number }
  | { readonly kind: 'string', readonly value: string }
  | { readonly kind: 'regex', readonly source: string }
  | Reference
  | { readonly kind: 'group', readonly list: readonly Expression[] }
  | { readonly kind: 'assign', readonly operator: string, readonly target: Reference, readonly value: Expression }
  | { readonly kind: 'step', readonly by: 1 | -1, readonly before: boolean, readonly target: Reference }
  | { readonly kind: 'binary', readonly operator: string, readonly left: Expression, readonly right: Expression }
  | { readonly kind: 'logical', readonly operator: '&&' | '||', readonly left: Expression, readonly right: Expression }
  | { readonly kind: 'match', readonly negated: boolean, readonly text: Expression, readonly pattern: Expression }
  | { readonly kind: 'unary', readonly operator: '!' | '-' | '+', readonly operand: Expression }
  | { readonly kind: 'choice', readonly test: Expression, readonly yes: Expression, readonly no: Expression }
  | { readonly kind: 'in', readonly index: Expression, readonly array: Name }
  | { readonly kind: 'getline', readonly from: 'main' | 'file' | 'command', readonly source: Expression | null,
    readonly target: Reference | null }
  | { readonly kind: 'builtin', readonly name: string, readonly args: readonly Expression[] }
  | { readonly kind: 'call', readonly callee: FunctionDefinition, readonly args: readonly Expression[] }

/** A variable or array by name: of the program (cell), or the n-th of the running function. */
export interface Name {
  readonly kind: 'name'
  readonly name: string
  /** -1: of the program. */
  readonly local: number
  readonly cell: Cell
}

export type Reference = Name
  | { readonly kind: 'field', readonly index: Expression }
  | { readonly kind: 'element', readonly array: Name, readonly index: Expression }

export type Statement =
  | { readonly kind: 'expression', readonly value: Expression }
  | { readonly kind: 'print', readonly formatted: boolean, readonly args: readonly Expression[],
    readonly redirect: '' | '>' | '>>' | '|', readonly target: Expression | null }
  | { readonly kind: 'block', readonly body: readonly Statement[] }
  | { readonly kind: 'if', readonly test: Expression, readonly yes: Statement, readonly no: Statement | null }
  | { readonly kind: 'while', readonly test: Expression, readonly body: Statement }
  | { readonly kind: 'do', readonly test: Expression, readonly body: Statement }
  | { readonly kind: 'for', readonly first: Expression | null, readonly test: Expression | null,
    readonly step: Expression | null, readonly body: Statement }
  | { readonly kind: 'for-in', readonly target: Name, readonly array: Name, readonly body: Statement }
  | { readonly kind: 'delete', readonly array: Name, readonly index: Expression | null }
  | { readonly kind: 'exit' | 'return', readonly value: Expression | null }
  | { readonly kind: 'break' | 'continue' | 'next' | 'nextfile' }

export interface Rule {
  readonly kind: 'begin' | 'end' | 'always' | 'pattern' | 'range'
  readonly first: Expression | null
  readonly last: Expression | null
  readonly body: Statement
  /** Of a range: whether it is open. */
  inRange: boolean
}

export interface FunctionDefinition {
  readonly name: string
  parameters: readonly string[]
  body: Statement | null
}

/** A number, a text, text that came from outside and may look like a number, or nothing yet. */
export type Value = number | string | InputText | undefined

/** Text from a field, getline, ARGV, -v: it counts as a number if it looks like one. */
export class InputText {
  /** The number that it is; null when it is none; undefined while nobody has asked. */
  number: number | null | undefined = undefined

  constructor(readonly text: string) {}
}

/** A variable. What nobody has used yet may become either; a function's parameter then tells whom it came from. */
export class Cell {
  value: Value = undefined
  array: AwkArray | null = null
  origin: Cell | null = null
}

export interface AwkProgram {
  readonly rules: readonly Rule[]
  readonly globals: ReadonlyMap<string, Cell>
}
