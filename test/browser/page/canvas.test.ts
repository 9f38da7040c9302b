import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { requireTool } from '../../support/tools.ts'
import { openSideRoom, tabTo } from './keys.ts'
import { openPage } from './serve.ts'

/* The canvas: packets on their way, hands and keys on it. What is drawn is also there as buttons that cannot be seen. */

/** The middle of what lies under a button of the canvas's shadow, in pixels of the page. */
async function middle(page: Page, selector: string): Promise<{ readonly x: number, readonly y: number }> {
  const box = await page.locator(`.network ${selector}`).first().boundingBox()
  if (box === null) throw new Error(`${selector} has no place`)
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 }
}

/** Waits until the layout is done and nothing is eased any more: places are told when they are final. */
async function settled(page: Page): Promise<void> {
  await page.locator('.network[data-settled="true"]').waitFor()
}

async function network(page: Page, key: string): Promise<string> {
  return await page.locator('.network').getAttribute(`data-${key}`) ?? ''
}

/** Steps until a frame is on its way, and stands half-way. */
async function step(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Next event' }).click()
  const stands = '.network[data-flights="1"][data-moving="false"] [data-trace][data-arrived="false"]'
  await page.locator(stands).waitFor({ state: 'attached' })
}

test('packets travel along their cable while time runs, and stand still when it does', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await settled(page)
  await page.getByRole('button', { name: /^Run/ }).click()
  await page.waitForFunction(() => Number(document.querySelector<HTMLElement>('.network')?.dataset.flights) > 0)
  const pictures = await page.evaluate(async () => {
    const moving = document.querySelector<HTMLCanvasElement>('.network-moving')
    const frame = (): Promise<string> => new Promise((resolve) => {
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(moving?.toDataURL() ?? '')))
    })
    return [await frame(), await frame(), await frame()]
  })
  expect(new Set(pictures).size).toBe(3)
  await page.getByRole('button', { name: /^Pause/ }).click()
  await page.locator('.network[data-events]:not([data-moving="true"])').waitFor()
  await close()
})

test('a step sends a frame half-way; a click on it opens its journey and lights the path up', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await settled(page)
  await step(page)
  const packet = page.locator('.network [data-trace]')
  expect(await packet.getAttribute('aria-label')).toBe('ARP who-has 10.0.0.2, from alice to bob: follow it')
  const [alice, bob, at] = [await middle(page, '[data-node=alice]'), await middle(page, '[data-node=bob]'),
    await middle(page, '[data-trace]')]
  expect(Math.abs((alice.x + bob.x) / 2 - at.x)).toBeLessThan(3)
  await page.mouse.click(at.x, at.y)
  const chip = page.locator('.network-chip')
  await chip.waitFor()
  expect(await page.getByRole('tab', { name: 'Journey', selected: true }).count()).toBe(1)
  expect(await chip.locator('strong').textContent()).toContain('who-has 10.0.0.2 tell 10.0.0.1')
  await chip.getByRole('button').click()
  await chip.waitFor({ state: 'detached' })
  await close()
})

test('by keyboard alone: arrows go from node to node, space selects, w asks why, Enter opens a console', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await settled(page)
  await tabTo(page, /^host alice, 10\.0\.0\.1\/24$/)
  await page.keyboard.press('ArrowRight')
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? '')
  expect(await focused()).toBe('host bob, 10.0.0.2/24')
  await page.keyboard.press('Space')
  await page.locator('[data-node=bob][aria-pressed=true]').waitFor({ state: 'attached' })
  expect(await page.locator('.network-said').textContent()).toBe('bob is selected')
  expect(await page.getByRole('tab', { name: 'Node', selected: true }).count()).toBe(1)
  await page.keyboard.press('w')
  await page.getByRole('tab', { name: 'Why?', selected: true }).waitFor()
  await page.locator('[data-node=alice]').focus()
  await page.keyboard.press('Enter')
  await page.locator('.xterm').first().waitFor()
  expect(await page.locator('.network-said').textContent()).toBe('alice is selected')
  await close()
})

test('slash opens the search; an address finds its node, Enter selects and centres it', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage({ lab: 'two-paths' })
  await settled(page)
  await page.keyboard.press('/')
  await page.keyboard.type('10.0.24.4')
  expect(await page.locator('#network-found').getByRole('option').allTextContents()).toEqual(['d10.0.24.4/24 10.0.34.4/24'])
  await page.keyboard.press('Enter')
  await page.locator('[data-node=d][aria-pressed=true]').waitFor({ state: 'attached' })
  expect(await page.locator('.network-search').count()).toBe(0)
  await settled(page)
  const canvas = await middle(page, '.network-moving')
  const d = await middle(page, '[data-node=d]')
  expect(Math.hypot(canvas.x - d.x, canvas.y - d.y)).toBeLessThan(3)
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-node'))).toBe('d')
  await close()
})

test('a dragged node stays where it was put, and its position is written into the lab file', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await settled(page)
  const from = await middle(page, '[data-node=bob]')
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move(from.x + 30, from.y + 30, { steps: 3 })
  await page.mouse.move(from.x + 60, from.y + 45, { steps: 3 })
  await page.mouse.up()
  await openSideRoom(page, 'editor')
  const line = page.locator('.cm-line', { hasText: 'bob: {' }).first()
  await line.waitFor()
  await page.waitForFunction(() => document.querySelector('.cm-content')?.textContent?.includes('position:') === true)
  expect(await line.textContent())
    .toMatch(/^ {4}bob: \{ kind: host, interfaces: \{ eth1: 10\.0\.0\.2\/24 \}, position: \{ x: \d+, y: \d+ \} \}$/)
  expect(await network(page, 'layout')).toBe('quick')
  await close()
})

test('the wheel zooms to the pointer, the ground drags, and 0 shows everything again', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await settled(page)
  const [alice, bob] = [await middle(page, '[data-node=alice]'), await middle(page, '[data-node=bob]')]
  await page.mouse.move(bob.x, bob.y)
  await page.mouse.wheel(0, -300)
  await page.waitForFunction((before) => document.querySelector('.network-zoom')?.textContent !== before, '150%')
  const zoomed = await middle(page, '[data-node=bob]')
  expect(Math.hypot(zoomed.x - bob.x, zoomed.y - bob.y)).toBeLessThan(2)
  expect((await middle(page, '[data-node=alice]')).x).toBeLessThan(alice.x - 20)
  await page.mouse.move(bob.x - 60, bob.y + 120)
  await page.mouse.down()
  await page.mouse.move(bob.x, bob.y + 100, { steps: 4 })
  await page.mouse.up()
  const dragged = await middle(page, '[data-node=bob]')
  expect([Math.round(dragged.x - zoomed.x), Math.round(dragged.y - zoomed.y)]).toEqual([60, -20])
  await page.locator('[data-node=bob]').focus()
  await page.keyboard.press('0')
  await page.waitForFunction(() => document.querySelector('.network-zoom')?.textContent === '150%')
  await settled(page)
  const fitted = await middle(page, '[data-node=bob]')
  expect(Math.hypot(fitted.x - bob.x, fitted.y - bob.y)).toBeLessThan(2)
  await close()
})

test('a legend\'s switch hides the packets of its protocol', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await settled(page)
  await step(page)
  const drawn = (): Promise<boolean> => page.locator('.network-moving').evaluate((canvas) => {
    const empty = document.createElement('canvas')
    const shown = canvas as HTMLCanvasElement
    empty.width = shown.width
    empty.height = shown.height
    return shown.toDataURL() !== empty.toDataURL()
  })
  expect(await drawn()).toBe(true)
  await page.getByRole('button', { name: 'ARP', exact: true, pressed: true }).click()
  await page.getByRole('button', { name: 'ARP', exact: true, pressed: false }).waitFor()
  await page.evaluate(() => new Promise((resolve) => { requestAnimationFrame(() => requestAnimationFrame(resolve)) }))
  expect(await drawn()).toBe(false)
  await close()
})
