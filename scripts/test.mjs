// npm test: sets up, builds, lints, runs every test, and closes with the count.
//
// In CI (CI=true), as root on Debian, it also installs the Debian packages that the kernel, capture and browser tests
// need. Elsewhere a test whose tool is missing says so and is skipped; in CI it fails.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { build, buildPage, installPackages, root, run } from './setup.mjs'

const DEBIAN_PACKAGES = [
  'iproute2', 'ethtool', 'iputils-ping', 'iputils-arping', 'traceroute', 'tcpdump', 'tshark', 'procps', 'chromium',
]

function installDebianPackages() {
  if (process.env.CI !== 'true' || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return
  const missing = DEBIAN_PACKAGES.filter(
    (name) => spawnSync('dpkg', ['-s', name], { stdio: 'ignore' }).status !== 0,
  )
  if (missing.length === 0) return
  console.error(`Installing ${missing.join(' ')} …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['-q', '-q', 'update'], { env, stdio: ['ignore', 2, 2] })
  run('apt-get', ['-q', '-q', '-y', '--no-install-recommends', 'install', ...missing], { env, stdio: ['ignore', 2, 2] })
}

installPackages()
installDebianPackages()
build()
buildPage()
run('npx', ['tsc', '-p', 'test/tsconfig.json'])
run('npx', ['tsc', '-p', 'web/tsconfig.json'])
run('npm', ['run', '-s', 'lint'])

const report = path.join(root, 'node_modules', '.cache', 'netarium-test.json')
mkdirSync(path.dirname(report), { recursive: true })
const { status } = spawnSync(process.execPath, [
  path.join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--reporter=default', '--reporter=json',
  `--outputFile.json=${report}`, ...process.argv.slice(2),
], { cwd: root, stdio: 'inherit' })
if (!existsSync(report)) process.exit(status === 0 ? 1 : status)
const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites } = JSON.parse(readFileSync(report, 'utf8'))
const failed = numFailedTests > 0 ? numFailedTests : status === 0 ? 0 : Math.max(1, numFailedTestSuites)
console.log(`${numPassedTests} passed, ${failed} failed` + (numPendingTests > 0 ? `, ${numPendingTests} skipped` : ''))
process.exit(failed > 0 ? 1 : status)
