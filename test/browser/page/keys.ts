import type { Page } from 'playwright-core'

/** Presses Tab until the thing with this label, or these words, has the focus; fails when it can't be reached. */
export async function tabTo(page: Page, label: string | RegExp): Promise<void> {
  const seen: string[] = []
  for (let presses = 0; presses < 120; presses++) {
    const name = await page.evaluate(() => {
      const focused = document.activeElement
      if (focused === document.body) return ''
      return focused?.getAttribute('aria-label') ?? (focused as HTMLInputElement | null)?.labels?.[0]?.textContent ??
        focused?.textContent ?? ''
    })
    if (typeof label === 'string' ? name.trim() === label : label.test(name)) return
    seen.push(name.slice(0, 40))
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${String(label)}; it went to ${[...new Set(seen)].join(' | ')}`)
}

/** Goes to a room at the side by the arrow keys of its tabs. */
export async function openSideRoom(page: Page, room: string): Promise<void> {
  await page.locator('.side [role=tab][tabindex="0"]').focus()
  for (let presses = 0; presses < 8; presses++) {
    if (await page.evaluate(() => document.activeElement?.id) === `tab-side-${room}`) return
    await page.keyboard.press('ArrowRight')
  }
  throw new Error(`the arrow keys do not reach the room "${room}"`)
}
