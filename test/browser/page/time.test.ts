import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { requireTool } from '../../support/tools.ts'
import { openPage } from './serve.ts'

/* Time in the page: back, with everything that was known then; a cable cut in between; two futures side by side. */

/** Rows of alice's neighbour table, as the node's room shows them. */
async function neighbors(page: Page): Promise<string[]> {
  const panel = page.locator('.panel', { has: page.getByRole('heading', { name: 'Neighbours (ARP)' }) })
  await panel.waitFor()
  return panel.locator('tbody tr').allInnerTexts()
}

async function consoleOnAlice(page: Page): Promise<void> {
  await page.locator('[data-node="alice"]').focus()
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.closest('.xterm') !== null)
  await shows(page, 'root@alice:~# ')
}

/** Waits until the console in front shows a text. */
async function shows(page: Page, text: string): Promise<void> {
  await page.waitForFunction((wanted) =>
    document.querySelector('.console-terminal .xterm-rows')?.textContent?.replaceAll('\u00a0', ' ').includes(wanted), text)
}

async function type(page: Page, line: string): Promise<void> {
  await page.locator('.console-terminal .xterm-helper-textarea').focus()
  await page.keyboard.type(line)
  await page.keyboard.press('Enter')
}

test('drawn back to the start, the ARP cache is empty; drawn forward again, it knows bob', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await consoleOnAlice(page)
  await type(page, 'ping -c 2 10.0.0.2')
  await shows(page, '2 received')
  await page.getByRole('button', { name: /^Pause/ }).click()
  await page.locator('[data-node="alice"]').focus()
  await page.keyboard.press('Space')
  expect(await neighbors(page)).toEqual([expect.stringMatching(/^10\.0\.0\.2\s+eth1\s+02:(?:[0-9a-f]{2}:?){5}\s+REACHABLE$/)])

  const line = await page.locator('.timeline').boundingBox()
  if (line === null) throw new Error('the timeline has no place')
  const head = await page.locator('.timeline-head').boundingBox()
  if (head === null) throw new Error('the timeline has no head')
  await page.mouse.move(head.x + head.width / 2, line.y + line.height / 2)
  await page.mouse.down()
  await page.mouse.move(line.x + line.width / 3, line.y + line.height / 2, { steps: 4 })
  await page.mouse.move(line.x - 5, line.y + line.height / 2, { steps: 4 })
  await page.mouse.up()
  await page.waitForFunction(() => document.querySelector('.time-now')?.textContent === '0.000 s')
  const panel = page.locator('.panel', { has: page.getByRole('heading', { name: 'Neighbours (ARP)' }) })
  await panel.getByText('empty').waitFor()

  await page.locator('.timeline').focus()
  await page.keyboard.press('End')
  await shows(page, '2 received')
  expect(await neighbors(page)).toEqual([expect.stringMatching(/REACHABLE$/)])
  await close()
})

test('a cut cable: the ping fails; in the other future it does not, and the two are compared', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await page.getByRole('tab', { name: 'Branches' }).click()
  await page.getByRole('textbox', { name: 'Name of the new branch' }).fill('without a cable')
  await page.getByRole('button', { name: /^Fork from/ }).click()
  await page.locator('.branches li', { hasText: 'without a cable' }).locator('em').waitFor()

  await page.locator('[data-link]').first().focus()
  await page.keyboard.press('Space')
  await page.getByRole('button', { name: 'Cut the cable' }).click()
  await page.locator('.panels-state[data-up="false"]').waitFor()
  await consoleOnAlice(page)
  await type(page, 'ping -c 1 -W 1 10.0.0.2')
  await shows(page, '100% packet loss')
  await page.getByRole('button', { name: /^Pause/ }).click()

  await page.getByRole('tab', { name: 'Branches' }).click()
  await page.locator('.branches li', { hasText: 'the first run' }).getByRole('button', { name: 'Open', exact: true }).click()
  await page.locator('.branches li', { hasText: 'the first run' }).locator('em').waitFor()
  await consoleOnAlice(page)
  await type(page, 'ping -c 1 -W 1 10.0.0.2')
  await shows(page, '0% packet loss')
  await page.getByRole('button', { name: /^Pause/ }).click()

  await page.getByRole('tab', { name: 'Branches' }).click()
  await page.locator('.branches li', { hasText: 'without a cable' })
    .getByRole('button', { name: 'Compare with the open one' }).click()
  await page.locator('.branches-comparison tbody tr').first().waitFor()
  const rows = await page.locator('.branches-comparison tbody tr th').allTextContents()
  expect(rows).toContain('hash')
  expect(await page.locator('.branches-comparison p').first().textContent()).toMatch(/^They differ from \d+\.\d+ s on\.$/)
  await close()
})
