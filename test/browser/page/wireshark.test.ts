import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { labPath } from '../../support/labs.ts'
import { requireTool } from '../../support/tools.ts'
import { root } from '../../tidy/sources.ts'
import { openServed, servePage } from './serve.ts'

/** Puts the dissector beside a served page: what was fetched into dist/, else fetched now. */
function putWireshark(page: string): void {
  const here = path.join(root, 'dist', 'wireshark')
  const to = path.join(page, 'wireshark')
  if (existsSync(path.join(here, 'manifest.json'))) {
    cpSync(here, to, { recursive: true })
    return
  }
  const { status } = spawnSync(process.execPath, ['scripts/get-wireshark.mjs'], {
    cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, NETARIUM_WIRESHARK: to },
  })
  if (status !== 0) throw new Error('npm run get:wireshark failed')
}

/** Runs the open lab to its end, and opens Wireshark's view of what was captured. */
async function openView(page: Page): Promise<void> {
  await page.getByRole('tab', { name: 'Checks' }).click()
  await page.getByRole('combobox', { name: /Pace/ }).selectOption('0')
  await page.getByRole('button', { name: 'Run (space)' }).click()
  await page.locator('.checks-hash code').waitFor()
  await page.getByRole('tab', { name: 'Capture' }).click()
  await page.getByRole('button', { name: 'Wireshark’s view' }).click()
}

const listed = (page: Page): Promise<string[][]> => page.locator('.wireshark .capture-row').evaluateAll((rows) =>
  rows.map((row) => [...row.children].map((cell) => cell.textContent ?? '')))

/** The same columns as the real tshark prints them, two passes as in Wireshark, names of makers apart. */
function tshark(file: string, filter = ''): string[][] {
  const text = execFileSync('tshark', [
    '-n', '-2', '-r', file, ...filter === '' ? [] : ['-Y', filter], '-T', 'fields', '-E', 'separator=/t',
    '-e', '_ws.col.No.', '-e', '_ws.col.Protocol', '-e', '_ws.col.Length', '-e', '_ws.col.Info',
  ], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  return text.trimEnd().split('\n').map((line) => line.split('\t'))
}

test('Wireshark in the page tells of each frame what tshark tells, filters, and shows which bytes a field is', async (context) => {
  requireTool('chromium', context)
  requireTool('tshark', context)
  const folder = mkdtempSync(path.join(tmpdir(), 'netarium-wireshark-test-'))
  try {
    const file = path.join(folder, 'capture.pcapng')
    execFileSync(path.join(root, 'bin', 'netarium'), ['run', labPath('first-ping'), '--pcap', file], { stdio: 'ignore' })
    const served = await servePage()
    putWireshark(served.folder)
    const { page, close } = await openServed(served, { viewport: { width: 1280, height: 1200 } }) // all rows are seen
    await openView(page)
    await page.locator('.wireshark .capture-row').nth(19).waitFor({ timeout: 60_000 })
    const shown = (await listed(page)).map((cells) => [cells[0], cells[4], cells[5], cells[6]])
    expect(shown.map(([number, protocol, length]) => [number, protocol, length]))
      .toEqual(tshark(file).map(([number, protocol, length]) => [number, protocol, length]))
    expect(shown.map((cells) => cells[3])).toEqual(tshark(file).map((cells) => cells[3]))

    const filter = page.getByRole('searchbox', { name: 'Wireshark’s display filter' })
    await filter.fill('icmp.type == 8 &&')
    await page.getByRole('alert').getByText('Unexpected end of filter expression.').waitFor()
    await filter.fill('icmp.type == 8 && frame.interface_name == "bob:eth1"')
    await page.locator('.wireshark .capture-row').nth(2).waitFor()
    await expect.poll(async () => (await listed(page)).map(([number]) => number)).toEqual(['6', '10', '14'])

    await page.locator('#wireshark-10').click()
    await page.getByRole('treeitem', { name: 'Time to Live: 64' }).hover()
    const marked = page.locator('.capture-hex-row [data-marked=true]')
    expect(await marked.allTextContents()).toEqual(['40'])
    await page.locator('.capture-hex-row').nth(4).locator('span').nth(3).hover() // byte 34: eight in a row here
    await expect.poll(() => page.locator('.capture-field[data-marked=true]').allTextContents())
      .toEqual(['Type: 8 (Echo (ping) request)'])
    await close()
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('where the dissector is not, the page says how to get it, and asks for nothing in vain', async (context) => {
  requireTool('chromium', context)
  const served = await servePage()
  rmSync(path.join(served.folder, 'wireshark'), { recursive: true, force: true })
  const { page, close } = await openServed(served)
  await openView(page)
  expect(await page.locator('.wireshark-words pre').textContent()).toBe('npm run get:wireshark')
  await page.getByRole('button', { name: 'Netarium’s view' }).click()
  await page.locator('.capture-row').first().waitFor()
  await close()
})
