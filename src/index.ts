/**
 * Netarium's programming interface, for Node and for browsers alike: everything here is free of both. `Lab.load`
 * needs a file system: the package's entry for Node (index.node.ts) gives it one.
 */
export type { ConsoleChunk, ConsoleOptions, LabConsole } from './lab/console.ts'
export { Lab, LabLink, LabNode, type LabOptions, type NodeExecOptions, type PingAllResult } from './lab/lab.ts'
export type { Span } from './lab/span.ts'
export { LabError } from './lab/errors.ts'
export type { CheckModel, LabIssue, LabModel, LinkModel, NodeModel, ScriptStep } from './lab/model.ts'
export { parseLab, parseLabBytes } from './lab/parse-yaml.ts'
export type { CheckResult, Figures, RunReport, StepResult } from './lab/run.ts'
export { formatJunit, formatReport, reportDocument } from './lab/run-report.ts'
export { parseQuestion, type Question, WhyError } from './lab/why/question.ts'
export { type Journey, type Loss, why } from './lab/why/why.ts'
export { formatJourney, fixText } from './lab/why/text.ts'
export type { Fix } from './lab/why/repair.ts'
