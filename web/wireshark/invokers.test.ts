import { expect, test } from 'vitest'
import { FunctionWithoutCode } from './invokers.ts'

type Call = (this: unknown, ...given: unknown[]) => unknown

/** Both makers of functions, asked for the same. */
const MAKERS: readonly [string, (...parts: string[]) => Call][] =
  [['the engine', (...parts) => new Function(...parts) as Call], ['without code', FunctionWithoutCode]]

const PARAMETERS = ['throwBindingError', 'invoker', 'fn', 'runDestructors', 'retType', 'classParam', 'argType0']
const BODY = [
  'return function frames(arg0) {', 'if (arguments.length !== 1) throwBindingError("no");', 'var destructors = [];', 'var thisWired = classParam.toWireType(destructors, this);',
  'var arg0Wired = argType0.toWireType(destructors, arg0);', 'var rv = invoker(fn, thisWired, arg0Wired);',
  'runDestructors(destructors);', 'return retType.fromWireType(rv);', '}',
].join('\n')
const BODY_WITH_OWN_DESTRUCTOR = [
  'return function set(arg0) {', 'var arg0Wired = argType0.toWireType(null, arg0);', 'invoker(fn, arg0Wired);',
  'arg0Wired_dtor(arg0Wired);', '}',
].join('\n')

/** Calls an invoker made of `body`; tells what happened, in order. */
function told(make: (...parts: string[]) => Call, parameters: readonly string[], body: string): unknown[] {
  const happened: unknown[] = []
  const type = (name: string) => ({
    toWireType: (heap: unknown[] | null, value: unknown) => {
      heap?.push(name)
      return `${name}(${String(value)})`
    },
    fromWireType: (value: unknown) => `from ${String(value)}`,
  })
  const invoker = make(...parameters, body)(
    (message: string) => { throw new Error(message) }, (...given: unknown[]) => (happened.push(['invoked', ...given]), 7), 'target',
    (heap: unknown[]) => happened.push(['destroyed', ...heap]), type('result'), type('self'), type('first'),
    (value: unknown) => happened.push(['destroyed', value])) as Call
  happened.push(['returned', invoker.call('me', 'one')], invoker.name)
  expect(() => invoker.call('me')).toThrow()
  return happened
}

test('an invoker of a method with destructors does what the text says', () => {
  const [engine, ours] = MAKERS.map(([, make]) => told(make, PARAMETERS, BODY))
  expect(ours.slice(0, 4)).toEqual([
    ['invoked', 'target', 'self(me)', 'first(one)'], ['destroyed', 'self', 'first'], ['returned', 'from 7'], 'frames',
  ])
  expect(ours.slice(0, 4)).toEqual(engine.slice(0, 4))
})

test('an invoker of a function without result destroys its argument itself', () => {
  const text = BODY_WITH_OWN_DESTRUCTOR
  const ours = told(FunctionWithoutCode, [...PARAMETERS, 'arg0Wired_dtor'], text)
  expect(ours.slice(0, 4)).toEqual(
    [['invoked', 'target', 'first(one)'], ['destroyed', 'first(one)'], ['returned', undefined], 'set'])
})

test('a named function passes all on; any other text is refused', () => {
  const text = 'return function Named_1() {\n    "use strict";    return body.apply(this, arguments);\n};\n'
  const outcomes = MAKERS.map(([, make]) => {
    const made = make('body', text)(function (this: unknown, ...given: unknown[]) { return [this, ...given] }) as Call
    return [made.name, made.call('me', 1, 2)]
  })
  expect(outcomes).toEqual([['Named_1', ['me', 1, 2]], ['Named_1', ['me', 1, 2]]])
  expect(() => FunctionWithoutCode('return 1')).toThrow(EvalError)
  expect((() => 1) instanceof FunctionWithoutCode).toBe(true)
})
