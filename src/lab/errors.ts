import type { LabIssue } from './model.ts'

/**
 * What is told about a lab that can't be used. Each issue is one line that stands alone,
 *
 *     lab.yaml:12:7: topology.links[0].endpoints[1]: no node is called "bbo"; did you mean "bob"?
 *        12 |     - endpoints: ["alice:eth1", "bbo:eth1"]
 *           |                                 ^
 *
 * followed by the line of the file, if there is a file. Every issue of a file is told at once, in the order of the
 * file.
 */

/** More issues than this are counted, not shown. */
export const MAX_SHOWN_ISSUES = 20
/** A longer source line is cut around the place. */
const MAX_LINE = 120

/** One line: place, path, what is wrong, what would be right. */
export function formatIssue(issue: LabIssue): string {
  const place = issue.line > 0 ? `${issue.file}:${issue.line}:${issue.column}` : issue.file
  const path = issue.path === '' ? '' : `${issue.path}: `
  return `${place}: ${path}${issue.message}${issue.hint === '' ? '' : `; ${issue.hint}`}`
}

/** The issue's line of the file with a caret under the place; "" if there is no such line. */
export function formatExcerpt(issue: LabIssue, text: string): string {
  if (issue.line < 1) return ''
  const line = lineOf(text, issue.line)
  if (line === null || line.trim() === '') return ''
  const at = issue.column - 1
  const from = at > MAX_LINE - 20 ? at - MAX_LINE / 2 : 0
  const shown = line.slice(from, from + MAX_LINE)
  const gutter = String(issue.line).padStart(5)
  const before = shown.slice(0, at - from).replace(/[^\t]/g, ' ')
  return `${gutter} | ${shown}\n      | ${before}^`
}

function lineOf(text: string, number: number): string | null {
  let start = 0
  for (let line = 1; line < number; line++) {
    start = text.indexOf('\n', start) + 1
    if (start === 0) return null
  }
  const end = text.indexOf('\n', start)
  return text.slice(start, end < 0 ? text.length : end).replace(/\r$/, '')
}

/** All issues, with their lines of `text`; one per paragraph. */
export function formatIssues(issues: readonly LabIssue[], text: string): string {
  const shown = issues.slice(0, MAX_SHOWN_ISSUES).map((issue) => {
    const excerpt = formatExcerpt(issue, text)
    return excerpt === '' ? formatIssue(issue) : `${formatIssue(issue)}\n${excerpt}`
  })
  if (issues.length > shown.length) shown.push(`… and ${issues.length - shown.length} more`)
  return shown.join('\n')
}

/** A lab that can't be used: `message` is for people, `issues` for programs. */
export class LabError extends Error {
  override readonly name = 'LabError'
  readonly issues: readonly LabIssue[]

  /** issues: at least one, sorted by place. text: the file, for the excerpts; "" if there is none. */
  constructor(issues: readonly LabIssue[], text = '') {
    super(formatIssues(issues, text))
    this.issues = issues
  }
}
