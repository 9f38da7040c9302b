import { expect, test } from 'vitest'
import { COURSE } from '../../../web/app/lessons/course.ts'
import { EN } from '../../../web/app/i18n/en.ts'
import { readLab } from '../../support/labs.ts'
import { requireTool } from '../../support/tools.ts'
import { tabTo } from './keys.ts'
import { openPage } from './serve.ts'

/* Lessons beside the canvas, and the list of all labs. By keyboard. */

test('a step\'s "do it for me" types its command into a console of its node; "go on" leads to the checks', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await page.waitForSelector('.lesson-page p')
  const parts: (string | null)[] = []
  for (let step = 0; step < 3; step++) {
    parts.push(await page.locator('.lesson-part').textContent())
    await tabTo(page, 'Go on')
    await page.keyboard.press('Enter')
  }
  parts.push(await page.locator('.lesson-part').textContent())
  expect(parts).toEqual(['What this is about', 'Step 1 of 4', 'Step 2 of 4', 'Step 3 of 4'])

  await tabTo(page, 'Do it for me: bob# ip neigh')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() =>
    (document.querySelector('.console-screen .xterm-rows')?.textContent ?? '').includes('root@bob:~# ip neigh'))
  expect(await page.locator('.console-tab').allTextContents()).toEqual(['bob'])
  expect(await page.getByRole('button', { name: 'Pause (space)' }).count()).toBe(1) // time goes on: something is to be seen

  await tabTo(page, 'Next')
  for (let step = 0; step < 3; step++) await page.keyboard.press('Enter')
  expect(await page.locator('.lesson-part').textContent()).toBe('What has been shown')
  await close()
})

test('the checks come to hold as time runs, and start anew when it is taken back', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage()
  await page.getByRole('button', { name: 'What has been shown' }).focus()
  await page.keyboard.press('Enter')
  const held = (): Promise<(string | null)[]> => page.locator('.lesson-checks li').evaluateAll((checks) =>
    checks.map((check) => check.getAttribute('data-ok')))
  const { checks } = readLab('first-ping')
  expect(await held()).toEqual(checks.map(() => null))
  await page.getByLabel('Pace: virtual time per real time').selectOption('0')
  await page.getByRole('button', { name: 'Run (space)' }).focus()
  await page.keyboard.press('Enter')
  await page.waitForFunction((count) =>
    document.querySelectorAll('.lesson-checks li[data-ok=true]').length === count, checks.length)
  expect(await page.locator('.lesson-sum').textContent()).toBe(`${checks.length} of ${checks.length} hold`)
  expect(await page.locator('.lesson-checks li code').first().textContent()).toBe('alice# ip neigh')

  await page.getByRole('slider').focus()
  await page.keyboard.press('Home')
  await page.waitForFunction(() => document.querySelectorAll('.lesson-checks li[data-ok=true]').length === 0)
  expect(await held()).toEqual(checks.map(() => null))
  await close()
})

test('all labs, in the order of the course: found by a word, opened by Enter, and back', async (context) => {
  requireTool('chromium', context)
  const { page, url, close } = await openPage()
  await tabTo(page, 'Choose a lab: first-ping')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.labs-card')
  expect(await page.locator('.labs-card strong').evaluateAll((names) => names.map((name) => name.firstChild?.textContent)))
    .toEqual(COURSE.flatMap(({ labs }) => labs.map(({ name }) => name)))
  expect(await page.locator('.labs h3').allTextContents()).toEqual(COURSE.map(({ title }) => title.en))
  await page.keyboard.type('two uplinks')
  expect(await page.locator('.labs-none').textContent()).toBe('No lab has this word.')
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.querySelector('.labs') === null)

  await tabTo(page, 'Choose a lab: first-ping')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.labs-card')
  await page.keyboard.type('blackhole')
  await page.getByRole('searchbox').fill('kubernetes')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => document.querySelector('.header-lab strong')?.textContent === 'seed-route-table')
  expect(page.url()).toBe(`${url}?lab=seed-route-table`)
  await page.waitForFunction(() => document.querySelector('.lesson h2')?.textContent === 'Nine lines, read one by one')
  await page.goBack()
  await page.waitForFunction(() => document.querySelector('.header-lab strong')?.textContent === 'first-ping')
  await close()
})

test('?labs opens with the list; in Chinese each word of it and of the lesson is Chinese', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage({ address: '?labs', language: 'zh' })
  await page.waitForSelector('.labs-card')
  expect(await page.locator('.labs h3').allTextContents()).toEqual(COURSE.map(({ title }) => title.zh))
  expect(await page.locator('.labs-card span').allTextContents())
    .toEqual(COURSE.flatMap(({ labs }) => labs.map(({ claim }) => claim.zh)))
  await page.keyboard.press('Escape')
  await page.waitForFunction(() => document.querySelector('.lesson h2')?.textContent === '谁是 10.0.0.2？')
  const words = await page.locator('.header, .side').evaluateAll((parts) =>
    parts.map((part) => (part as HTMLElement).innerText).join(' '))
  expect(Object.keys(EN).filter((key) => words.includes(key))).toEqual([])
  const known = new Set(['Netarium', 'first-ping', 'English', 'ping', 'alice', 'bob', 'MAC', 'ARP', 'arp', 'mac'])
  expect([...new Set(words.match(/[A-Za-z][\w.-]{2,}/g))].filter((word) => !known.has(word))).toEqual([])
  await close()
})

test('a README can\'t do more than be read: HTML stays text, and links lead to the web or do a deed', async (context) => {
  requireTool('chromium', context)
  const { page, close } = await openPage({ address: '?lab=two-paths' })
  await page.waitForSelector('.lesson-page p')
  await page.getByRole('button', { name: 'Step 3 of 5' }).focus()
  await page.keyboard.press('Enter')
  await tabTo(page, 'cut it')
  await page.keyboard.press('Enter')
  await tabTo(page, 'mend it')
  const elements = await page.locator('.lesson-page *').evaluateAll((all) =>
    [...new Set(all.map(({ tagName }) => tagName))].sort())
  expect(elements).toEqual(['BUTTON', 'CODE', 'P', 'STRONG', 'path', 'svg'])
  await close()
})
