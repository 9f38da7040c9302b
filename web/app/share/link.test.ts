import { expect, test } from 'vitest'
import { baseName, fromFragment, fromJson, LONG_LINK, type SharedRun, toFragment, toJson } from './link.ts'

const RUN: SharedRun = {
  source: {
    fileName: 'labs/first-ping/lab.yaml', text: 'name: ü\n# 网络\n', seed: 7, atNs: 1_500_000_000,
    log: {
      seed: 7, end: { atNs: 2e9, event: 12, turn: 3 },
      inputs: [{ kind: 'type', console: 0, text: 'ping\r', atNs: 0, event: 0, turn: 0 }],
    },
    moment: { atNs: 1_500_000_000, event: 9, turn: 2 },
  },
  hash: '0123456789abcdef', lab: 'first-ping', branch: 'other future',
}

test('a run goes into a link and comes out as it was', async () => {
  const fragment = await toFragment(RUN)
  expect(fragment).toMatch(/^#v1=[A-Za-z0-9_-]+$/)
  expect(fragment.length).toBeLessThan(LONG_LINK)
  expect(await fromFragment(fragment)).toEqual(RUN)
})

test('a run goes into a file and comes out as it was', () => {
  expect(fromJson(toJson(RUN))).toEqual(RUN)
})

test('a fragment that is not of a run is none of ours', async () => {
  expect(await fromFragment('')).toBe(null)
  expect(await fromFragment('#chapter-2')).toBe(null)
})

test('links and files of a newer version are told from damaged ones', async () => {
  await expect(fromFragment('#v2=abc')).rejects.toMatchObject({ why: 'newer' })
  expect(() => fromJson('{"netarium":2,"anything":[]}')).toThrow(expect.objectContaining({ why: 'newer' }))
  await expect(fromFragment('#v1=a*b')).rejects.toMatchObject({ why: 'damaged' })
  await expect(fromFragment('#v0=ab')).rejects.toMatchObject({ why: 'damaged' })
  for (const text of ['', '{', '[]', '{"netarium":1}', toJson({ ...RUN, hash: 1 as unknown as string }),
    toJson({ ...RUN, source: { ...RUN.source, seed: -1 } })]) {
    expect(() => fromJson(text)).toThrow(expect.objectContaining({ why: 'damaged' }))
  }
})

test('a link that lost letters on its way is damaged wherever they were lost', async () => {
  const fragment = await toFragment(RUN)
  for (let at = 4; at < fragment.length; at += 7) {
    const cut = fragment.slice(0, at) + fragment.slice(at + 1)
    await expect(fromFragment(cut)).rejects.toMatchObject({ why: 'damaged' })
  }
})

test('files are named after their lab', () => {
  expect(['labs/first-ping/lab.yaml', 'my/net.yaml', 'dc.clab.yml', 'x.yaml'].map(baseName))
    .toEqual(['first-ping', 'net', 'dc', 'x'])
})
