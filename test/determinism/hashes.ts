/**
 * The journal hash of each bundled lab as it was when last pinned: a change of any byte, time or drop on any wire of a
 * lab shows here. `UPDATE_HASHES=1 npx vitest run test/determinism` pins anew; docs/HACKING.md says how to find out first
 * why a hash changed.
 */
import { readFileSync, writeFileSync } from 'node:fs'

const FILE = new URL('hashes.json', import.meta.url)

/** Lab name to hash, in the order of the names. */
export function pinnedHashes(): Map<string, string> {
  // Written by writePinnedHashes() alone.
  return new Map(Object.entries(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>))
}

export function writePinnedHashes(hashes: ReadonlyMap<string, string>): void {
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(hashes), null, 2)}\n`)
}
