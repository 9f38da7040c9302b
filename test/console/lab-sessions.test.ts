import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { labPath } from '../support/labs.ts'
import { LAB_SESSIONS, runSession, type SessionOutput } from './lab-sessions.ts'

/** What came out, once looked at and kept. RECORD=1 writes it anew. */
const FILE = new URL('./lab-sessions.json', import.meta.url)

describe('sessions at consoles of bundled labs: twice the same bytes at the same times, and a replay of the same hash', () => {
  const kept = process.env.RECORD === '1' ? {} : JSON.parse(readFileSync(FILE, 'utf8')) as Record<string,
    readonly SessionOutput[]>
  for (const session of LAB_SESSIONS) {
    test(session.name, async () => {
      const text = readFileSync(labPath(session.lab), 'utf8')
      const first = await runSession(session, text)
      const second = await runSession(session, text)
      expect(second).toEqual(first)
      expect(first.replayed).toBe(first.hash)
      if (process.env.RECORD === '1') {
        kept[session.name] = first.outputs
        writeFileSync(FILE, `${JSON.stringify(kept, null, 1)}\n`)
      }
      expect(first.outputs).toEqual(kept[session.name])
    })
  }
})
