import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../tidy/sources.ts'

/* What the READMEs show is what the built program prints. A line with `…` alone stands for lines left out. */

const transcripts = ['README.md', 'README.zh.md'].flatMap(file =>
  [...readFileSync(path.join(root, file), 'utf8').matchAll(/```\n\$ bin\/netarium ([^\n]*)\n([^]*?)```/g)]
    .map(([, command, shown]) => ({ file, command, shown })))

test('each README shows a run', () => {
  expect(transcripts.map(({ file }) => file)).toEqual(['README.md', 'README.zh.md'])
})

test.each(transcripts)('$file: netarium $command', ({ command, shown }) => {
  const { stdout } = spawnSync(process.execPath, [path.join(root, 'bin/netarium'), ...command.split(' ')],
    { encoding: 'utf8' })
  const parts = shown.split(/^…\n/m).map(escape)
  expect(stdout).toMatch(new RegExp(`^${parts.join('[^]*')}$`))
})

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
