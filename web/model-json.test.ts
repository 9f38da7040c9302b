import { expect, test } from 'vitest'
import { parseLab } from '../src/lab/parse-yaml.ts'
import { LAB_NAMES, readLab } from '../test/support/labs.ts'
import { modelOfText, modelToText } from './model-json.ts'

test('the model of every bundled lab comes back from its text as it was read', () => {
  for (const name of LAB_NAMES) {
    const model = readLab(name)
    expect(modelOfText(modelToText(model))).toStrictEqual(model)
  }
})

test('Maps with entries and times without end come back', () => {
  const model = parseLab(`name: x
topology:
  nodes:
    a: { kind: host, sysctls: { net.ipv4.ip_forward: 1 }, labels: { tier: front } }
`, 'x.yaml')
  const check = { kind: 'capture', expect: { minFrames: 1, maxFrames: Infinity } }
  const odd = { ...model, checks: [check as never] }
  const again = modelOfText(modelToText(odd))
  expect(again).toStrictEqual(odd)
  expect(again.nodes[0].sysctls).toEqual(new Map([['net.ipv4.ip_forward', '1']]))
})

test('what JSON would lose is refused', () => {
  const model = { ...readLab('first-ping'), about: undefined as unknown as string }
  expect(() => modelToText(model)).toThrow('a lab\'s model has undefined in about')
})
