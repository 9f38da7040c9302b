import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { requireTool } from '../../support/tools.ts'
import { interactive, openPage } from './serve.ts'

/* A run as a link and as a file: whoever opens it stands at the same event, which the journal's hash proves. */

const now = (page: Page): Promise<string> => page.locator('.time-now').innerText()

/** Steps some events on, opens the share room and gives its link and its hash. */
async function shared(page: Page): Promise<{ readonly link: string, readonly hash: string }> {
  const start = await now(page)
  for (let step = 0; step < 3; step++) await page.getByRole('button', { name: 'Next event' }).click()
  await expect.poll(() => now(page)).not.toBe(start)
  await page.locator('#tab-side-share').click()
  await page.getByRole('button', { name: 'Copy link' }).click()
  await page.locator('.notice[data-shown="true"]').waitFor()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  return { link, hash: await page.locator('.share-hash .mono').innerText() }
}

test('a link opens the same run at the same event in another browser, with the same hash', async (context) => {
  requireTool('chromium', context)
  const { page, context: here, close } = await openPage()
  const { link, hash } = await shared(page)
  expect(link).toMatch(/\/#v1=[\w-]+$/)
  const browser = here.browser() as Browser // it is of this test
  const other = await (await browser.newContext()).newPage()
  await other.goto(link)
  await interactive(other)
  await other.locator('.share-proof').waitFor()
  expect(await other.locator('.share-proof').getAttribute('data-same')).toBe('true')
  expect(await other.locator('.share-proof').innerText()).toBe(`✓ The same run: hash\n${hash}`)
  expect(await now(other)).toBe(await now(page))
  await close()
})

test('a link that is pasted into an open page is opened too', async (context) => {
  requireTool('chromium', context)
  const { page, url, close } = await openPage()
  const { link, hash } = await shared(page)
  await page.goto(`${url}?lab=two-paths`)
  await interactive(page)
  await page.evaluate((fragment) => { location.hash = fragment }, new URL(link).hash)
  await page.locator('.share-proof').waitFor()
  expect(await page.locator('.share-proof').innerText()).toBe(`✓ The same run: hash\n${hash}`)
  expect(await page.locator('.network button[data-node]').count()).toBe(2)
  await close()
})

test('a link from a newer version and a damaged one say so in words, and the page works', async (context) => {
  requireTool('chromium', context)
  const { page, goTo, close } = await openPage()
  const { link } = await shared(page)
  const fragment = new URL(link).hash
  for (const [broken, words] of [
    ['#v2=abc', 'This link was made by a newer version of Netarium. Reload the page, or update it, and try again.'],
    [fragment.slice(0, -9), 'This link or file is damaged: part of it is missing or was changed on its way.'],
  ]) {
    await goTo(broken)
    await page.locator('.notice[data-shown="true"]').waitFor()
    expect(await page.locator('.notice').innerText()).toBe(words)
    expect(await page.locator('.network button[data-node]').count()).toBe(2)
  }
  await close()
})

test('a run saved as a file and dropped on a page is the same run', async (context) => {
  requireTool('chromium', context)
  const { page, goTo, close } = await openPage()
  const { hash } = await shared(page)
  const [download] = await Promise.all([
    page.waitForEvent('download'), page.getByRole('button', { name: 'first-ping.netarium.json' }).click(),
  ])
  const text = readFileSync(await download.path(), 'utf8')
  expect(download.suggestedFilename()).toBe('first-ping.netarium.json')
  await goTo('?lab=two-paths')
  await page.evaluate((content) => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([content], 'first-ping.netarium.json'))
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
  }, text)
  await page.locator('.share-proof').waitFor()
  expect(await page.locator('.share-proof').innerText()).toBe(`✓ The same run: hash\n${hash}`)
  await close()
})

test('theme and language are kept from visit to visit', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await page.getByRole('button', { name: 'Switch between light and dark' }).click()
  await page.getByRole('button', { name: '简体中文' }).click()
  await page.reload()
  await interactive(page)
  expect(await page.evaluate(() => [document.documentElement.dataset.theme, document.documentElement.lang]))
    .toEqual(['light', 'zh-CN'])
  await close()
})
