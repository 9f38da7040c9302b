/**
 * What the kernel twin builds: a lab reduced to namespaces, cables, commands and times.
 *
 * A plan holds nothing but what `ip`, `sysctl` and `bridge` can be told, so that the machine that builds it needs to
 * know nothing of labs.
 */

/** One end of a cable. */
export interface PlannedEnd {
  readonly node: string
  readonly dev: string
  /** As `02:00:…`. */
  readonly mac: string
}

export interface PlannedLink {
  readonly a: PlannedEnd
  readonly b: PlannedEnd
  /**
   * The cable is cut or mended while the lab runs. A veth pair cannot lose its carrier at both ends and stay up at
   * both, so such a cable goes through a namespace of its own in which a hub joins two pairs.
   */
  readonly cut: boolean
}

export interface PlannedNode {
  readonly name: string
  /** A bridge `br0` over all interfaces and nothing else. */
  readonly isSwitch: boolean
  /** Shell lines to run in order once all interfaces are up. */
  readonly commands: readonly string[]
}

export interface PlannedStep {
  readonly atMs: number
  /** A command of a node, started at its time whether or not earlier ones have ended … */
  readonly run?: { readonly node: string; readonly command: string }
  /** … or a cable (by one of its ends, `node:dev`) that is cut or mended. */
  readonly cable?: { readonly end: string; readonly up: boolean }
  /** What a check wants of the command; `stdout` is a part of what it prints. */
  readonly expect?: { readonly exit?: number; readonly stdout?: string }
}

export interface PlannedCount {
  readonly atMs: number
  readonly node: string
  readonly dev: string
  /** A tcpdump filter. */
  readonly filter: string
  readonly frames: number | { readonly min?: number; readonly max?: number }
}

export interface TwinPlan {
  readonly lab: string
  readonly nodes: readonly PlannedNode[]
  readonly links: readonly PlannedLink[]
  /** In the order of their times. */
  readonly steps: readonly PlannedStep[]
  readonly counts: readonly PlannedCount[]
  /** Time after which nothing is captured any more. */
  readonly untilMs: number
}
