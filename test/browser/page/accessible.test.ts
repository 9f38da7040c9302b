import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { requireTool } from '../../support/tools.ts'
import { openPage } from './serve.ts'

/* axe-core, in each room, in both themes and both languages: nothing serious or worse. */

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface AxeViolation {
  readonly id: string
  readonly impact: string | null
  readonly help: string
  readonly nodes: readonly { readonly target: readonly unknown[], readonly failureSummary?: string }[]
}

/** Serious violations at this moment, a line for each place. */
async function violations(page: Page): Promise<string[]> {
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(options: object): Promise<{ violations: AxeViolation[] }> } }
    return (await axe.run({ resultTypes: ['violations'] })).violations
  })
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary = '' }) => `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`))
}

const SIDE = ['lesson', 'node', 'link', 'journey', 'why', 'editor', 'share'] as const
const BOTTOM = ['console', 'capture', 'checks', 'branches'] as const

async function show(page: Page, tab: string): Promise<void> {
  const door = page.locator(`#tab-${tab}`)
  if (await door.getAttribute('aria-selected') !== 'true') await door.click()
  await page.locator('.room .loading').waitFor({ state: 'detached' })
}

for (const theme of ['dark', 'light'] as const) {
  for (const language of ['en', 'zh'] as const) {
    test(`axe finds nothing serious in any room: ${theme}, ${language}`, async (context) => {
      requireTool('chromium', context)
      const { page, close } = await openPage({ theme, language, reducedMotion: true, lab: 'ip-forward-off' })
      await page.addInitScript(AXE)
      await page.evaluate(AXE)
      const found: Record<string, string[]> = { opened: await violations(page) }
      await page.locator('[data-node="alice"]').focus()
      await page.keyboard.press('Enter') // a console
      await page.locator('.xterm').waitFor()
      await show(page, 'bottom-capture')
      found.noFrames = await violations(page)
      await show(page, 'bottom-checks')
      await page.locator('.time-bar select').first().selectOption('0')
      await page.locator('.time-play').click()
      await page.locator('.checks-hash').waitFor() // now there is something in every room
      for (const room of BOTTOM) {
        await show(page, `bottom-${room}`)
        found[room] = await violations(page)
      }
      for (const room of SIDE) {
        if (room === 'node') await page.locator('[data-node="alice"]').press('Space')
        else if (room === 'link') await page.locator('[data-link]').first().press('Space')
        else await show(page, `side-${room}`)
        await page.locator('.room .loading').waitFor({ state: 'detached' })
        found[room] = await violations(page)
      }
      await page.locator('.header-lab').click()
      await page.locator('dialog[open]').waitFor()
      found.labs = await violations(page)
      await page.keyboard.press('Escape')
      await page.locator('.header-keys').click()
      await page.locator('dialog.keys').waitFor()
      found.keys = await violations(page)
      await close()
      expect(Object.entries(found).flatMap(([room, lines]) => lines.map((line) => `${room}: ${line}`))).toEqual([])
    })
  }
}
