import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { requireTool } from '../../support/tools.ts'
import { openPage } from './serve.ts'

/* The main things, without a pointer. */

/** Presses Tab until what has the focus matches. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not lead to ${selector}`)
}

async function leaveTo(page: Page, part: string): Promise<void> {
  for (let presses = 0; presses < 10; presses++) {
    if (await page.evaluate((wanted) => document.activeElement?.closest(wanted) !== null, part)) return
    await page.keyboard.press('F6')
  }
  throw new Error(`F6 does not lead to ${part}`)
}

test('by keyboard alone: a console and a ping, pause, step, back in time, a cut cable', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  const time = page.getByRole('status', { name: 'Virtual time' })

  await tabTo(page, '[data-node="alice"]')
  await page.keyboard.press('Enter') // opens a console there
  await page.waitForFunction(() => document.activeElement?.closest('.xterm') !== null)
  await page.keyboard.type('ping -c 1 10.0.0.2')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelector('.console-terminal .xterm-rows')?.textContent
    ?.includes('1 packets transmitted, 1 received, 0% packet loss'))

  await leaveTo(page, '.side .tabs') // the terminal lets go
  await page.keyboard.press('F6')
  await page.evaluate(() => { (document.activeElement as HTMLElement | null)?.blur() })
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Run (space)' }).waitFor()
  const paused = await time.textContent()
  await page.keyboard.press('.')
  await page.waitForFunction((before) => document.querySelector('.time-now')?.textContent !== before, paused)

  await leaveTo(page, '.time-bar')
  await tabTo(page, '.timeline')
  await page.keyboard.press('Home')
  await page.waitForFunction(() => document.querySelector('.time-now')?.textContent === '0.000 s')
  await page.keyboard.press('End')
  await page.waitForFunction(() => document.querySelector('.time-now')?.textContent !== '0.000 s')

  await leaveTo(page, '.network')
  await tabTo(page, '[data-link]')
  await page.keyboard.press('Space') // the cable's room
  await page.locator('.panels-cut').waitFor()
  await leaveTo(page, '.side .room')
  await tabTo(page, '.panels-cut')
  await page.keyboard.press('Enter')
  expect(await page.locator('.panels-state[data-up="false"]').textContent()).toBe('cut')
  await close()
})

test('"?" lists the keys, Escape closes the list; what is typed into a field stays there', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' })
  await page.keyboard.press('/')
  await page.waitForFunction(() => document.activeElement?.matches('input') ?? false)
  await page.keyboard.type('b?.')
  expect(await page.evaluate(() => (document.activeElement as HTMLInputElement).value)).toBe('b?.')
  expect(await page.getByRole('dialog', { name: 'Keys' }).count()).toBe(0)
  await close()
})
