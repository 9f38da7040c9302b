import { power } from './mathematics.ts'
import type { Value } from './tree.ts'
import { compare, toNumber } from './values.ts'

/** Arithmetic and comparisons. format: CONVFMT, for a number that is compared as a text. */
export function operate(operator: string, left: Value, right: Value, format: string): number {
  switch (operator) {
    case '+': return toNumber(left) + toNumber(right)
    case '-': return toNumber(left) - toNumber(right)
    case '*': return toNumber(left) * toNumber(right)
    case '/': return toNumber(left) / toNumber(right)
    case '%': return toNumber(left) % toNumber(right)
    case '^': return power(toNumber(left), toNumber(right))
  }
  const order = compare(left, right, format)
  switch (operator) {
    case '<': return order < 0 ? 1 : 0
    case '<=': return order <= 0 ? 1 : 0
    case '==': return order === 0 ? 1 : 0
    case '!=': return order !== 0 ? 1 : 0
    case '>': return order > 0 ? 1 : 0
    default: return order >= 0 ? 1 : 0
  }
}
