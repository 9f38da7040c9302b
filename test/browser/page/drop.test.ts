import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { Lab } from '../../../src/index.ts'
import { parseLab } from '../../../src/lab/parse-yaml.ts'
import { requireTool } from '../../support/tools.ts'
import { openPage } from './serve.ts'

/* Files dropped on the page: labs are opened, captures shown, everything else refused in words. */

const CONTAINERLAB = `name: clab-two
topology:
  nodes:
    r1:
      kind: linux
      image: frrouting/frr:v8.4.1
      exec: [ip addr add 10.0.0.1/24 dev eth1]
    r2:
      kind: linux
      image: frrouting/frr:v8.4.1
      exec: [ip addr add 10.0.0.2/24 dev eth1]
  links:
    - endpoints: ["r1:eth1", "r2:eth1"]
`

async function drop(page: Page, name: string, content: string | Uint8Array): Promise<void> {
  await page.evaluate(({ name: file, bytes }) => {
    const dataTransfer = new DataTransfer()
    dataTransfer.items.add(new File([new Uint8Array(bytes)], file))
    for (const type of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }))
    }
  }, { name, bytes: [...typeof content === 'string' ? new TextEncoder().encode(content) : content] })
}

const nodesOnCanvas = (page: Page): Promise<string[]> =>
  page.locator('.network button[data-node]')
    .evaluateAll((all) => all.map((one) => (one as HTMLElement).dataset.node ?? '').sort())

async function notice(page: Page): Promise<string> {
  await page.locator('.notice[data-shown="true"]').waitFor()
  return page.locator('.notice').innerText()
}

test('a containerlab file that is dropped runs, with its warnings listed, and is there after a reload', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await drop(page, 'two.clab.yml', CONTAINERLAB)
  await page.locator('.network button[data-node="r1"]').waitFor({ state: 'attached' })
  expect(await nodesOnCanvas(page)).toEqual(['r1', 'r2'])
  const warnings = page.locator('.editor-issues li[data-kind="warning"]')
  await warnings.first().waitFor()
  expect((await warnings.allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
    '6:7 topology.nodes.r1.image "image" has no meaning here: the container image; left out in 2 places',
  ])
  await page.reload()
  await page.locator('.network button[data-node="r1"]').waitFor({ state: 'attached' })
  await close()
})

test('a broken file shows every error in place and keeps the running lab', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await drop(page, 'broken.yaml', CONTAINERLAB.replace('kind: linux', 'kind: linus').replace('r2:eth1', 'r3:eth1'))
  const errors = page.locator('.editor-issues li[data-kind="error"]')
  await errors.nth(1).waitFor()
  expect(await errors.allInnerTexts()).toEqual([
    expect.stringMatching(/^5:13\s+topology\.nodes\.r1\.kind .*did you mean "linux"\?$/s),
    expect.stringMatching(/^13:30\s+topology\.links\[0\]\.endpoints\[1\] /),
  ])
  expect(await notice(page))
    .toBe('my/broken.yaml can’t run yet, errors: 2. They are shown in the editor; the running lab goes on.')
  expect(await nodesOnCanvas(page)).toEqual(['alice', 'bob'])
  await page.getByRole('button', { name: 'Back to what runs' }).click()
  await page.getByText('This is the lab that runs.').waitFor()
  await close()
})

test('a capture that is dropped is shown in the capture room, frame by frame', async (context) => {
  requireTool('chromium', context)
  const lab = await Lab.fromModel(parseLab(CONTAINERLAB, 'lab.yaml'))
  await lab.node('r1').exec('ping -c 1 10.0.0.2')
  const { page, close } = await openPage()
  await drop(page, 'seen.pcapng', lab.pcapng())
  await page.getByText('seen.pcapng').first().waitFor()
  await page.getByText('ICMP echo request').first().waitFor()
  await close()
})

test('what is no lab, run or capture is refused in words', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await drop(page, 'cat.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47]))
  expect(await notice(page)).toBe('cat.png: this is none of .yaml, .yml, .netarium.json, .pcap, .pcapng.')
  await drop(page, 'latin.yaml', new Uint8Array([0x6e, 0xe9, 0x0a]))
  await expect.poll(() => notice(page)).toBe('latin.yaml is not UTF-8 text.')
  await drop(page, 'empty.pcapng', new Uint8Array([0x0a, 0x0d, 0x0d, 0x0a]))
  await expect.poll(() => notice(page)).toMatch(/^empty\.pcapng: /)
  expect(await nodesOnCanvas(page)).toEqual(['alice', 'bob'])
  await close()
})
