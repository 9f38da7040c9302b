/**
 * Real programs as oracles. On a developer's machine a missing one skips the test and says so; in CI it fails it.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface ToolResult {
  status: number | null
  stdout: string
  stderr: string
}

/** The part of vitest's test context that is needed here. */
interface Skippable {
  skip(note?: string): never
}

/**
 * Returns when program `name` can be run. Otherwise throws where CI is set, and elsewhere skips the running test with
 * a printed reason.
 */
export function requireTool(name: string, context: Skippable): void {
  const found = spawnSync(name, ['--version'], { encoding: 'utf8' })
  if (found.error === undefined) return
  const reason = `${name} is not installed (Debian: apt-get install ${DEBIAN_PACKAGE[name] ?? name})`
  if (process.env.CI) throw new Error(reason)
  process.stderr.write(`skipped: ${reason}\n`)
  context.skip(reason)
}

/** Returns when the test runs as root on Linux; else as requireTool() does. */
export function requireRoot(context: Skippable): void {
  if (process.platform === 'linux' && process.getuid?.() === 0) return
  const reason = 'network namespaces need root on Linux'
  if (process.env.CI) throw new Error(reason)
  process.stderr.write(`skipped: ${reason}\n`)
  context.skip(reason)
}

const DEBIAN_PACKAGE: Record<string, string> = {
  capinfos: 'wireshark-common', ip: 'iproute2', nsenter: 'util-linux', ping: 'iputils-ping',
}

/** Runs a program in UTC and the C locale and waits for its end. */
export function runTool(name: string, args: readonly string[]): ToolResult {
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C' }
  const result = spawnSync(name, args, { encoding: 'utf8', env, maxBuffer: 1 << 26 })
  if (result.error !== undefined) throw result.error
  return { status: result.status, stdout: result.stdout, stderr: result.stderr }
}

/** Calls `use` with the path of a new file of this content, which is gone afterwards. */
export function withFile<T>(fileName: string, content: Uint8Array, use: (path: string) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'netarium-'))
  try {
    const path = join(directory, fileName)
    writeFileSync(path, content)
    return use(path)
  } finally {
    rmSync(directory, { recursive: true })
  }
}
