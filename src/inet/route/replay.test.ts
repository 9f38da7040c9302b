import { describe, expect, test } from 'vitest'
import { RouteBench } from './commands.test-data.ts'
import recorded from './fixtures/recorded.json' with { type: 'json' }

type Entry = [command: string, status: number, stdout: string, stderr: string]

describe('Linux 6.18 was seen to do', () => {
  for (const [name, entries] of Object.entries(recorded as unknown as Record<string, Entry[]>)) {
    test(name, () => {
      const bench = new RouteBench()
      const got: string[] = []
      const wanted: string[] = []
      for (const [command, status, stdout, stderr] of entries) {
        const expected = command.startsWith('ip addr show') ? addresses(stdout) : stdout
        wanted.push(`# ${command}\n[${status}] ${expected}${stderr}`)
        const [gotStatus, gotOut, gotError] = bench.run(command)
        got.push(`# ${command}\n[${gotStatus}] ${gotOut}${gotError}`)
      }
      expect(got).toEqual(wanted)
    })
  }
})

/** Of `ip addr show` the addresses in their order. */
function addresses(text: string): string {
  return text.split('\n').filter((line) => line.startsWith('    inet '))
    .map((line) => `${line.split(' ')[5]}${line.includes(' secondary ') ? ' secondary' : ''}\n`).join('')
}
