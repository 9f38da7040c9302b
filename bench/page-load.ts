/**
 * How soon the page is there, and how fast it jumps in time: the built page in headless Chromium.
 *
 *     first-load     kB that are asked for until the first lab is in a person's hands, gzip level 9
 *     interactive    from the address to the first lab drawn and at hand, the cache warm; the median of several
 *     jump           the longest of all jumps in the bundled labs: each is run to its end, then sought at moments all over it
 *     jump-median    the median of them
 *
 * Real time, not CPU time: what a person waits for. So record on a quiet machine.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { startPageServer } from '../src/node/page/page-server.ts'
import { report } from './harness.ts'

const CHROMIUM = '/usr/bin/chromium'
const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]
const LOADS = 9
const JUMPS = 12
/** Each jump is made so often, and the fastest counts: the others tell what else the machine did. */
const TIMES = 3

/** Named where the bundler does not see it: it is to be loaded, not bundled. */
const playwright: string = 'playwright-core'

/** On the page before its own scripts: a way to ask the engine as the page does, beside it. */
const ASK = `{
  let engine = null
  let next = -1
  const asked = new Map()
  globalThis.Worker = class extends Worker {
    constructor(url, options) {
      super(url, options)
      if (!String(url).includes('worker-') || String(url).includes('elk')) return
      engine = this
      this.addEventListener('message', ({ data }) => {
        asked.get(data.id)?.(data)
        asked.delete(data.id)
      })
    }
  }
  globalThis.ask = (call, argument) => new Promise((resolve) => {
    const id = next--
    asked.set(id, resolve)
    engine.postMessage({ id, call, argument })
  })
}`

const INTERACTIVE = 'performance.getEntriesByName(\'netarium-interactive\').length > 0'

async function visit(page: Page, address: string): Promise<number> {
  await page.goto('about:blank')
  await page.goto(address)
  await page.waitForFunction(INTERACTIVE)
  return page.evaluate<number>('performance.getEntriesByName(\'netarium-interactive\')[0].startTime')
}

/** Bytes of what was asked for until now, gzip level 9. */
function weight(folder: string, requests: readonly string[]): number {
  const names = requests.map((request) => new URL(request).pathname.slice(1) || 'index.html')
  return names.filter((name) => name !== 'netarium.json')
    .reduce((sum, name) => sum + gzipSync(readFileSync(path.join(folder, name)), { level: 9 }).length, 0)
}

async function load(page: Page, url: string, folder: string): Promise<void> {
  const asked: { readonly address: string, readonly atMs: number }[] = []
  page.on('request', (request) => {
    if (request.url().startsWith(url)) asked.push({ address: request.url(), atMs: Date.now() })
  })
  await visit(page, url)
  const atMs = await page.evaluate<number>(
    'performance.timeOrigin + performance.getEntriesByName(\'netarium-interactive\')[0].startTime')
  const first = asked.filter((one) => one.atMs <= atMs).map(({ address }) => address)
  report('page-load', 'first-load', 'kB', weight(folder, first) / 1000)
  const times: number[] = []
  for (let i = 0; i < LOADS; i++) times.push(await visit(page, url))
  report('page-load', 'interactive', 'ms', times.sort((a, b) => a - b)[LOADS >> 1])
}

async function jumps(page: Page, url: string, labs: readonly string[]): Promise<void> {
  const all: { readonly lab: string, readonly ms: number }[] = []
  for (const lab of labs) {
    await visit(page, `${url}?lab=${lab}`)
    await page.locator('#tab-bottom-checks').click()
    await page.locator('.time-bar select').first().selectOption('0')
    await page.locator('.time-play').click()
    await page.locator('.checks-hash').waitFor({ timeout: 120_000 })
    const took = await page.evaluate<number[]>(`(async () => {
      const { value: { source } } = await ask('share', {})
      const endNs = source.log.end.atNs
      const took = []
      for (let i = 0; i < ${JUMPS}; i++) {
        const times = []
        for (let again = 0; again < ${TIMES}; again++) {
          const before = performance.now()
          await ask('seek', { atNs: Math.round(endNs * ((i * 5) % ${JUMPS}) / (${JUMPS} - 1)) })
          times.push(performance.now() - before)
        }
        took.push(Math.min(...times))
      }
      return took
    })()`)
    all.push(...took.map((ms) => ({ lab, ms })))
  }
  const sorted = all.sort((a, b) => a.ms - b.ms)
  const longest = sorted[sorted.length - 1]
  console.error(`page-load jump: the longest is in ${longest.lab}`)
  report('page-load', 'jump', 'ms', longest.ms)
  report('page-load', 'jump-median', 'ms', sorted[sorted.length >> 1].ms)
}

export async function run(): Promise<void> {
  const code = 'import { buildPage } from \'./scripts/setup.mjs\'\nbuildPage()'
  if (spawnSync(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 2, 2] }).status !== 0) {
    throw new Error('the page could not be built')
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'netarium-bench-'))
  cpSync('dist/web', folder, { recursive: true })
  const labs = readdirSync('labs', { withFileTypes: true }).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort()
  const server = await startPageServer({ page: folder, lab: 'labs/first-ping/lab.yaml', name: 'first-ping', port: 0 })
  const { chromium } = await import(playwright) as typeof import('playwright-core')
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: false, args: ARGUMENTS })
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, bypassCSP: true })
    await page.addInitScript(ASK)
    await load(page, server.url, folder)
    await jumps(page, server.url, labs)
  } finally {
    await browser.close()
    await server.close()
    rmSync(folder, { recursive: true })
  }
}
