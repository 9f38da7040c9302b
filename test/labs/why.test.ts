import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.ts'
import { parseDuration } from '../../src/lab/units.ts'
import { why } from '../../src/lab/why/why.ts'
import { readLab } from '../../src/node/load-lab.ts'
import { type Fix, WHY_CASES, type WhyCase } from './why-cases.ts'

/* `netarium why` on every lab that loses a packet: place, cause, and a remedy that works. */

async function ask(wanted: WhyCase, fixes: readonly Fix[]): ReturnType<typeof why> {
  const model = readLab(wanted.lab)
  const atNs = wanted.at === undefined ? null : parseDuration(wanted.at) as number
  return why(async () => {
    const lab = await Lab.fromModel(model, { tracing: true })
    // Fixes are applied after the script has run so far, where the question is asked in the middle of it.
    if (fixes.length > 0 && atNs !== null) await lab.runScriptUntil(atNs)
    for (const fix of fixes) {
      if ('link' in fix) lab.link(fix.link).set(fix.set as Record<string, string>)
      else expect((await lab.node(fix.on).exec(fix.run)).stderr).toBe('')
    }
    return lab
  }, {
    from: wanted.from, to: wanted.to, protocol: 'icmp', port: 0, size: wanted.size ?? null,
    atNs: fixes.length > 0 ? null : atNs,
  })
}

for (const wanted of WHY_CASES) {
  test(`${wanted.lab}: why names the place, the cause and a remedy that works`, async () => {
    const journey = await ask(wanted, [])
    expect([journey.loss?.node, journey.loss?.reason]).toEqual([wanted.place, wanted.cause])
    expect(journey.remedy).not.toBeNull()
    const mended = await ask(wanted, journey.remedy ?? [])
    expect([mended.loss, mended.answered]).toEqual([null, true])
  })

  test(`${wanted.lab}: the remedy that its README tells works as well`, async () => {
    const mended = await ask(wanted, wanted.fix)
    expect([mended.loss, mended.answered]).toEqual([null, true])
  })
}
