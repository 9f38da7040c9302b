/**
 * The page in headless Chromium without a graphics card: 1,000 nodes with some 2,000 frames in flight, and the engine at
 * full speed in its worker, beside the same lab in Node.
 *
 *     frames-median      frames a second, by the median time from one to the next
 *     frames-slow        the same for the slowest of a hundred
 *     engine             events a second of real time, in the page's worker while the canvas draws
 *     ceiling:engine     the same lab in Node
 *
 * Real time, not CPU time: a frame of the screen is late or it is not. So record on a quiet machine.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { Lab } from '../src/lab/lab.ts'
import { startPageServer } from '../src/node/page/page-server.ts'
import { report } from './harness.ts'

const CHROMIUM = '/usr/bin/chromium'
const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]
const SWITCHES = 40
const HOSTS = 959
/** Each host pings its neighbor once a second over two cables of this delay: there and back, 2,000 frames in flight. */
const DELAY = '530ms'
const FRAMES_MS = 5000
const ENGINE_MS = 5000
/** The engine's speed is taken from here on, in both places. */
const FROM_EVENT = 4000

/** A router, 40 switches and 959 hosts that ping in pairs. */
function lab(): string {
  const nodes = ['    core: { kind: router }']
  const links: string[] = []
  const script: string[] = []
  let host = 0
  for (let s = 0; s < SWITCHES; s++) {
    nodes.push(`    s${s}: { kind: switch }`)
    links.push(`    - { endpoints: ["s${s}:eth100", "core:eth${s + 1}"], delay: ${DELAY} }`)
    for (let i = 0; i < 24 && host < HOSTS; i++, host++) {
      nodes.push(`    h${host}: { kind: host, interfaces: { eth1: 10.${s}.${i}.1/8 } }`)
      links.push(`    - { endpoints: ["h${host}:eth1", "s${s}:eth${i + 1}"], delay: ${DELAY} }`)
      const peer = `10.${s}.${i % 2 === 0 ? i + 1 : i - 1}.1`
      if (host < HOSTS - 1) script.push(`  - { at: ${100 + host % 90 * 10}ms, on: h${host}, run: "ping -q ${peer}" }`)
    }
  }
  return ['name: thousand', 'about: 1,000 nodes that ping in pairs', 'topology:', '  nodes:', ...nodes, '  links:', ...links,
    'script:', ...script, ''].join('\n')
}

/** Events a second of the same lab in Node, recorded and traced as the page does it. */
async function inNode(text: string): Promise<number> {
  const running = await Lab.fromText(text, 'page.yaml', { tracing: true })
  const { simulation, scheduler } = running.network
  scheduler.pace(0)
  void running.run()
  const advance = async (atNs: number): Promise<void> => {
    scheduler.pace(atNs)
    await running.runUntil(atNs)
  }
  while (simulation.dispatched < FROM_EVENT) await advance(running.now + 10e6)
  const [before, start] = [simulation.dispatched, performance.now()]
  while (performance.now() - start < ENGINE_MS) await advance(running.now + 10e6)
  return (simulation.dispatched - before) / (performance.now() - start) * 1000
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => { setTimeout(resolve, ms) })
}

/** Milliseconds from one frame of the screen to the next, for a while. */
function frameTimes(page: Page): Promise<number[]> {
  return page.evaluate(`new Promise((resolve) => {
    const times = []
    let last = performance.now()
    const end = last + ${FRAMES_MS}
    const frame = () => {
      const now = performance.now()
      times.push(now - last)
      last = now
      if (now < end) requestAnimationFrame(frame)
      else resolve(times)
    }
    requestAnimationFrame(frame)
  })`)
}

async function inPage(page: Page): Promise<void> {
  await page.locator('.network[data-settled="true"]').waitFor({ timeout: 60_000 })
  await page.locator('.time-play').click()
  // From 4 s on ARP is over, and the pings and their answers are all there is.
  await page.waitForFunction(`parseFloat(document.querySelector('.time-now').textContent) > 4 &&
    Number(document.querySelector('.network').dataset.flights) > 1900`, undefined, { timeout: 300_000 })
  const times = (await frameTimes(page)).sort((a, b) => a - b)
  const at = (share: number): number => 1000 / times[Math.min(times.length - 1, Math.floor(times.length * share))]
  report('page', 'flights', 'frames', Number(await page.locator('.network').getAttribute('data-flights')))
  report('page', 'frames-median', 'frames/s', at(0.5))
  report('page', 'frames-slow', 'frames/s', at(0.99))
}

async function engineInPage(page: Page): Promise<void> {
  await page.locator('.network[data-settled="true"]').waitFor({ timeout: 60_000 })
  await page.locator('.time-bar select').first().selectOption({ label: 'as fast as it goes' })
  await page.locator('.time-play').click()
  const events = async (): Promise<number> => Number(await page.locator('.network').getAttribute('data-events'))
  while (await events() < FROM_EVENT) await sleep(20)
  const [before, start] = [await events(), performance.now()]
  await sleep(ENGINE_MS)
  report('page', 'engine', 'events/s', (await events() - before) / (performance.now() - start) * 1000)
}

export async function run(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'netarium-bench-'))
  const code = 'import { buildPage } from \'./scripts/setup.mjs\'\nbuildPage()'
  if (spawnSync(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 2, 2] }).status !== 0) {
    throw new Error('the page could not be built')
  }
  const file = path.join(folder, 'page.yaml')
  writeFileSync(file, lab())
  cpSync('dist/web', path.join(folder, 'web'), { recursive: true })
  const server = await startPageServer({ page: path.join(folder, 'web'), lab: file, name: '', port: 0 })
  const { chromium } = await import(playwright) as typeof import('playwright-core')
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: false, args: ARGUMENTS })
  try {
    for (const measure of [inPage, engineInPage]) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, bypassCSP: true })
      await page.goto(server.url)
      await measure(page)
      await page.close()
    }
  } finally {
    await browser.close()
    await server.close()
    rmSync(folder, { recursive: true })
  }
  report('page', 'ceiling:engine', 'events/s', await inNode(lab()))
}

/** Named where the bundler does not see it: it is to be loaded, not bundled. */
const playwright: string = 'playwright-core'
