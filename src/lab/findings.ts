import type { LabIssue, Place } from './model.ts'

/** Where in the data: keys and list indices from the root. */
export type Path = readonly (string | number)[]

/**
 * Finds the place that a path was read from: its key or its value. Paths that do not exist give their nearest parent.
 */
export interface Source {
  placeOf(path: Path, part: 'key' | 'value'): Place
}

/** "topology.links[0].endpoints[1]"; keys that are no plain words are quoted. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[\p{L}\p{N}_$][\p{L}\p{N}_$-]*$/u.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}

/** Collects what is to be told about one lab. */
export class Report {
  readonly errors: LabIssue[] = []
  readonly warnings: LabIssue[] = []
  /** Values that were refused and cut out; what follows from their absence is not to be told. */
  readonly cut: Path[] = []

  readonly source: Source

  constructor(source: Source) {
    this.source = source
  }

  error(path: Path, message: string, hint = '', part: 'key' | 'value' = 'value'): void {
    this.errors.push(this.issue(path, message, hint, part))
  }

  warn(path: Path, message: string, hint = '', part: 'key' | 'value' = 'value'): void {
    this.warnings.push(this.issue(path, message, hint, part))
  }

  place(path: Path, part: 'key' | 'value' = 'value'): Place {
    return this.source.placeOf(path, part)
  }

  /** Whether anything at or below `path` was cut out. */
  hasCut(path: Path): boolean {
    return this.cut.some((one) => one.length >= path.length && path.every((step, i) => step === one[i]))
  }

  private issue(path: Path, message: string, hint: string, part: 'key' | 'value'): LabIssue {
    return { ...this.source.placeOf(path, part), path: formatPath(path), message, hint }
  }
}

/** By line, then column; issues of the same place stay in the order in which they were found. */
export function sortIssues(issues: readonly LabIssue[]): LabIssue[] {
  return [...issues].sort((a, b) => a.line - b.line || a.column - b.column)
}
