import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { requireTool } from '../../support/tools.ts'
import { interactive, openPage } from './serve.ts'

/* The lab file as text: what is typed, what is wrong with it, what the canvas shows of it, and that none of it is lost. */

async function openEditor(page: Page): Promise<void> {
  await page.locator('#tab-side-editor').click()
  await page.locator('.editor .cm-content').waitFor()
}

/** Puts the cursor at the end of a line, counted from 1. */
async function toEndOf(page: Page, line: number): Promise<void> {
  await page.locator('.editor .cm-content').focus()
  await page.keyboard.press('Control+Home')
  for (let at = 1; at < line; at++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('End')
}

const node = (name: string): string => `.network button[data-node="${name}"]`
const nodesOnCanvas = (page: Page): Promise<string[]> =>
  page.locator('.network button[data-node]')
    .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.node ?? '').sort())

async function drafts(page: Page): Promise<string[]> {
  return page.evaluate(() => new Promise<string[]>((resolve, reject) => {
    const open = indexedDB.open('netarium-drafts')
    open.addEventListener('error', () => reject(new Error('no database')))
    open.addEventListener('success', () => {
      const all = open.result.transaction('drafts').objectStore('drafts').getAll()
      all.addEventListener('success', () => {
        open.result.close()
        resolve((all.result as { text: string }[][]).flat().map(({ text }) => text))
      })
    })
  }))
}

test('a mistake is shown at its line and column, and the running lab goes on; put right, it shows on the canvas and runs',
  async (context) => {
    requireTool('chromium', context)
    const { page, close } = await openPage()
    await openEditor(page)
    await toEndOf(page, 12) // bob
    await page.keyboard.press('Enter')
    await page.keyboard.type('carol: { kind: hots }')
    const issue = page.locator('.editor-issues li')
    await issue.waitFor()
    expect(await issue.allInnerTexts()).toEqual([
      expect.stringMatching(/^13:20\s+topology\.nodes\.carol\.kind .*did you mean "host"\?$/s),
    ])
    await page.locator('.editor .cm-lintRange-error').waitFor()
    expect(await page.locator('.editor .cm-lintRange-error').innerText()).toBe('hots')
    await page.keyboard.press('Control+Enter')
    await page.locator('.notice[data-shown="true"]').waitFor()
    expect(await page.locator('.notice').innerText()).toBe('It can’t run yet, errors: 1. The running lab goes on.')
    expect(await nodesOnCanvas(page)).toEqual(['alice', 'bob'])
    await page.getByRole('button', { name: 'Next event' }).click()
    await page.waitForFunction(() => !/^0\.000 s/.test(document.querySelector('.time-now')?.textContent ?? '0.000 s'))

    await toEndOf(page, 13)
    for (let i = 0; i < 6; i++) await page.keyboard.press('Backspace')
    await page.keyboard.type('host }')
    await page.locator(node('carol')).waitFor({ state: 'attached' })
    expect(await nodesOnCanvas(page)).toEqual(['alice', 'bob', 'carol'])
    expect(await issue.count()).toBe(0)
    await page.keyboard.press('Control+Enter')
    await page.getByText('This is the lab that runs.').waitFor()
    expect(await nodesOnCanvas(page)).toEqual(['alice', 'bob', 'carol'])
    await close()
  })

test('what was typed is offered after a reload, and given back as it was', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await openEditor(page)
  await toEndOf(page, 6)
  await page.keyboard.type(' # mine')
  await page.reload() // at once: sooner than a draft is written
  await interactive(page)
  await openEditor(page)
  await page.getByRole('button', { name: 'Restore your draft' }).click()
  await page.locator('.editor .cm-line', { hasText: 'name: first-ping # mine' }).waitFor()
  expect(await page.locator('.editor-draft').count()).toBe(0)
  await page.reload()
  await interactive(page)
  await openEditor(page)
  await page.getByRole('button', { name: 'Discard' }).click()
  expect(await page.locator('.editor .cm-line', { hasText: '# mine' }).count()).toBe(0)
  await expect.poll(() => drafts(page)).toEqual([])
  await close()
})

test('nodes are added, joined, renamed and removed by buttons; the text and the canvas follow', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await openEditor(page)
  await page.getByRole('button', { name: '+ switch' }).click()
  await page.locator(node('sw1')).waitFor({ state: 'attached' })
  await page.getByRole('button', { name: 'Connect …' }).click()
  await page.locator(node('alice')).press(' ')
  await page.getByRole('button', { name: 'alice to …' }).waitFor()
  await page.locator(node('sw1')).press(' ')
  await page.locator('.editor .cm-line', { hasText: '- endpoints: ["alice:eth2", "sw1:eth1"]' }).waitFor()
  await page.getByText('Connect, rename, remove by name').click()
  await page.getByLabel('Node', { exact: true }).selectOption('bob')
  await page.getByLabel('New name').fill('robert')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.locator(node('robert')).waitFor({ state: 'attached' })
  expect(await nodesOnCanvas(page)).toEqual(['alice', 'robert', 'sw1'])
  await page.getByRole('button', { name: 'Remove robert' }).click()
  await expect.poll(() => nodesOnCanvas(page)).toEqual(['alice', 'sw1'])
  await page.locator('.editor .cm-content').focus()
  await page.keyboard.press('Control+z')
  await expect.poll(() => nodesOnCanvas(page)).toEqual(['alice', 'robert', 'sw1'])
  await close()
})

test('the schema offers keys and names where they belong, and tells what a key means', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await openEditor(page)
  await toEndOf(page, 12)
  await page.keyboard.press('Enter')
  await page.keyboard.type('carol: { ')
  await page.keyboard.press('Control+ ')
  const offered = page.locator('.cm-tooltip-autocomplete li')
  await offered.first().waitFor()
  expect(await offered.allInnerTexts())
    .toEqual(['kind', 'interfaces', 'gateway', 'routes', 'sysctls', 'exec', 'group', 'labels', 'position'])
  await page.keyboard.press('Escape')
  await page.locator('.cm-line span', { hasText: /^seed$/ }).hover()
  await page.locator('.editor-hover').waitFor()
  expect(await page.locator('.editor-hover').innerText())
    .toBe('Start of all random numbers; the same seed gives the same run. Left out: 1.')
  await close()
})

test('labs of one’s own are kept: made, changed, copied, deleted and taken back', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await openEditor(page)
  const own = page.locator('.editor-lab')
  const openList = (): Promise<void> => page.locator('.editor-labs summary').click()
  await openList()
  await page.getByRole('button', { name: 'New lab' }).click()
  await page.getByText('my/my-lab.yaml').waitFor()
  await toEndOf(page, 1)
  await page.keyboard.type(' Mine.')
  await page.reload()
  await interactive(page)
  await page.locator('.editor .cm-line', { hasText: '# Two hosts on one cable. Mine.' }).waitFor()
  await openList()
  await page.getByRole('button', { name: 'Duplicate: my-lab' }).click()
  await expect.poll(() => own.allInnerTexts()).toEqual(['my-lab', 'my-lab-2'])
  await page.getByRole('button', { name: 'Delete: my-lab-2' }).click()
  await expect.poll(() => own.allInnerTexts()).toEqual(['my-lab'])
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect.poll(() => own.allInnerTexts()).toEqual(['my-lab', 'my-lab-2'])
  await close()
})
