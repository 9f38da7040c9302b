import {
  DEFAULT_WITHIN_NS, type CaptureCheck, type CheckModel, type LinkModel, type RunCheck, type ScriptStep,
    type TextExpectation,
} from './model.ts'
import type { Path, Report } from './findings.ts'
import { impairmentsOf } from './resolve-links.ts'
import { parsed, unknownNode, type NodeDraft } from './draft.ts'
import type { CheckInput, StepInput, TextExpectationInput } from './schema.ts'
import { nearest, orList } from './suggest.ts'
import { parseDuration, show } from './units.ts'

/** script and checks: what happens at which time, and what must hold then. */

type Drafts = ReadonlyMap<string, NodeDraft>

export function resolveScript(steps: readonly (StepInput | undefined)[], drafts: Drafts,
  links: readonly LinkModel[], report: Report): ScriptStep[] {
  const resolved: ScriptStep[] = []
  for (const [i, step] of steps.entries()) {
    if (step === undefined) continue
    const path = ['script', i]
    const atNs = timeOf(step.at)
    const place = report.place(path)
    if ('link' in step || 'set' in step) {
      const linkStep = resolveLinkStep(step as LinkStepInput, path, drafts, links, report)
      if (linkStep) resolved.push({ kind: 'link', atNs, ...linkStep, place })
    } else if ('on' in step && step.on !== undefined) {
      if (!drafts.has(step.on)) unknownNode(step.on, [...path, 'on'], drafts, report)
      resolved.push({ kind: 'run', atNs, on: step.on, run: step.run ?? '', place })
    }
  }
  return resolved
}

function timeOf(value: string | number | undefined): number {
  return value === undefined ? 0 : parsed(parseDuration(value)) ?? 0
}

type LinkStepInput = Extract<StepInput, { readonly link: string }>

function resolveLinkStep(step: Partial<LinkStepInput>, path: Path, drafts: Drafts, links: readonly LinkModel[],
  report: Report) {
  const { set } = step
  if (set) {
    const changes = Object.keys(set)
    const linkPath = [...path, 'set']
    if (changes.length === 0 && !report.hasCut(linkPath)) report.error(linkPath, 'nothing is set',
      'expected such as { loss: 10% } or { state: down }')
    if (set.state !== undefined && step.direction !== undefined && step.direction !== 'both') {
      report.error([...linkPath, 'state'], 'a cable is cut in both directions',
        'leave direction out, or set loss: 100% in one direction')
    }
  }
  if (step.link === undefined) return null
  const found = findLink(step.link, links)
  if (!found) {
    unknownLink(step.link, [...path, 'link'], drafts, report)
    return null
  }
  const { link, end } = found
  const direction = step.direction ?? 'both'
  const first = direction === 'both' || (direction === 'out') === (end === 0)
  const second = direction === 'both' || (direction === 'out') === (end === 1)
  return {
    link: link.name, directions: [first, second] as const, set: set ? impairmentsOf(set) : {},
    up: set?.state === undefined ? null : set.state === 'up',
  }
}

function findLink(name: string, links: readonly LinkModel[]): { link: LinkModel, end: number } | null {
  for (const link of links) {
    const end = link.endpoints.findIndex((one) => `${one.node}:${one.interface}` === name)
    if (end >= 0) return { link, end }
  }
  return null
}

function unknownLink(name: string, path: Path, drafts: Drafts, report: Report): void {
  const all = [...drafts.values()].flatMap((draft) => [...draft.ends.keys()].map((dev) => `${draft.name}:${dev}`))
  const node = name.split(':')[0]
  const meant = nearest(name, all)
  if (!name.includes(':')) {
    const ends = all.filter((end) => end.startsWith(`${name}:`))
    report.error(path, `${show(name)} is not the end of a link`, ends.length > 0
      ? `did you mean ${orList(ends.map(show))}?`
      : 'expected "node:interface", such as "bob:eth1"')
  } else if (!drafts.has(node) && meant === null) unknownNode(node, path, drafts, report)
  else if (all.includes(name)) return // The link is there, but wrong in itself, and has been reported.
  else {
    const ends = all.filter((end) => end.startsWith(`${node}:`))
    report.error(path, `no link has the end ${show(name)}`, meant !== null ? `did you mean ${show(meant)}?`
      : ends.length > 0 ? `${node} has ${orList(ends)}` : '')
  }
}

// ---- checks ----

export function resolveChecks(checks: readonly (CheckInput | undefined)[], drafts: Drafts,
  report: Report): CheckModel[] {
  const resolved: CheckModel[] = []
  for (const [i, check] of checks.entries()) {
    if (check === undefined) continue
    const path = ['checks', i]
    if (check.on !== undefined && !drafts.has(check.on)) unknownNode(check.on, [...path, 'on'], drafts, report)
    resolved.push('capture' in check ? captureCheck(check, path, drafts, report)
      : runCheck(check as RunCheckInput, path, report))
  }
  return resolved
}

type CaptureInput = Extract<CheckInput, { readonly capture: string }>
type RunCheckInput = Extract<CheckInput, { readonly run: string }>

function runCheck(check: Partial<RunCheckInput>, path: Path, report: Report): RunCheck {
  const { on = '', run = '', expect } = check
  if (expect && Object.keys(expect).length === 0 && !report.hasCut([...path, 'expect'])) {
    report.error([...path, 'expect'], 'nothing is demanded', 'expected such as { exit: 0 } or { stdout: "1 received" }')
  }
  return {
    kind: 'run', name: check.name ?? `${on}: ${run}`, on, run, atNs: timeOf(check.at),
    withinNs: check.within === undefined ? DEFAULT_WITHIN_NS : timeOf(check.within),
    expect: {
      exit: expect?.exit ?? null,
      stdout: textExpectations(expect?.stdout, [...path, 'expect', 'stdout'], report),
      stderr: textExpectations(expect?.stderr, [...path, 'expect', 'stderr'], report),
    },
    place: report.place(path),
  }
}

/** All forms of an expectation as one list of demands that must all hold. */
function textExpectations(input: TextExpectationInput | undefined, path: Path, report: Report,
  not = false): TextExpectation[] {
  if (input === undefined) return []
  if (typeof input === 'string') return [{ kind: 'contains', text: input, not }]
  if (Array.isArray(input)) {
    if (input.length === 0 && !report.hasCut(path)) report.error(path, 'the list is empty',
      'for no output at all write { equals: "" }')
    return input.flatMap((item, i) => textExpectations(item, [...path, i], report, not))
  }
  if (Object.keys(input).length === 0 && !report.hasCut(path)) {
    report.error(path, 'nothing is demanded', 'expected contains, equals, matches or not')
  }
  const demands: TextExpectation[] = []
  for (const kind of ['contains', 'equals', 'matches'] as const) {
    const text = input[kind]
    if (text !== undefined) demands.push({ kind, text, not })
  }
  return demands.concat(textExpectations(input.not, [...path, 'not'], report, true))
}

function captureCheck(check: Partial<CaptureInput>, path: Path, drafts: Drafts, report: Report): CaptureCheck {
  const { on = '', capture = '', filter = '' } = check
  const draft = drafts.get(on)
  if (draft && capture !== '') checkCapturedInterface(draft, capture, [...path, 'capture'], report)
  const fromNs = timeOf(check.from)
  const atNs = timeOf(check.at)
  if (check.from !== undefined && check.at !== undefined && fromNs > atNs) {
    report.error([...path, 'from'], 'the capture would end before it begins', `expected at most ${check.at}, its "at"`)
  }
  const frames = check.expect?.frames
  const range = typeof frames === 'number' ? { min: frames, max: frames } : frames ?? {}
  const { min: minFrames = 0, max: maxFrames = Number.MAX_SAFE_INTEGER } = range
  const framesPath = [...path, 'expect', 'frames']
  if (minFrames > maxFrames) report.error(framesPath, `min ${minFrames} is more than max ${maxFrames}`)
  if (frames !== undefined && Object.keys(range).length === 0 && !report.hasCut(framesPath)) {
    report.error(framesPath, 'nothing is demanded', 'expected min or max')
  }
  return {
    kind: 'capture', name: check.name ?? `${on}:${capture}: frames${filter === '' ? '' : ` of ${filter}`}`, on,
    interface: capture, filter: filter.trim(), direction: check.direction ?? 'inout', fromNs, atNs,
    expect: { minFrames, maxFrames }, place: report.place(path),
  }
}

/** An interface that exec lines may make is believed; any other must be known. */
function checkCapturedInterface(draft: NodeDraft, dev: string, path: Path, report: Report): void {
  const known = ['lo', ...draft.ends.keys(), ...draft.declared.keys(), ...(draft.kind === 'switch' ? ['br0'] : [])]
  if (known.includes(dev) || draft.layers.some((layer) => layer.settings.exec?.some((line) =>
    line?.includes(dev)))) return
  const meant = nearest(dev, known)
  report.error(path, `${draft.name} has no interface ${show(dev)}`,
    meant !== null ? `did you mean ${show(meant)}?` : `it has ${orList(known).replace(/ or (?=[^ ]*$)/, ' and ')}`)
}
