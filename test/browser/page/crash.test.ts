import { expect, test } from 'vitest'
import type { Order } from '../../../web/messages.ts'
import { requireTool } from '../../support/tools.ts'
import { openPage } from './serve.ts'

/** Keeps the page's workers where the test can speak to them. */
function keepWorkers(): void {
  const workers: Worker[] = []
  class Kept extends Worker {
    constructor(url: string | URL, options?: WorkerOptions) {
      super(url, options)
      workers.push(this)
    }
  }
  Object.assign(globalThis, { Worker: Kept, workers })
}

function tellEngine(message: unknown): void {
  (globalThis as unknown as { workers: Worker[] }).workers[0].postMessage(message, [])
}

test('an engine that fails says why, and starts again from the last good moment', async (context) => {
  requireTool('chromium', context)
  const { page, goTo, close } = await openPage()
  await page.addInitScript(keepWorkers)
  await goTo('')
  const time = page.getByRole('status', { name: 'Virtual time' })
  await page.getByRole('tab', { name: 'Checks' }).click()
  await page.getByRole('combobox', { name: /Pace/ }).selectOption('0')
  await page.getByRole('button', { name: 'Run (space)' }).click()
  const hash = await page.locator('.checks-hash code').textContent()
  await page.getByRole('button', { name: 'Run (space)' }).waitFor() // nothing is left to happen: it stands still
  const before = await time.textContent()

  // No button of the page asks for this.
  const wrong: Order = { kind: 'setLink', end: 'nobody:eth9', set: { state: 'down' }, direction: 'both' }
  await page.evaluate(tellEngine, wrong)
  const bar = page.getByRole('alert')
  expect(await bar.locator('strong').textContent()).toBe('The engine has stopped')
  expect(await bar.locator('code').textContent()).toContain('no link has the end "nobody:eth9"')

  await bar.getByRole('button', { name: 'Start again from the last good moment' }).click()
  await bar.waitFor({ state: 'detached' })
  expect(await page.locator('.checks-hash code').textContent()).toBe(hash)
  expect(await time.textContent()).toBe(before)
  await close()
})
