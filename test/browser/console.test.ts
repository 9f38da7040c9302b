import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { LAB_SESSIONS, type LabSession, runSession, type SessionOutcome } from '../console/lab-sessions.ts'
import { labPath } from '../support/labs.ts'
import { requireTool } from '../support/tools.ts'
import { bundleForBrowser } from './bundle.ts'
import { withPage } from './page.ts'

const HERE = path.resolve(import.meta.dirname)
const ENTRY = 'import { runSession } from \'../console/lab-sessions.ts\'\nObject.assign(globalThis, { runSession })'

test('console sessions in Chromium give the bytes, the times and the hashes of Node', async (context) => {
  requireTool('chromium', context)
  const bundle = await bundleForBrowser(ENTRY, HERE)
  expect([bundle.builtins, bundle.warnings]).toEqual([[], []])
  const given = LAB_SESSIONS.map(session => ({ session, text: readFileSync(labPath(session.lab), 'utf8') }))
  const runAll = async (sessions: readonly { session: LabSession, text: string }[]): Promise<SessionOutcome[]> => {
    const outcomes: SessionOutcome[] = []
    for (const { session, text } of sessions) {
      outcomes.push(await (globalThis as unknown as { runSession: typeof runSession }).runSession(session, text))
    }
    return outcomes
  }
  const inChromium = await withPage(bundle.code, page => page.evaluate(runAll, given))
  for (const [index, { session, text }] of given.entries()) {
    const inNode = await runSession(session, text)
    expect({ name: session.name, ...inChromium[index] }).toEqual({ name: session.name, ...inNode })
    expect(inNode.replayed).toBe(inNode.hash)
  }
})
