import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { pinnedHashes } from '../../determinism/hashes.ts'
import { LAB_NAMES, readLab } from '../../support/labs.ts'
import { requireTool } from '../../support/tools.ts'
import { builtOnce, openServed, type Served } from './serve.ts'

/* The static site, in a folder of a file server that knows nothing of it. */

interface Site extends Served {
  readonly folder: string
  /** Files that were asked for, and when (ms since the epoch). */
  readonly asked: { readonly file: string, readonly atMs: number }[]
}

const FOLDER = '/some/folder/'
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.json': 'application/json',
}

async function serveSite(): Promise<Site> {
  const folder = mkdtempSync(path.join(tmpdir(), 'netarium-site-'))
  builtOnce('dist/site', 'buildSite', folder)
  const asked: Site['asked'] = []
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = pathname === FOLDER ? 'index.html' : pathname.slice(FOLDER.length)
    asked.push({ file, atMs: Date.now() })
    try {
      const bytes = readFileSync(path.join(folder, file))
      response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' }).end(bytes)
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  const { port } = server.address() as AddressInfo // TCP, so not the path of a pipe
  return {
    folder, asked, url: `http://127.0.0.1:${port}${FOLDER}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
      rmSync(folder, { recursive: true })
    },
  }
}

test('the first load, all that is asked for until the first lab is at hand, is below 350 kB gzip', async (context) => {
  requireTool('chromium', context)
  const site = await serveSite()
  const { page, close } = await openServed(site)
  const interactiveMs = await page.evaluate(() =>
    performance.timeOrigin + performance.getEntriesByName('netarium-interactive')[0].startTime)
  const files = site.asked.filter(({ atMs }) => atMs <= interactiveMs).map(({ file }) => file)
  const sizes = files.map((file) => [file, gzipSync(readFileSync(path.join(site.folder, file)), { level: 9 }).length] as const)
  const total = sizes.reduce((sum, [, size]) => sum + size, 0)
  await close()
  expect(files).toContain('index.html')
  expect(files.some((file) => file.startsWith('assets/worker-'))).toBe(true)
  expect(total, sizes.map(([file, size]) => `${size} ${file}`).join('\n')).toBeLessThan(350_000)
})

/** Runs the open lab to the end of its script as fast as it goes; tells its hash, and which checks hold. */
async function runToEnd(page: Page): Promise<{ hash: string, held: number, failed: number }> {
  await page.getByRole('tab', { name: 'Checks' }).click()
  await page.getByRole('combobox', { name: /Pace/ }).selectOption('0')
  await page.getByRole('button', { name: 'Run (space)' }).click()
  const hash = await page.locator('.checks-hash code').textContent({ timeout: 120_000 }) ?? ''
  const rows = page.locator('.checks tbody tr')
  return {
    hash, held: await rows.and(page.locator('[data-ok="true"]')).count(),
    failed: await rows.and(page.locator('[data-ok="false"]')).count(),
  }
}

test('every bundled lab runs in the static site, alone and offline, to the hash that it has in Node', async (context) => {
  requireTool('chromium', context)
  const site = await serveSite()
  const { page, goTo, close } = await openServed(site)
  const outcomes: Record<string, unknown> = {}
  for (const lab of LAB_NAMES) {
    await goTo(`?lab=${lab}`)
    outcomes[lab] = await runToEnd(page)
  }
  await close() // which fails if anything was asked for elsewhere, or a file was missing
  const pinned = pinnedHashes()
  expect(outcomes).toEqual(Object.fromEntries(LAB_NAMES.map((lab) =>
    [lab, { hash: pinned.get(lab), held: readLab(lab).checks.length, failed: 0 }])))
})

test('opened as a file, where browsers refuse modules, the page says what to do', async (context) => {
  requireTool('chromium', context)
  const site = await serveSite()
  const { page, problems, context: browser } = await openServed(site)
  expect(problems).toEqual([])
  const file = await browser.newPage()
  await file.goto(pathToFileURL(path.join(site.folder, 'index.html')).href)
  await file.locator('.cold[lang=en]').waitFor({ state: 'visible' })
  expect(await file.locator('.cold[lang=en] code').textContent()).toBe('python3 -m http.server')
  await file.close()
  await page.context().browser()?.close()
  await site.close()
})
