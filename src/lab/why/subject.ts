import type { Link } from '../../device/link.ts'
import type { Simulation } from '../../engine/simulation.ts'
import type { Host } from '../../host/host.ts'
import type { InetStack } from '../../inet/inet-stack.ts'
import type { NodeKind } from '../model.ts'
import type { WhyEnd } from './topology.ts'

/** What the search needs of a running lab. Lab (lab.ts) is one; made with tracing and captures on. */
export interface WhySubject {
  readonly simulation: Simulation
  /** In the order of their numbers. */
  readonly nodeNames: readonly string[]
  readonly links: readonly SubjectLink[]
  node(name: string): SubjectNode
  link(end: string): { set(change: Readonly<Record<string, string>>): void }
  /** Runs the script, without the checks, up to a moment. */
  runScriptUntil(timeNs: number): Promise<void>
}

export interface SubjectLink {
  readonly ends: readonly [WhyEnd, WhyEnd]
  readonly up: boolean
  readonly link: Link
}

export interface SubjectNode {
  readonly kind: NodeKind
  readonly host: Host
  readonly stack: InetStack
  exec(command: string): Promise<{ readonly status: number, readonly stdout: string, readonly stderr: string }>
}
