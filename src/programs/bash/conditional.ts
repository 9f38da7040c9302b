import type { TestExpression, Word } from 'unbash'
import { evaluate } from './arithmetic.ts'
import { notModelled } from './errors.ts'
import { quoteIfNeeded } from './expand/quote.ts'
import { expandPattern, expandRegex, expandWhole, patternMatches } from './expand/word.ts'
import { type Run, ShellError } from './flow.ts'
import { SET_OPTIONS } from './options.ts'
import { matchRegex } from './regex.ts'
import type { Shell } from './shell.ts'
import { compareFiles, testFile } from '../test-file.ts'
import { traceWords } from './trace.ts'

/** [[ … ]]: 0 true, 1 false, 2 a mistake (bash(1), CONDITIONAL EXPRESSIONS). */
export function* runConditional(shell: Shell, expression: TestExpression): Run<number> {
  switch (expression.type) {
    case 'TestGroup':
      return yield* runConditional(shell, expression.expression)
    case 'TestNot': {
      const status = yield* runConditional(shell, expression.operand)
      return expression.negations.length % 2 === 0 || status === 2 ? status : 1 - status
    }
    case 'TestLogical': {
      let status = 0
      for (const operand of expression.operands) {
        status = yield* runConditional(shell, operand)
        if ((expression.operator === '&&') !== (status === 0)) return status
      }
      return status
    }
    case 'TestUnary': {
      const operand = yield* expandWhole(shell, expression.operand)
      yield* traceWords(shell, `[[ ${expression.operator} ${quoteIfNeeded(operand)} ]]`)
      return unary(shell, expression.operator, operand) ? 0 : 1
    }
    case 'TestBinary':
      return yield* binary(shell, expression.operator, expression.left, expression.right)
  }
}

function unary(shell: Shell, operator: string, operand: string): boolean {
  switch (operator) {
    case '-n': return operand !== ''
    case '-z': return operand === ''
    case '-v': return isSet(shell, operand)
    case '-o': return SET_OPTIONS.some(([name]) => name === operand) && shell.options.all.get(operand) === true
    case '-R': return shell.variables.find(operand)?.nameref === true
    default: return testFile(shell.process, operator.slice(1), operand)
  }
}

export function isSet(shell: Shell, name: string): boolean {
  const element = /^([A-Za-z_]\w*)\[([^]*)\]$/.exec(name)
  if (element === null) return shell.parameter(name) !== undefined
  if (element[2] === '@' || element[2] === '*') return (shell.variables.lookup(element[1])?.keys().length ?? 0) > 0
  return shell.element(element[1], shell.subscriptOf(element[1], element[2])) !== undefined
}

function* binary(shell: Shell, operator: string, leftWord: Word, rightWord: Word): Run<number> {
  const left = yield* expandWhole(shell, leftWord)
  const isPattern = operator === '==' || operator === '=' || operator === '!='
  const right = isPattern ? yield* expandPattern(shell, rightWord)
    : operator === '=~' ? yield* expandRegex(shell, rightWord) : yield* expandWhole(shell, rightWord)
  yield* traceWords(shell, `[[ ${quoteIfNeeded(left)} ${operator} ${right === '' ? "''" : right} ]]`)
  switch (operator) {
    case '==':
    case '=': return patternMatches(shell, right, left, true) ? 0 : 1
    case '!=': return patternMatches(shell, right, left, true) ? 1 : 0
    case '=~': return matchRegex(shell, left, right)
    case '<': return left < right ? 0 : 1
    case '>': return left > right ? 0 : 1
    case '-nt':
    case '-ot':
    case '-ef': return compareFiles(shell.process, left, operator, right) ? 0 : 1
    default: return compareNumbers(shell, left, operator, right)
  }
}

function compareNumbers(shell: Shell, left: string, operator: string, right: string): number {
  let a: bigint
  let b: bigint
  try {
    a = evaluate(left, shell, '[[: ')
    b = evaluate(right, shell, '[[: ')
  } catch (error) {
    if (!(error instanceof ShellError) || error.fatal) throw error
    shell.error(error.message)
    return 1
  }
  const results: Readonly<Record<string, boolean>> = {
    '-eq': a === b, '-ne': a !== b, '-lt': a < b, '-le': a <= b, '-gt': a > b, '-ge': a >= b,
  }
  if (!(operator in results)) throw new ShellError(notModelled(`bash: [[ ${operator} ]]`), 2, true)
  return results[operator] ? 0 : 1
}
