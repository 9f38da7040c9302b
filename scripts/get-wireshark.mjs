// npm run get:wireshark: fetches Wireshark's dissector for the page (docs/decisions/0015-wiregasm.md) from npm's registry,
// the one version whose bytes are known, into dist/wireshark; and into the page and the site, if they are built.
// NETARIUM_WIRESHARK=DIR: into DIR instead, and nowhere else.
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { addWireshark, root, run } from './setup.mjs'

const VERSION = '1.9.1'
const SHA512 = 'kV/mDapHD//S0QVqyPwVnOdm3NLSSwHYT6u/b+nenUxofWauZ2Y6LvgCxMMk5Jvw3+++EKIDpRRx9jfnt7lshw=='
const FILES = ['dist/wiregasm.js', 'dist/wiregasm.wasm.gz', 'dist/wiregasm.data.gz', 'LICENSE', 'package.json']
const NOTICE = `Wireshark's dissector, compiled to WebAssembly: @goodtools/wiregasm ${VERSION}, unchanged, from npm's registry.

It is free software under the GNU General Public License, version 2 (LICENSE, beside this file), and comes without any
warranty. It is not part of Netarium, which runs it as a program of its own, in a worker, when a person asks for it.

Its source:  https://github.com/good-tools/wiregasm (release ${VERSION}), a work based on Wireshark 4.4, https://www.wireshark.org
Whoever passes these files on (on a public site too) passes them on under that license, with the source or an offer of it.
`

const folder = process.env.NETARIUM_WIRESHARK ?? path.join(root, 'dist', 'wireshark')
const work = mkdtempSync(path.join(tmpdir(), 'netarium-wireshark-'))
try {
  console.error(`Fetching @goodtools/wiregasm ${VERSION} (20 MB, GPL-2.0) …`)
  run('npm', ['pack', `@goodtools/wiregasm@${VERSION}`, '--silent', '--pack-destination', work], { stdio: ['ignore', 'ignore', 2] })
  const archive = path.join(work, `goodtools-wiregasm-${VERSION}.tgz`)
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64')
  if (found !== SHA512) throw new Error(`this is not the ${VERSION} that is known: sha512 ${found}`)
  run('tar', ['-xzf', archive, '-C', work])
  mkdirSync(folder, { recursive: true })
  for (const file of FILES) copyFileSync(path.join(work, 'package', file), path.join(folder, path.basename(file)))
  writeFileSync(path.join(folder, 'NOTICE.txt'), NOTICE)
  writeFileSync(path.join(folder, 'manifest.json'), `${JSON.stringify({ name: '@goodtools/wiregasm', version: VERSION })}\n`)
} finally {
  rmSync(work, { recursive: true, force: true })
}
if (process.env.NETARIUM_WIRESHARK === undefined) {
  for (const page of ['web', 'site']) if (existsSync(path.join(root, 'dist', page, 'index.html'))) addWireshark(path.join(root, 'dist', page))
}
console.error(`It is in ${path.relative(process.cwd(), folder)}, with its license. The capture room's "Wireshark's view" finds it.`)
