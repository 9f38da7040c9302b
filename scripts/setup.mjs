// What every command needs before it can work: the packages of package-lock.json and the compiled project.
// Uses nothing but Node, so that it runs in a fresh clone.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const modules = path.join(root, 'node_modules')

/** Runs a command in the project, its output passed on; ends this process if it fails. */
export function run(command, args, options = {}) {
  const { status, error, signal } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) throw error
  if (status !== 0) {
    console.error(`\n${command} ${args.join(' ')} failed (${signal ?? status})`)
    process.exit(status ?? 1)
  }
}

/** Installs the packages if those of the lock file are not there yet. */
export function installPackages() {
  const lock = readFileSync(path.join(root, 'package-lock.json'))
  const wanted = createHash('sha256').update(lock).digest('hex')
  const stamp = path.join(modules, '.netarium-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  console.error('Installing packages …')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { stdio: ['ignore', 2, 2] })
  mkdirSync(modules, { recursive: true })
  writeFileSync(stamp, wanted)
}

/** Compiles what changed. The compiler also proves the floors: each may import only those below it. */
export function build() {
  run(process.execPath, [path.join(modules, 'typescript', 'bin', 'tsc'), '-b'], { stdio: ['ignore', 2, 2] })
}

/** Builds the page into dist/web, if a file that it is made of is newer. */
export function buildPage() {
  const built = path.join(root, 'dist', 'web', 'index.html')
  const since = existsSync(built) ? statSync(built).mtimeMs : 0
  if (!['web', 'src', 'labs', 'package-lock.json'].some((part) => changedSince(path.join(root, part), since))) return
  run(process.execPath, [
    path.join(modules, 'vite', 'bin', 'vite.js'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'warn',
  ], { stdio: ['ignore', 2, 2] })
  addWireshark(path.join(root, 'dist', 'web'))
}

/** Puts Wireshark's dissector beside a built page, if it was fetched (npm run get:wireshark), and says so to the page. */
export function addWireshark(page, from = path.join(root, 'dist', 'wireshark')) {
  if (!existsSync(path.join(from, 'manifest.json'))) return
  cpSync(from, path.join(page, 'wireshark'), { recursive: true })
  const about = path.join(page, 'netarium.json')
  writeFileSync(about, `${JSON.stringify({ ...JSON.parse(readFileSync(about, 'utf8')), wireshark: true })}\n`)
}

/** Makes the static site in dist/site: the page's files, which need no server of ours. */
export function buildSite() {
  buildPage()
  const site = path.join(root, 'dist', 'site')
  rmSync(site, { recursive: true, force: true })
  cpSync(path.join(root, 'dist', 'web'), site, { recursive: true })
}

function changedSince(place, since) {
  const entry = statSync(place)
  if (!entry.isDirectory()) return entry.mtimeMs > since
  return readdirSync(place).some((name) => changedSince(path.join(place, name), since))
}
