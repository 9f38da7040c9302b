import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../../test/support/recorded.ts'
import { PROGRAMS } from '../registry.ts'

const FILES = new URL('./fixtures/files/', import.meta.url)
const FIXTURES = new URL('./fixtures/', import.meta.url)

/** What Netarium adds to a refusal. */
function withoutOurs(text: string): string {
  return text.replace(/^netarium: .*: not modelled\n/gm, '')
}

async function run(line: string): Promise<{ stdout: string, stderr: string, status: number, failure: unknown }> {
  const host = new RecordedNetwork(PROGRAMS).host('a')
  for (const name of readdirSync(FILES)) host.files.writeFile(`/tmp/work/${name}`, readFileSync(new URL(name, FILES)))
  const [, input, command] = /^(\S+) (.*)$/s.exec(line) ?? []
  const stdin = input === '-' ? '' : readFileSync(new URL(input, FILES), 'utf8')
  return host.exec(command, { stdin, cwd: '/tmp/work' })
}

for (const file of readdirSync(FIXTURES).filter((name) => name.endsWith('.record') && name !== 'regex.record')) {
  describe(`as recorded: ${file}`, () => {
    for (const recorded of readRecord(new URL(file, FIXTURES))) {
      test(recorded.line, async () => {
        const result = await run(recorded.line)
        expect(result.failure).toBe(null)
        expect({ stdout: result.stdout, stderr: withoutOurs(result.stderr), status: result.status })
          .toEqual({ stdout: recorded.stdout, stderr: recorded.stderr, status: recorded.status })
      })
    }
  })
}
