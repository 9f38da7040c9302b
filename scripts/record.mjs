// node scripts/record.mjs [NAME-PART…] [--keep]: asks the real programs again, all that was ever recorded from them, and
// shows what has changed. Needs root on Debian 12. Takes some minutes.
//
// Each recording is made anew by its own recorder and compared with the one in the project, after that which no two
// runs share is hidden (HIDDEN, a line for each reason). Then the one in the project is put back; --keep leaves the new.
// Exit status: 0 nothing changed, 1 something did.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { root } from './setup.mjs'

const programs = 'src/programs/fixtures'
const text = 'src/programs/text/fixtures'

/** Recorders that write one record to stdout, by the files they read. */
const TO_STDOUT = [
  ...cases(programs, (name) => ['bash', `${programs}/record.sh`, `${programs}/${name}.cases`], ['printf-test-expr']),
  ...cases(text, (name) => ['bash', `${text}/text-record.sh`, `${text}/${name}.cases`], ['regex']),
  [`${text}/regex.record`, ['bash', '-c', `bash ${text}/regex-record.sh < ${text}/regex.cases`]],
  ...['printf-test-expr'].map((name) => argv(programs, name)), argv('src/programs/awk/fixtures', 'awk'),
  ['src/programs/bash/fixtures/shell.record.json', ['node', 'src/programs/bash/fixtures/record.mjs']],
]

/** Recorders that write their own files. */
const TO_FILES = [
  [['test/golden/ip/recorded.json'], ['node', 'test/golden/ip/record.mjs']],
  [['test/golden/netns/recorded.json'], ['node', 'test/golden/netns/record.mjs']],
  [readdirSync(path.join(root, 'test/scripts')).filter((name) => name.endsWith('.out')).map((name) => `test/scripts/${name}`),
    ['node', 'test/scripts/record.mjs']],
  [['test/golden/filters.json'], ['node', 'test/golden/record-filters.mjs']],
  [readdirSync(path.join(root, 'test/golden/tcpdump')).map((name) => `test/golden/tcpdump/${name}`),
    ['bash', 'test/golden/record-tcpdump.sh']],
  [['test/console/recorded.json'], ['python3', 'test/console/record.py']],
]

function cases(folder, command, others) {
  return readdirSync(path.join(root, folder)).filter((name) => name.endsWith('.cases'))
    .map((name) => name.slice(0, -'.cases'.length)).filter((name) => !others.includes(name))
    .map((name) => [`${folder}/${name}.record`, command(name)])
}

function argv(folder, name) {
  return [`${folder}/${name}.record`, ['node', `${programs}/record-argv.mjs`, `${folder}/${name}.cases`]]
}

/** What no two runs share: [which records, what, in place of it]. */
const HIDDEN = [
  [/\.record$|recorded\.json$/, /\b\d+(?:\.\d+)?\s?ms\b/g, 'T ms'], // round trips and spans that a program measured
  [/record/, /mdev = .*|ewma [0-9.]+\/[0-9.]+/g, '= T'],
  [/ping/, /\[\d+\.\d{6}\]|ident=\d+|\d+ absolute|\t[01]$/gm, 'T'],
  [/mtr\.record/, /^(?:1\|)?(?:Start: .*|HOST: \S+ *|MTR\.0\.95,\d+,)|\b\d+\.\d+\b|"src": "\w+"|SRC="\w+"|^1\|p \d+ \d+ /gm, 'T'],
  [/mtr\.record/, /\b30\d\d\./g, '30xx.'], // an unreachable answer after three seconds
  [/(?:arping|tracepath|traceroute)\.record/, /\b\d+\.\d+\b/g, 'T'],
  [/record/, /netarium-record-\w+-?/g, 'NETARIUM'], // temporary names
  [/record/, /\bpid[ =]\d+|\(\d{3,}\)|\[\d{3,}\]/g, 'PID'],
]

function hidden(file, content) {
  let shown = /\/(?:arp|ss)\.record$/.test(file) ? sorted(content) : content // the kernel's tables have the order of a seeded hash
  for (const [which, what, instead] of HIDDEN) if (which.test(file)) shown = shown.replace(what, instead)
  return shown
}

/** Lines of output sorted within each invocation. */
function sorted(content) {
  return content.split(/^(?=\$ )/m).map((part) => part.split('\n').sort().join('\n')).join('\n')
}

/** How many invocations a record holds. */
export function invocations(file, content) {
  if (file.endsWith('.record')) return content.split('\n').filter((line) => /^\$|^\{"argv"/.test(line)).length
  if (!file.endsWith('.json')) return 1
  const parsed = JSON.parse(content)
  const list = Array.isArray(parsed) ? parsed : Object.values(parsed)
  return list.reduce((sum, one) => sum + (Array.isArray(one.steps) ? one.steps.length : 1), 0)
}

/** Every file that holds what a real program answered. */
export const RECORDS = [...TO_STDOUT.map(([file]) => file), ...TO_FILES.flatMap(([files]) => files)]

function main() {
  const keep = process.argv.includes('--keep')
  const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'))
  const scratch = mkdtempSync(path.join(tmpdir(), 'netarium-records-'))
  let all = 0
  let changed = 0
  const jobs = [...TO_STDOUT.map(([file, command]) => ({ files: [file], command, toStdout: true })),
    ...TO_FILES.map(([files, command]) => ({ files, command, toStdout: false }))]
  for (const { files, command, toStdout } of jobs) {
    if (wanted.length > 0 && !files.some((file) => wanted.some((word) => file.includes(word)))) continue
    const before = new Map(files.map((file) => [file, readFileSync(path.join(root, file), 'utf8')]))
    const { stdout, status, stderr } = spawnSync(command[0], command.slice(1), { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
    if (status !== 0) throw new Error(`${command.join(' ')} failed (${status}): ${stderr}`)
    if (toStdout) writeFileSync(path.join(root, files[0]), stdout)
    for (const file of files) {
      const old = before.get(file)
      const now = existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), 'utf8') : ''
      const count = invocations(file, old)
      all += count
      const [a, b] = [hidden(file, old), hidden(file, now)]
      if (a !== b) {
        changed++
        writeFileSync(path.join(scratch, 'old'), a)
        writeFileSync(path.join(scratch, 'new'), b)
        const { stdout: lines } = spawnSync('diff', ['-u', '--label', file, '--label', 'now', 'old', 'new'], { cwd: scratch, encoding: 'utf8' })
        console.log(lines)
      }
      if (!keep) writeFileSync(path.join(root, file), old)
      if (!file.endsWith('.txt')) console.log(`${a === b ? 'same   ' : 'CHANGED'} ${String(count).padStart(5)}  ${file}`)
    }
  }
  rmSync(scratch, { recursive: true })
  console.log(`${all} recorded invocations asked again: ${changed === 0 ? 'no change' : `${changed} records changed`}`)
  process.exitCode = changed === 0 ? 0 : 1
}

if (process.argv[1] === import.meta.filename) main()
