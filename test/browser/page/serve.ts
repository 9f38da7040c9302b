/**
 * The page as a person gets it: built, served by the server of `netarium up` on a free port of this machine, opened in
 * a headless Chromium of the test's own.
 *
 *     const { page, close } = await openPage({ lab: 'two-switches', theme: 'light' })
 *     …
 *     await close() // fails if the page complained of anything, or asked for something from elsewhere
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { startPageServer } from '../../../src/node/page/page-server.ts'
import { labPath } from '../../support/labs.ts'
import { root } from '../../tidy/sources.ts'

export interface PageOptions {
  /** Name of a bundled lab, which the server shows first; default first-ping. */
  readonly lab?: string
  /** Path of another lab file, instead. */
  readonly file?: string
  /** What follows the "/" of the address: "?lab=two-switches", "#…". */
  readonly address?: string
  readonly theme?: 'dark' | 'light'
  readonly language?: 'en' | 'zh'
  readonly viewport?: { readonly width: number, readonly height: number }
  readonly touch?: boolean
  readonly reducedMotion?: boolean
}

export interface OpenPage {
  readonly page: Page
  readonly context: BrowserContext
  /** Of the served page, with its last "/". */
  readonly url: string
  /** What has gone wrong so far: errors and warnings of the console, uncaught errors, requests to elsewhere. */
  readonly problems: readonly string[]
  /** Goes to an address under `url`, and waits until its lab is open. */
  goTo(address: string): Promise<void>
  /** Ends browser and server; throws if there were problems. */
  close(): Promise<void>
}

/** A folder that is served, at `url`. */
export interface Served {
  readonly url: string
  close(): Promise<void>
}

const CHROMIUM = '/usr/bin/chromium'
const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]
const VIEWPORT = { width: 1280, height: 720 }

/** Opens the page and waits until its first lab is open. */
export async function openPage(options: PageOptions = {}): Promise<OpenPage> {
  const server = await servePage(options)
  return openServed(server, options)
}

/** A page's files that are served. */
export interface ServedPage extends Served {
  readonly folder: string
}

/** Serves the built page as `netarium up` does; a copy, so that a new build does not change it under the browser. */
export async function servePage({ lab = 'first-ping', file }: PageOptions = {}): Promise<ServedPage> {
  const copy = mkdtempSync(path.join(tmpdir(), 'netarium-page-'))
  builtOnce('dist/web', 'buildPage', copy)
  const server = await startPageServer({ page: copy, lab: file ?? labPath(lab), name: file === undefined ? lab : '', port: 0 })
  return {
    url: server.url, folder: copy,
    close: async () => {
      await server.close()
      rmSync(copy, { recursive: true })
    },
  }
}

/** Opens what is served in a browser of its own; close() ends both. */
export async function openServed(server: Served, options: PageOptions = {}): Promise<OpenPage> {
  // Playwright makes a fresh profile for each launch. headless: false only keeps it from adding its own flag.
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: false, args: ARGUMENTS })
  const { theme = 'dark', language = 'en', viewport = VIEWPORT, touch = false, reducedMotion = false } = options
  const context = await browser.newContext({
    viewport, colorScheme: theme, locale: language === 'zh' ? 'zh-CN' : 'en-US', hasTouch: touch,
    reducedMotion: reducedMotion ? 'reduce' : 'no-preference', permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  const problems = watch(page, server.url)
  const goTo = async (address: string): Promise<void> => {
    // Only the part after "#" may differ: that alone would not load the page anew.
    if (page.url() !== 'about:blank') await page.goto('about:blank')
    await page.goto(new URL(address, server.url).href, { waitUntil: 'load' })
    await interactive(page)
  }
  const close = async (): Promise<void> => {
    await browser.close()
    await server.close()
    if (problems.length > 0) throw new Error(`the page complained:\n${problems.join('\n')}`)
  }
  try {
    await goTo(options.address ?? '')
  } catch (error) {
    await browser.close()
    await server.close()
    throw new Error(`the page did not open a lab\n${problems.join('\n')}`, { cause: error })
  }
  return { page, context, url: server.url, problems, goTo, close }
}

/** Waits until the page's first lab is open and drawn (begin.ts marks it). */
export async function interactive(page: Page): Promise<void> {
  await page.waitForFunction(() => performance.getEntriesByName('netarium-interactive').length > 0)
}

function watch(page: Page, url: string): string[] {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      problems.push(`console.${message.type()}: ${message.text()} (${message.location().url})`)
    }
  })
  page.on('pageerror', (error) => { problems.push(`uncaught: ${error.stack ?? error.message}`) })
  page.on('crash', () => { problems.push('the page crashed') })
  page.on('request', (request) => {
    const address = request.url()
    if (!address.startsWith(url) && !/^(?:data|blob|about):/.test(address)) problems.push(`asked for ${address}`)
  })
  return problems
}

/**
 * Builds `folder` with a function of scripts/setup.mjs if it is older than its sources, and copies it. One test at a
 * time: they run in several processes.
 */
export function builtOnce(folder: string, build: 'buildPage' | 'buildSite', copy: string): void {
  const release = lock(path.join(root, 'node_modules', '.cache', `netarium-${build}.lock`))
  try {
    const code = `import { ${build} } from './scripts/setup.mjs'\n${build}()`
    const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', code], { cwd: root, stdio: ['ignore', 2, 2] })
    if (status !== 0) throw new Error(`${build} failed`)
    cpSync(path.join(root, folder), copy, { recursive: true })
  } finally {
    release()
  }
}

/** Waits until no other process has the lock, and takes it; returns how to give it back. */
function lock(place: string): () => void {
  mkdirSync(path.dirname(place), { recursive: true })
  for (;;) {
    try {
      mkdirSync(place)
      writeFileSync(path.join(place, 'pid'), String(process.pid))
      return () => rmSync(place, { recursive: true, force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      if (ownerIsGone(place)) rmSync(place, { recursive: true, force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100)
    }
  }
}

function ownerIsGone(place: string): boolean {
  try {
    const pid = Number(readFileSync(path.join(place, 'pid'), 'utf8'))
    if (pid > 0) process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}
