import { expect, test } from 'vitest'
import { requireTool } from '../../support/tools.ts'
import { openPage } from './serve.ts'

test('the page opens with first-ping, in peace', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  expect(await page.title()).toBe('Netarium')
  expect(await page.locator('.header-lab strong').textContent()).toBe('first-ping')
  await close()
})
