/**
 * The dissector's glue (Emscripten's embind) makes small functions of text with `new Function`, which the page's policy
 * forbids (no 'unsafe-eval'). The texts have two shapes only; this makes the same functions without making code:
 *
 *     new Function('body', 'return function NAME() { "use strict"; return body.apply(this, arguments) }')
 *     new Function('throwBindingError', 'invoker', 'fn', 'runDestructors', 'retType', 'classParam',
 *       'argType0', …, 'arg0Wired_dtor', …, 'return function NAME(arg0, …) { … }')
 */
type Call = (this: unknown, ...given: unknown[]) => unknown

/** How embind turns a value into what wasm takes, and back. */
interface WireType {
  toWireType(destructors: unknown[] | null, value: unknown): unknown
  fromWireType(value: unknown): unknown
}

/** Parameters of the second shape that come before the arguments' types. */
const FIRST_ARGUMENT_TYPE = 6

/** In place of `Function` while the dissector lives; other texts are refused. */
export function FunctionWithoutCode(...parts: string[]): Call {
  const text = parts[parts.length - 1] ?? ''
  const name = /^return function ([\w$]+)\(/.exec(text)?.[1]
  if (name !== undefined && parts.length === 2 && parts[0] === 'body') {
    return (body) => named(name, function (...given) { return (body as Call).apply(this, given) })
  }
  if (name === undefined || parts[0] !== 'throwBindingError') throw new EvalError('code is not made of text here')
  return makerOf(name, parts.slice(0, -1), text)
}
FunctionWithoutCode.prototype = Function.prototype

function makerOf(name: string, parameters: readonly string[], text: string): Call {
  const count = parameters.filter((parameter) => /^argType\d+$/.test(parameter)).length
  const destroyed = parameters.slice(FIRST_ARGUMENT_TYPE + count)
  const isMethod = text.includes('var thisWired = ')
  const collects = text.includes('var destructors = [];')
  const returns = text.includes('var rv = ')
  return (...given) => {
    const [complain, invoke, target, runDestructors] = given as Call[]
    const [result, self] = given.slice(4, FIRST_ARGUMENT_TYPE) as WireType[]
    const types = given.slice(FIRST_ARGUMENT_TYPE, FIRST_ARGUMENT_TYPE + count) as WireType[]
    const destructors = given.slice(FIRST_ARGUMENT_TYPE + count) as Call[]
    return named(name, function (...values) {
      if (values.length !== count) complain(`${name} was called with ${values.length} arguments, not ${count}`)
      const heap: unknown[] | null = collects ? [] : null
      const wiredSelf = isMethod ? self.toWireType(heap, this) : undefined
      const wired = types.map((type, index) => type.toWireType(heap, values[index]))
      const returned = invoke(target, ...isMethod ? [wiredSelf, ...wired] : wired)
      if (heap !== null) runDestructors(heap)
      else {
        for (const [index, parameter] of destroyed.entries()) {
          const argument = /^arg(\d+)Wired_dtor$/.exec(parameter)
          destructors[index](argument === null ? wiredSelf : wired[Number(argument[1])])
        }
      }
      return returns ? result.fromWireType(returned) : undefined
    })
  }
}

function named(name: string, body: Call): Call {
  return Object.defineProperty(body, 'name', { value: name })
}
