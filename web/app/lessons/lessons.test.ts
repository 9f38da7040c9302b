import { readdirSync, readFileSync } from 'node:fs'
import { lexer, walkTokens } from 'marked'
import { describe, expect, test } from 'vitest'
import { parseLab } from '../../../src/lab/parse-yaml.ts'
import { claimOf, COURSE, nextLab } from './course.ts'
import { deedOf, linkDeed } from './deeds.ts'
import { pagesOf } from './pages.ts'

const labs = new URL('../../../labs/', import.meta.url)
const NAMES = readdirSync(labs).filter((name) => !name.includes('.'))
const read = (lab: string, file: string): string => readFileSync(new URL(`${lab}/${file}`, labs), 'utf8')

describe('the course', () => {
  test('has every bundled lab once, with a line in both languages', () => {
    const listed = COURSE.flatMap((chapter) => chapter.labs.map(({ name }) => name))
    expect([...listed].sort()).toEqual([...NAMES].sort())
    for (const name of NAMES) {
      expect(claimOf(name)).toEqual({ en: expect.stringMatching(/\.$/), zh: expect.stringMatching(/。$/) })
    }
  })

  test('leads from each lab to the next, and ends', () => {
    const walk: string[] = []
    for (let name: string | null = COURSE[0].labs[0].name; name !== null; name = nextLab(name)) walk.push(name)
    expect(walk).toEqual(COURSE.flatMap((chapter) => chapter.labs.map(({ name }) => name)))
  })
})

describe('deeds', () => {
  const nodes = ['alice', 'r1']

  test('a line at the prompt of a node of the lab is typed there, and no other is', () => {
    expect(deedOf('alice# ping -c 1 10.0.0.2', nodes)).toEqual({ kind: 'type', node: 'alice', command: 'ping -c 1 10.0.0.2' })
    expect(deedOf('r1#    ip addr', nodes)).toEqual({ kind: 'type', node: 'r1', command: 'ip addr' })
    expect(deedOf('carol# ip addr', nodes)).toBeNull()
    expect(deedOf('# a comment', nodes)).toBeNull()
  })

  test('lines of the command line become what they do in the page', () => {
    expect(deedOf('bin/netarium exec lab alice -- ip neigh', nodes))
      .toEqual({ kind: 'type', node: 'alice', command: 'ip neigh' })
    expect(deedOf('bin/netarium why lab alice 10.0.0.2', nodes))
      .toEqual({ kind: 'why', from: 'alice', to: '10.0.0.2', atNs: null })
    expect(deedOf('bin/netarium why lab alice 10.0.0.2 --at 1.5s', nodes))
      .toEqual({ kind: 'why', from: 'alice', to: '10.0.0.2', atNs: 1.5e9 })
    expect(deedOf('bin/netarium run lab', nodes)).toEqual({ kind: 'run', seed: null })
    expect(deedOf('bin/netarium run lab --seed 2', nodes)).toEqual({ kind: 'run', seed: 2 })
    expect(deedOf('bin/netarium run lab --pcap a.pcapng', nodes)).toEqual({ kind: 'capture' })
    expect(deedOf('tcpdump -nn -r a.pcapng', nodes)).toBeNull()
  })

  test('a step of a lab file, or a link, changes a cable', () => {
    expect(deedOf('- { at: 0s, link: "alice:eth1", set: { loss: 0%, reorder: 0% } }', nodes))
      .toEqual({ kind: 'link', end: 'alice:eth1', set: { loss: '0%', reorder: '0%' } })
    expect(linkDeed('netarium:link/alice:eth1/down')).toEqual({ kind: 'link', end: 'alice:eth1', set: { state: 'down' } })
    expect(linkDeed('netarium:run')).toEqual({ kind: 'run', seed: null })
    expect(linkDeed('https://example.org/')).toBeNull()
    expect(linkDeed('javascript:alert(1)')).toBeNull()
  })
})

describe.each(NAMES)('the lesson of %s', (lab) => {
  const [english, chinese] = ['README.md', 'README.zh.md'].map((file) => pagesOf(lexer(read(lab, file))))
  const nodes = parseLab(read(lab, 'lab.yaml'), 'lab.yaml').nodes.map(({ name }) => name)

  test('has the same pages in both languages: an opening, its steps, and more sections', () => {
    expect(english.title).not.toBe('')
    expect(english.pages[0].step).toBeNull()
    expect(english.pages.filter(({ step }) => step !== null).map(({ step }) => step).slice(0, 3)).toEqual([1, 2, 3])
    expect(chinese.pages.map(({ step }) => step)).toEqual(english.pages.map(({ step }) => step))
  })

  test('is written in the kinds of Markdown that the page draws', () => {
    const drawn = ['blockquote', 'br', 'code', 'codespan', 'del', 'em', 'escape', 'heading', 'hr', 'image', 'link', 'list',
      'list_item', 'paragraph', 'space', 'strong', 'table', 'text']
    for (const file of ['README.md', 'README.zh.md']) {
      const used = new Set<string>()
      walkTokens(lexer(read(lab, file)), ({ type }) => { used.add(type) })
      expect([...used].filter((type) => !drawn.includes(type))).toEqual([])
    }
  })

  test('links only to cables that it has', () => {
    const ends = parseLab(read(lab, 'lab.yaml'), 'lab.yaml').links
      .flatMap(({ endpoints }) => endpoints.map((end) => `${end.node}:${end.interface}`))
    for (const file of ['README.md', 'README.zh.md']) {
      for (const [, href] of read(lab, file).matchAll(/\]\((netarium:[^)]+)\)/g)) {
        const deed = linkDeed(href)
        expect(deed).not.toBeNull()
        if (deed?.kind === 'link') expect(ends).toContain(deed.end)
      }
    }
  })

  test('types the same commands on the same nodes in both languages', () => {
    const typed = (file: string): string[] => [...read(lab, file).matchAll(/`([^`\n]+)`|^ *([^`\n]+)$/gm)]
      .flatMap(([, span, line]) => deedOf(span ?? line, nodes) ?? [])
      .flatMap((deed) => deed.kind === 'type' ? [`${deed.node}# ${deed.command}`] : [])
    expect([...new Set(typed('README.zh.md'))].sort()).toEqual([...new Set(typed('README.md'))].sort())
  })
})
