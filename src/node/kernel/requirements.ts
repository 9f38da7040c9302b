/** What this machine lacks to build a lab from namespaces. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'
import type { LabModel } from '../../lab/model.ts'
import { PROGRAMS } from '../../programs/registry.ts'
import { needsOf, planOf } from './plan.ts'
import { programsOf } from './simulate.ts'

/** What the machine itself uses, with the Debian package that has it. */
const TOOLS: ReadonlyMap<string, string> = new Map([
  ['ip', 'iproute2'], ['bridge', 'iproute2'], ['ethtool', 'ethtool'], ['nsenter', 'util-linux'], ['sysctl', 'procps'],
  ['tcpdump', 'tcpdump'], ['ping', 'iputils-ping'], ['arping', 'iputils-arping'], ['traceroute', 'traceroute'],
])
const ALWAYS = ['ip', 'ethtool', 'nsenter', 'sysctl', 'tcpdump']

/** Where the question is asked: this process, unless a test says otherwise. */
export interface Surroundings {
  readonly platform: string
  /** User id, null where there is none. */
  readonly uid: number | null
  hasProgram(name: string): boolean
  /** Whether the kernel can make a device of this type. */
  hasDevice(type: string): boolean
}

export const HERE: Surroundings = {
  platform: process.platform,
  uid: process.getuid?.() ?? null,
  hasProgram: isInstalled,
  hasDevice: canMake,
}

/** Returns why a lab can't be built, each reason a clause; none: it can be tried. */
export function missingFor(model: LabModel, here: Surroundings = HERE): string[] {
  if (here.platform !== 'linux') return [`network namespaces need Linux, and this is ${here.platform}`]
  const reasons: string[] = []
  if (here.uid !== 0) reasons.push('network namespaces need root')
  const used = programsOf(planOf(model)).filter(name => PROGRAMS.has(name))
  for (const name of new Set([...ALWAYS, ...used])) {
    if (here.hasProgram(name)) continue
    const debian = TOOLS.get(name)
    reasons.push(`${name} is not installed${debian === undefined ? '' : ` (Debian: apt-get install ${debian})`}`)
  }
  for (const { kind, what, where } of needsOf(model)) {
    if (kind === 'netem') reasons.push(`${where} needs ${what}, and the twin's cables are plain veth pairs`)
    else if (reasons.length === 0 && !here.hasDevice(what)) reasons.push(`${where} needs ${what}, which this kernel lacks`)
  }
  return reasons
}

/** Whether a program is on the path, as a shell would look. */
function isInstalled(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Tries it in a namespace that is gone afterwards. */
function canMake(type: string): boolean {
  const namespace = `ntk${process.pid}-probe`
  try {
    if (spawnSync('ip', ['netns', 'add', namespace]).status !== 0) return false
    return spawnSync('ip', ['-n', namespace, 'link', 'add', 'probe', 'type', type]).status === 0
  } finally {
    spawnSync('ip', ['netns', 'del', namespace])
  }
}
