/** What every bundled lab must have, besides running. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { LAB_NAMES, labPath, readLab } from '../support/labs.ts'
import { WHY_CASES } from './why-cases.ts'

/** The labs that the first lesson plan promises. */
const PROMISED = [
  'arp-flux', 'duplicate-address', 'ecmp-hash', 'first-ping', 'gateway-between-two-networks', 'host-gw',
  'ip-forward-off', 'learn-and-flood', 'lossy-link', 'mac-changes-ip-stays', 'mtu-black-hole', 'ping-yourself',
  'policy-routing', 'proxy-arp', 'redirects', 'right-mac-wrong-ip', 'rp-filter', 'same-switch-two-subnets',
  'seed-route-table', 'two-paths',
]

function text(lab: string, file: string): string {
  return readFileSync(fileURLToPath(new URL(`../../labs/${lab}/${file}`, import.meta.url)), 'utf8')
}

/** The commands of a README, without its prompt: from `bin/netarium …` lines in code. */
function netariumCommands(readme: string): string[] {
  return [...readme.matchAll(/bin\/netarium [^\n`]+/g)].map(([command]) => command)
}

test('all promised labs are there', () => {
  expect(PROMISED.filter(lab => !LAB_NAMES.includes(lab))).toEqual([])
})

describe.each([...LAB_NAMES])('%s', lab => {
  test('its file is named like its folder, has no warnings, and says what it shows in under 60 lines', () => {
    const model = readLab(lab)
    expect(model.name).toBe(lab)
    expect(model.warnings).toEqual([])
    expect(model.about).toMatch(/^[A-Z].{20,}\.$/)
    expect(model.checks.length).toBeGreaterThan(2)
    expect(text(lab, 'lab.yaml').split('\n').length).toBeLessThan(60)
    expect(text(lab, 'lab.yaml')).toMatch(new RegExp(`^# ${lab}\n#\n#     `))
  })

  test('it has a picture with every node in it', () => {
    const svg = text(lab, 'topology.svg')
    for (const { name } of readLab(lab).nodes) expect(svg).toContain(`>${name}</text>`)
  })

  test('its lessons in both languages show the picture, have numbered steps, and use the same commands', () => {
    const [english, chinese] = [text(lab, 'README.md'), text(lab, 'README.zh.md')]
    for (const readme of [english, chinese]) {
      expect(readme.startsWith(`# ${lab}`)).toBe(true)
      expect(readme).toContain('](topology.svg)')
      expect(readme).toMatch(/^1\. \*\*/m)
      expect(netariumCommands(readme)).toContain(`bin/netarium run ${lab}`)
    }
    expect([...new Set(netariumCommands(chinese))].sort()).toEqual([...new Set(netariumCommands(english))].sort())
  })

  test('its lessons name only nodes that it has', () => {
    const nodes = new Set(readLab(lab).nodes.map(({ name }) => name))
    for (const command of netariumCommands(text(lab, 'README.md'))) {
      const [, verb, about, node] = command.split(' ')
      expect(about).toBe(lab)
      if (verb === 'exec' || verb === 'why') expect(nodes).toContain(node)
    }
  })
})

describe('why cases', () => {
  test.each([...WHY_CASES])('$lab: names its own nodes, and both lessons tell it', each => {
    const { lab } = each
    const nodes = readLab(lab).nodes.map(({ name }) => name)
    expect(nodes).toContain(each.from)
    expect(nodes).toContain(each.place)
    for (const step of each.fix) if ('on' in step) expect(nodes).toContain(step.on)
    expect(existsSync(labPath(lab))).toBe(true)
    for (const file of ['README.md', 'README.zh.md']) {
      expect(text(lab, file)).toContain(`**${each.place}${each.sometimes === true ? ':eth1' : ''}**`)
      for (const step of each.fix) if ('run' in step) expect(text(lab, file)).toContain(step.run)
    }
  })
})
