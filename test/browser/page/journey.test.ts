import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import type { Lab } from '../../../src/lab/lab.ts'
import { formatJourney, type Names } from '../../../src/lab/why/text.ts'
import { EN } from '../../../web/app/i18n/en.ts'
import { need } from '../../../web/engine/programs.ts'
import { Run } from '../../../web/engine/run.ts'
import { readLab } from '../../support/labs.ts'
import { requireTool } from '../../support/tools.ts'
import { openSideRoom, tabTo } from './keys.ts'
import { openPage } from './serve.ts'

/* Why, asked in the page: the form, the journey, what changed in the headers, the remedy. By keyboard. */

/** Fills the form: from alice, who is the first. */
async function askWhy(page: Page, to: string): Promise<void> {
  await openSideRoom(page, 'why')
  await tabTo(page, /^To a node or an address/)
  await page.keyboard.type(to)
  await page.keyboard.press('Enter')
}

/** The decisions that the page shows, leg by leg; folded legs are unfolded first. */
async function decisionsOf(page: Page): Promise<string[][][]> {
  const folded = page.locator('.journey-leg h3 button[aria-expanded=false]')
  for (let left = await folded.count(); left > 0; left--) {
    await folded.first().focus()
    await page.keyboard.press('Enter')
    await page.waitForFunction((count) =>
      document.querySelectorAll('.journey-leg h3 button[aria-expanded=false]').length === count, left - 1)
  }
  return page.locator('.journey-leg').evaluateAll((legs) => legs.map((leg) =>
    [...leg.querySelectorAll('.journey-stay dl > div')].map((step) =>
      [step.querySelector('dt')?.textContent ?? '', step.querySelector('dd')?.textContent ?? ''])))
}

function namesOf(lab: Lab): Names {
  return {
    node: (node) => lab.nodeNames[node],
    device: (node, ifindex) => lab.network.nodes[node].namespace.ns.deviceByIndex(ifindex)?.name ?? '',
  }
}

interface HeaderRow {
  readonly layer: string
  readonly field: string
  readonly cells: readonly string[]
  readonly changed: readonly boolean[]
}

/** The table of headers of a leg. */
async function headersOf(page: Page, leg: number): Promise<HeaderRow[]> {
  return page.locator('.journey-leg').nth(leg).locator('.journey-headers tbody').evaluateAll((layers) =>
    layers.flatMap((layer) => [...layer.querySelectorAll('tr:not(.journey-layer)')].map((row) => ({
      layer: layer.querySelector('.journey-layer')?.textContent ?? '', field: row.querySelector('th')?.textContent ?? '',
      cells: [...row.querySelectorAll('td')].map((cell) => cell.textContent ?? ''),
      changed: [...row.querySelectorAll('td')].map((cell) => cell.querySelector('mark') !== null),
    }))))
}

test('alice asks why she cannot reach bob: every decision, the text of `netarium why`, and what helps', async (context) => {
  requireTool('chromium', context)
  await need('all')
  const { lab } = await Run.open(readLab('ip-forward-off'), {})
  const journey = await lab.why('alice', 'bob')
  const { page, close } = await openPage({ lab: 'ip-forward-off' })
  await askWhy(page, 'bob')
  await page.waitForSelector('.journey')

  const decisions = journey.legs.map(({ stays }) => stays.flatMap(({ steps }) => steps.map(({ hook, text }) => [hook, text])))
  expect(await decisionsOf(page)).toEqual(decisions)
  expect(await page.locator('.journey-end > p').first().textContent()).toBe(
    '✕It was lost at middle (eth1): this host does not forward packets (ip_forward is 0), and the packet is not for it ' +
    'NO_FORWARDING')
  expect(await page.locator('.journey-remedy li div').allTextContents()).toEqual(['middlesysctl -w net.ipv4.ip_forward=1'])

  await tabTo(page, 'Copy as text')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Copied' }).waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(formatJourney(journey, namesOf(lab)))

  await tabTo(page, 'Do all and ask again')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.journey-end[data-ok=true]')
  expect(await page.locator('.journey-end').textContent()).toBe('✓It arrived, and was answered.')
  expect(await page.locator('.journey-kind').allTextContents())
    .toEqual(['The packet', 'ARP', 'ARP', 'ARP', 'ARP', 'The answer'])
  await close()
})

test('the headers, cable by cable: exactly what the router changed is marked; hops by arrow keys', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage({ address: '?lab=mac-changes-ip-stays' })
  await askWhy(page, '10.0.2.2')
  await page.waitForSelector('.journey-headers')
  const changing = [
    {
      layer: 'Ethernet', field: 'destination', changed: [false, true, true],
      cells: ['02:00:00:00:01:01', '02:00:00:00:02:01', '02:00:00:00:00:0b'],
    },
    {
      layer: 'Ethernet', field: 'source', changed: [false, true, true],
      cells: ['02:00:00:00:00:0a', '02:00:00:00:01:02', '02:00:00:00:02:02'],
    },
    { layer: 'IPv4', field: 'ttl', changed: [false, true, true], cells: ['64', '63', '62'] },
    {
      layer: 'IPv4', field: 'checksum', changed: [false, true, true],
      cells: [expect.stringMatching(/^0x/), expect.stringMatching(/^0x/), expect.stringMatching(/^0x/)],
    },
  ]
  expect(await headersOf(page, 0)).toEqual(changing)

  await tabTo(page, /only what changes/)
  await page.keyboard.press('Space')
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.journey-headers tbody th')].some(({ textContent }) => textContent === 'version'))
  const all = await headersOf(page, 0)
  expect(all.filter(({ changed }) => changed.includes(true))).toEqual(changing)
  const same = all.filter(({ layer, changed }) => layer === 'IPv4' && !changed.includes(true))
  expect(same.map(({ field, cells }) => [field, ...cells]))
    .toEqual(expect.arrayContaining([
      ['source', '10.0.1.2', '10.0.1.2', '10.0.1.2'], ['destination', '10.0.2.2', '10.0.2.2', '10.0.2.2'],
    ]))

  await tabTo(page, 'Next hop')
  const hops: string[] = []
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.activeElement?.matches('.journey-stay'))
  await page.keyboard.press('Home')
  for (let i = 0; i < 4; i++) {
    await page.waitForFunction((count) => document.activeElement?.matches('.journey-stay[aria-current=true]') &&
      document.querySelector('.journey-count')?.textContent?.startsWith(`${count} `), i + 1)
    hops.push(await page.evaluate(() => document.activeElement?.querySelector('strong')?.textContent ?? ''))
    await page.keyboard.press('ArrowDown')
  }
  expect(hops).toEqual(['alice', 'r1', 'r2', 'bob'])
  await close()
})

test('what cannot be asked is refused beside the form, which stays as it was', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage({ lab: 'first-ping' })
  await askWhy(page, 'carol')
  await page.waitForFunction(() => document.querySelector('.why-refused')?.textContent !== '')
  expect(await page.locator('.why-refused').textContent()).toBe('"carol" is neither an IPv4 address nor a node of the lab')
  expect(await page.getByLabel('To a node or an address').inputValue()).toBe('carol')
  await tabTo(page, '简体中文')
  await page.keyboard.press('Enter')
  expect(await page.locator('.why-refused').textContent()).toBe('“carol”既不是 IPv4 地址，也不是实验里的节点')
  await close()
})

test('in Chinese no English is left, names, commands and terms aside', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage({ address: '?lab=ip-forward-off' })
  await askWhy(page, 'bob')
  await page.waitForSelector('.journey-remedy')
  await decisionsOf(page)
  await tabTo(page, '简体中文')
  await page.keyboard.press('Enter')
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-CN')
  const words = await page.evaluate(() => {
    const read = document.querySelectorAll('.header, .side')
    const texts = [...read].map((part) => {
      const copy = part.cloneNode(true) as HTMLElement
      for (const term of copy.querySelectorAll('code, pre, dt, .mono, td, .journey-headers thead')) term.remove()
      const labels = [...copy.querySelectorAll('[aria-label]')].map((one) => one.getAttribute('aria-label'))
      document.body.append(copy)
      const text = `${copy.innerText} ${labels.join(' ')}`
      copy.remove()
      return text
    })
    return texts.join(' ')
  })
  expect(Object.keys(EN).filter((key) => words.includes(key))).toEqual([])
  const known = new Set(['Netarium', 'English', 'ip-forward-off', 'alice', 'bob', 'middle', 'ICMP', 'ARP', 'IPv4', 'Ethernet',
    'TTL', 'MAC', 'NONE', 'REACHABLE', 'DSCP', 'ECN', 'NO_FORWARDING', 'local', 'main', 'default', 'via', 'dev', 'sysctl',
    'net.ipv4.ip_forward',
    'net.ipv4.conf.eth1.forwarding', 'ip_forward'])
  const left = words.match(/[A-Za-z][\w.-]{2,}/g)?.filter((word) => !known.has(word) && !/^eth\d$/.test(word)) ?? []
  expect([...new Set(left)]).toEqual([])
  await close()
})
