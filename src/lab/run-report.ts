import type { CheckResult, RunReport, StepResult } from './run.ts'

/** A run's report for people (text), for programs (JSON) and for build servers (JUnit). */

/** Lines of a command's output that a failed check shows. */
const SHOWN_LINES = 12

/**
 * For terminals: a line for each check with its time and whether it holds, below each that does not what was expected
 * and what came instead; then the figures and the journal hash. paint: colours words; none by default.
 */
export function formatReport(report: RunReport, paint: Paint = plain): string {
  const lines = report.checks.flatMap((check) => formatCheck(check, paint))
  const { figures } = report
  if (lines.length > 0) lines.push('')
  lines.push(summary(report, paint))
  const drops = Object.entries(figures.drops).map(([reason, count]) => `${reason} ${count}`)
  lines.push(
    `frames   ${figures.frames} (${figures.bytes} bytes), ${plural(figures.links, 'link')}, ${plural(figures.nodes, 'node')}`,
    `dropped  ${drops.length === 0 ? 'none' : drops.join(', ')}`,
    `ended    ${formatTime(report.endedAtNs)} (virtual), ${plural(figures.events, 'event')}, seed ${report.seed}`,
    `journal  ${report.journalHash}`,
  )
  return `${lines.join('\n')}\n`
}

/** Colours a word: good (holds), bad (does not), dim (less important). */
export type Paint = (text: string, tone: 'good' | 'bad' | 'dim') => string

const plain: Paint = (text) => text

function formatCheck(check: CheckResult, paint: Paint): string[] {
  const mark = check.ok === null ? paint('skip', 'dim') : check.ok ? paint('ok  ', 'good') : paint('FAIL', 'bad')
  const lines = [`${mark} ${formatTime(check.atNs).padStart(9)}  ${check.name}`]
  if (check.ok !== false) return lines
  const indent = ' '.repeat(16)
  for (const reason of check.reasons) lines.push(`${indent}${reason}`)
  const output = `${check.stdout}${check.stderr}`.split('\n').filter((line) => line !== '')
  for (const line of output.slice(0, SHOWN_LINES)) lines.push(`${indent}| ${line}`)
  if (output.length > SHOWN_LINES) lines.push(`${indent}| … ${output.length - SHOWN_LINES} more lines`)
  lines.push(`${indent}${paint(check.place, 'dim')}`)
  return lines
}

function summary({ checks }: RunReport, paint: Paint): string {
  const failed = checks.filter((check) => check.ok === false).length
  const skipped = checks.filter((check) => check.ok === null).length
  if (checks.length === 0) return 'checks   none'
  const parts = [failed === 0 ? paint(`${checks.length - skipped} hold`, 'good') : paint(`${failed} failed`, 'bad')]
  if (failed > 0) parts.push(`${checks.length - failed - skipped} hold`)
  if (skipped > 0) parts.push(`${skipped} skipped`)
  return `checks   ${parts.join(', ')}`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** "1.5s", "250ms", "0s": exact, in the largest of s, ms, us and ns of which there is at least one. */
export function formatTime(ns: number): string {
  const [unit, digits] = ns === 0 || ns >= 1e9 ? ['s', 9] : ns >= 1e6 ? ['ms', 6] : ns >= 1e3 ? ['us', 3] : ['ns', 0]
  const text = String(ns).padStart(digits + 1, '0')
  const decimals = text.slice(text.length - digits).replace(/0+$/, '')
  return `${text.slice(0, text.length - digits)}${digits === 0 || decimals === '' ? '' : `.${decimals}`}${unit}`
}

/** The document of `netarium run --json`. */
export function reportDocument(report: RunReport): Record<string, unknown> {
  const { lab, seed, endedAtNs, figures, journalHash, ok } = report
  return {
    lab, seed, ok, endedAtNs, checks: report.checks.map(checkDocument), script: report.steps.map(stepDocument), figures,
    journalHash,
  }
}

function checkDocument(check: CheckResult): Record<string, unknown> {
  const { name, on, atNs, subject, ok, reasons, place } = check
  const common = { name, on, atNs, ok, reasons, place }
  if (check.kind === 'capture') return { ...common, capture: subject, filter: check.filter, frames: check.frames }
  const { status, stdout, stderr, endedAtNs } = check
  return { ...common, run: subject, endedAtNs, exit: status, stdout, stderr }
}

function stepDocument({ on, run, atNs, endedAtNs, status, stdout, stderr }: StepResult): Record<string, unknown> {
  return { on, run, atNs, endedAtNs, exit: status, stdout, stderr }
}

/** JUnit's XML: the lab is a test suite, each check a test case; times are virtual. */
export function formatJunit(report: RunReport): string {
  const { checks, lab } = report
  const failures = checks.filter((check) => check.ok === false).length
  const skipped = checks.filter((check) => check.ok === null).length
  const head = `name="${xml(lab)}" tests="${checks.length}" failures="${failures}" errors="0" skipped="${skipped}" `
    + `time="${seconds(report.endedAtNs)}"`
  const properties = [['seed', String(report.seed)], ['journalHash', report.journalHash]]
    .map(([name, value]) => `    <property name="${name}" value="${value}"/>`)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>', `<testsuite ${head}>`, '  <properties>', ...properties, '  </properties>',
    ...checks.flatMap((check) => junitCase(check, lab)), '</testsuite>', '',
  ].join('\n')
}

function junitCase(check: CheckResult, lab: string): string[] {
  const took = seconds(Math.max(0, check.endedAtNs - check.atNs))
  const name = `${check.name} at ${formatTime(check.atNs)}`
  const open = `  <testcase classname="${xml(lab)}" name="${xml(name)}" time="${took}"`
  if (check.ok === true) return [`${open}/>`]
  if (check.ok === null) return [`${open}>`, '    <skipped/>', '  </testcase>']
  const text = [...check.reasons, check.place, check.stdout, check.stderr].filter((part) => part !== '').join('\n')
  return [`${open}>`, `    <failure message="${xml(check.reasons.join('; '))}">${xml(text)}</failure>`, '  </testcase>']
}

function seconds(ns: number): string {
  return (ns / 1e9).toFixed(9)
}

/** Text for an XML attribute or element; characters that XML 1.0 can't hold become U+FFFD. */
function xml(text: string): string {
  return text.replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
