/**
 * A lab, read and checked: what the file, the TypeScript builder and the importers all become, and the only thing that
 * the running side reads. Plain data, frozen by its types: no YAML, no units, no shorthand is left in it.
 *
 *     text --parse-yaml--> LabInput (schema.ts) --resolve--> LabModel --commands--> Linux commands
 *                                                               \------realise--> hosts and links
 *
 * - Times are integer nanoseconds from the start of the run, rates bit/s, probabilities 0..1, sizes bytes.
 * - Addresses are text ("192.168.1.2/24"), since they go on as words of Linux commands.
 * - Nodes, links, steps and checks keep the order of the file. Nothing may depend on the order of the nodes: ids and
 *   derived MAC addresses come from names (derive.ts), and the interfaces of a node are in the order of their names.
 * - What was inherited (defaults < kinds < groups < node) is already merged in.
 */

/** Where something stands in a lab file: line and column count from 1, columns in UTF-16 units. */
export interface Place {
  /** The path as it was given, "lab.yaml"; for a lab built in TypeScript, the call that said it. */
  readonly file: string
  /** 0 if the lab was not read from a text. */
  readonly line: number
  readonly column: number
}

/** Something to tell about a lab file: an error, or a warning in LabModel.warnings. */
export interface LabIssue extends Place {
  /** Where in the data: "topology.links[0].delay"; "" is the whole file. */
  readonly path: string
  /** What is wrong: a short clause without a full stop. */
  readonly message: string
  /** What would be right, in the same style; "" when there is no more to say. */
  readonly hint: string
}

export interface LabModel {
  readonly name: string
  readonly about: string
  /** 0 to 2^53 - 1. */
  readonly seed: number
  readonly nodes: readonly NodeModel[]
  readonly links: readonly LinkModel[]
  readonly script: readonly ScriptStep[]
  readonly checks: readonly CheckModel[]
  /** What was accepted without an effect (container matters), and what looks like a mistake; sorted by place. */
  readonly warnings: readonly LabIssue[]
  readonly place: Place
}

/** host: a Linux machine; router: one with ip_forward=1; switch: a Linux bridge and nothing else. */
export type NodeKind = 'host' | 'router' | 'switch'

export interface NodeModel {
  readonly name: string
  readonly kind: NodeKind
  /** lo first, then in the natural order of names (eth2 before eth10). Every link endpoint has its entry here. */
  readonly interfaces: readonly InterfaceModel[]
  /** Of the default route: a dotted quad. */
  readonly gateway: string | null
  /** Arguments of `ip route add`: "10.244.1.0/24 via 10.168.0.3". In order. */
  readonly routes: readonly string[]
  /** Keys as sysctl prints them ("net.ipv4.ip_forward"), in the order of the file. */
  readonly sysctls: ReadonlyMap<string, string>
  /** Command lines for the node's shell, after all else is set up. */
  readonly exec: readonly string[]
  readonly labels: ReadonlyMap<string, string>
  /** For drawing: any unit, y downwards. */
  readonly position: { readonly x: number, readonly y: number } | null
  readonly place: Place
  /** Where the values above stand, for what is found wrong only when they are carried out. */
  readonly places: NodePlaces
}

export interface NodePlaces {
  readonly gateway: Place | null
  /** As long as `routes`, and in its order. */
  readonly routes: readonly Place[]
  readonly sysctls: ReadonlyMap<string, Place>
  /** As long as `exec`, and in its order. */
  readonly exec: readonly Place[]
}

/** link: one end of a link; loopback: lo; dummy: a device that swallows what it sends (`ip link add … type dummy`). */
export type InterfaceKind = 'link' | 'loopback' | 'dummy'

export interface InterfaceModel {
  readonly name: string
  readonly kind: InterfaceKind
  /** Prefixes with their host part, in order: the first of a subnet is the primary address. */
  readonly addresses: readonly string[]
  /** "02:…": given, or derived from the names (derive.ts). lo: all zero. */
  readonly mac: string
  /** null: Linux's own (1500; 65536 for lo). */
  readonly mtu: number | null
  /** Whether it is set up at the start. */
  readonly up: boolean
  readonly place: Place
}

export interface EndpointModel {
  readonly node: string
  readonly interface: string
  readonly place: Place
}

/**
 * What one direction of a link does to frames; the field names are those of device/link.ts. Jitter: delay ± jitter,
 * evenly. reorder: the share that skips the delay. A queue limit of 0 is off.
 */
export interface LinkImpairments {
  readonly delayNs: number
  readonly jitterNs: number
  readonly rateBps: number
  readonly loss: number
  readonly duplicate: number
  readonly reorder: number
  readonly corrupt: number
  readonly queuePackets: number
  readonly queueBytes: number
}

export interface LinkModel {
  /** "alice:eth1" of the first endpoint; unique. The second endpoint's name means the same link. */
  readonly name: string
  readonly endpoints: readonly [EndpointModel, EndpointModel]
  /** [0] for what endpoints[0] sends, [1] for what endpoints[1] sends. */
  readonly impairments: readonly [LinkImpairments, LinkImpairments]
  /** Whether the cable is whole at the start. */
  readonly up: boolean
  readonly labels: ReadonlyMap<string, string>
  readonly place: Place
}

/** What happens during the run, at `atNs`; steps of the same time happen in the order of the file. */
export type ScriptStep = RunStep | LinkStep

/** Runs a command line in the node's shell; its output and status are kept, not judged. */
export interface RunStep {
  readonly kind: 'run'
  readonly atNs: number
  readonly on: string
  readonly run: string
  readonly place: Place
}

/** Changes a link: only the fields that are named. */
export interface LinkStep {
  readonly kind: 'link'
  readonly atNs: number
  /** LinkModel.name. */
  readonly link: string
  /** Which directions `set` changes: [what endpoints[0] sends, what endpoints[1] sends]. `up` is for the cable. */
  readonly directions: readonly [boolean, boolean]
  readonly set: Partial<LinkImpairments>
  /** null: as it is. */
  readonly up: boolean | null
  readonly place: Place
}

export type CheckModel = RunCheck | CaptureCheck

/** Runs a command line at `atNs` and judges its status and its output. */
export interface RunCheck {
  readonly kind: 'run'
  /** Given, or made of the command: "alice: ping -c 1 192.168.2.2". */
  readonly name: string
  readonly on: string
  readonly run: string
  readonly atNs: number
  /** The command must have ended this long after `atNs`. */
  readonly withinNs: number
  readonly expect: {
    /** Exit status; null: any. */
    readonly exit: number | null
    /** All must hold. */
    readonly stdout: readonly TextExpectation[]
    readonly stderr: readonly TextExpectation[]
  }
  readonly place: Place
}

/**
 * One demand on a text (expect.ts judges it). contains: has `text` in it. equals: is `text`, trailing newlines aside.
 * matches: the JavaScript regular expression `text` (flags m and u) is found in it. not: the opposite.
 */
export interface TextExpectation {
  readonly kind: 'contains' | 'equals' | 'matches'
  readonly text: string
  readonly not: boolean
}

/** Counts the frames that an interface sent or received between `fromNs` and `atNs` and that match a filter. */
export interface CaptureCheck {
  readonly kind: 'capture'
  readonly name: string
  readonly on: string
  readonly interface: string
  /** In tcpdump's filter language; "" is every frame. */
  readonly filter: string
  /** both, or only one direction as the interface sees it (tcpdump -Q). */
  readonly direction: 'inout' | 'in' | 'out'
  readonly fromNs: number
  readonly atNs: number
  readonly expect: { readonly minFrames: number, readonly maxFrames: number }
  readonly place: Place
}

/** When a check does not say: a command that has not ended after this long of virtual time has failed. */
export const DEFAULT_WITHIN_NS = 600_000_000_000
