import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { root } from '../tidy/sources.ts'

/* What the READMEs show is what the built program prints. A line with `…` alone stands for lines left out. */

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

const transcripts = ['README.md', 'README.zh.md'].flatMap(file =>
  [...read(file).matchAll(/```\n\$ bin\/netarium ([^\n]*)\n([^]*?)```/g)]
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

test('the lab file and the TypeScript of README.md run as they stand', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'netarium-readme-'))
  try {
    const library = pathToFileURL(path.join(root, 'dist/index.node.js')).href
    writeFileSync(path.join(folder, 'two-hosts.yaml'), blockOf('yaml'))
    writeFileSync(path.join(folder, 'example.mjs'), blockOf('ts').replace('\'netarium\'', JSON.stringify(library)))
    const example = spawnSync(process.execPath, ['example.mjs'], { encoding: 'utf8', cwd: folder })
    expect([example.status, example.stderr]).toEqual([0, ''])
    expect(example.stdout).toMatch(/^0 PING 10\.0\.0\.2 [^]*1 received[^]*\nLINK_LOSS [0-9a-f]{16}\n$/)
    const run = spawnSync(process.execPath, [path.join(root, 'bin/netarium'), 'run', 'two-hosts.yaml'],
      { encoding: 'utf8', cwd: folder })
    expect([run.status, run.stderr]).toEqual([0, ''])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** The text of README.md's only block in a language. */
function blockOf(language: string): string {
  const blocks = [...read('README.md').matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))]
  expect(blocks.length).toBe(1)
  return blocks[0][1]
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
