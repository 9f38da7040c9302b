/**
 * A page in headless Chromium that has a bundle loaded: served from a loopback server of this test's own, in a browser
 * with a profile of its own. Both are gone when the test is.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chromium, type Page } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'
const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
]
const HTML = '<!doctype html><meta charset="utf-8"><title>Netarium test</title><script type="module" src="/bundle.js">' +
  '</script>'

/** Calls `use` with a page on which the module `code` has run. What the page throws, or logs as an error, is thrown. */
export async function withPage<T>(code: string, use: (page: Page) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    const script = request.url === '/bundle.js'
    response.writeHead(script || request.url === '/' ? 200 : 404, {
      'content-type': script ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8',
    })
    response.end(script ? code : request.url === '/' ? HTML : '')
  })
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  // Playwright makes a fresh profile for each launch. headless: false only keeps it from adding its own flag.
  const browser = await chromium.launch({ executablePath: CHROMIUM, headless: false, args: ARGUMENTS })
  try {
    const page = await browser.newPage()
    const errors: string[] = []
    page.on('pageerror', error => { errors.push(error.stack ?? error.message) })
    const { port } = server.address() as AddressInfo // TCP, so not the path of a pipe
    await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: 'load' })
    if (errors.length > 0) throw new Error(`the page failed: ${errors.join('\n')}`)
    return await use(page)
  } finally {
    await browser.close()
    server.closeAllConnections()
    await new Promise(resolve => { server.close(resolve) })
  }
}
