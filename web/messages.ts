/**
 * What the page and the engine say to each other. The engine runs in a worker; nothing but these messages crosses, as
 * structured clones; bulk data (flights, frames, captures) as transferred buffers.
 *
 * The page asks (Request); a request that wants an answer is answered once with the same id (Answer). The engine tells
 * (Event) whenever something changed. Times are virtual nanoseconds, rates virtual nanoseconds per real one.
 */
import type { InputLog, Moment } from '../src/lab/inputs.ts'
import type { LabIssue, LabModel } from '../src/lab/model.ts'
import type { CheckResult, Figures } from '../src/lab/run.ts'
import type { LinkChange } from '../src/lab/schema.ts'
import type { Fix } from '../src/lab/why/repair.ts'

/** A lab to open: its file, and what was done to it. */
export interface LabSource {
  readonly fileName: string
  readonly text: string
  /** Instead of the lab's own seed. */
  readonly seed?: number
  /** What was done to it, to be done again; default nothing. */
  readonly log?: InputLog
  /** Where to stand after opening; default the end of the log, or the start. */
  readonly atNs?: number
  /** The same to the event: much can happen in one nanosecond. Wins over atNs. */
  readonly moment?: Moment
}

// ---- what the page asks ----

/** Requests that are answered, by kind: [what is asked, what is answered]. */
export interface Calls {
  /**
   * Opens a lab, in place of the one that is open. A lab file with errors leaves that one as it is (RefusedLab).
   * model: what the text says, if that is known; else the text is read.
   */
  open: [{ readonly source: LabSource, readonly model?: LabModel | undefined }, OpenedLab]
  /** Goes to another moment, back or forward, paused. What was done after it is kept, and done again when played. */
  seek: [{ readonly atNs: number }, Clock]
  /** Keeps the run as it is as a branch, and goes on from now on a new one. */
  fork: [{ readonly name: string }, BranchList]
  /** Makes another branch the open one, at its own last moment. */
  switchBranch: [{ readonly branch: number }, OpenedLab]
  /** Where two branches differ. */
  compareBranches: [{ readonly a: number, readonly b: number }, BranchComparison]
  openConsole: [{ readonly node: string, readonly columns: number, readonly rows: number }, { readonly console: number }]
  /** Asks why() of copies of the lab at the present moment. `to`: "NODE", "ADDRESS", "ADDRESS:PORT/udp". */
  why: [{ readonly from: string, readonly to: string }, JourneyView]
  /** The journey of a packet that was seen. */
  journey: [{ readonly trace: number }, JourneyView]
  /** Does what a remedy says, to the open lab; refuses with the words of the command that failed. */
  applyFixes: [{ readonly fixes: readonly Fix[] }, Clock]
  /** Frames that passed an interface ("alice:eth1") or, with null, any; the newest last, at most `limit`. */
  capture: [{ readonly end: string | null, readonly filter: string, readonly after: number, readonly limit: number },
    CapturedFrames]
  /** The layers of one captured frame. */
  dissect: [{ readonly sequence: number }, DissectedFrame]
  /** The whole capture as a pcapng file. */
  pcapng: [Record<never, never>, { readonly bytes: Uint8Array }]
  /** Frames on cables counted in `bins` bins of `binNs`: of one cable (place in model.links), or of all. */
  figures: [{ readonly link: number | null, readonly fromNs: number, readonly binNs: number, readonly bins: number }, FrameCounts]
  /** What is needed to open this run again elsewhere. */
  share: [Record<never, never>, { readonly source: LabSource, readonly hash: string }]
  /** Reads a lab file without opening it, for the editor. Line and column count from 1. model: null with errors. */
  check: [{ readonly fileName: string, readonly text: string },
    { readonly issues: readonly LabIssue[], readonly model: LabModel | null }]
  /** Frames of a dropped pcap or pcapng file, to look at. A file without any is refused. */
  readCapture: [{ readonly fileName: string, readonly bytes: Uint8Array }, ReadCapture]
  dissectBytes: [{ readonly bytes: Uint8Array, readonly linkType: number }, DissectedFrame]
}

export type CallKind = keyof Calls

/** Requests without an answer. */
export type Order =
  /** rate Infinity: as fast as it goes. */
  | { readonly kind: 'play', readonly rate: number }
  | { readonly kind: 'pause' }
  /** Handles events one by one, until `count` of them moved a frame (or nothing is left to happen). */
  | { readonly kind: 'step', readonly count: number }
  | { readonly kind: 'typed', readonly console: number, readonly text: string }
  | { readonly kind: 'resizeConsole', readonly console: number, readonly columns: number, readonly rows: number }
  | { readonly kind: 'closeConsole', readonly console: number }
  /** end: "alice:eth1", as that end sees it. */
  | { readonly kind: 'setLink', readonly end: string, readonly set: LinkChange, readonly direction: 'both' | 'out' | 'in' }
  /** Which node's tables are to be told from now on; null: none. */
  | { readonly kind: 'watch', readonly node: string | null }
  /** The page is there: what is likely to be needed next may be loaded. */
  | { readonly kind: 'prepare' }

export type Request = { readonly id: number, readonly call: CallKind, readonly argument: Calls[CallKind][0] } | Order

export type Answer =
  | { readonly kind: 'answer', readonly id: number, readonly value: unknown }
  | { readonly kind: 'refusal', readonly id: number, readonly message: string, readonly issues: readonly LabIssue[] }

// ---- what the engine tells ----

export type Event =
  | { readonly kind: 'clock', readonly clock: Clock }
  /**
   * Flights that began since the last such event: FLIGHT_FIELDS numbers each. Each is to be seen for
   * dwellMs + (endNs - startNs) / rate real milliseconds; with dwellMs 0 there are too many for single ones.
   * labels: a few words for each ("echo request 1") when there are few, else none.
   */
  | {
    readonly kind: 'flights', readonly buffer: ArrayBuffer, readonly count: number, readonly dwellMs: number,
    readonly labels: readonly string[],
  }
  | { readonly kind: 'links', readonly links: readonly LinkState[] }
  | { readonly kind: 'tables', readonly node: string, readonly tables: readonly TableView[] }
  /** What came out of a console since the last such event; whole: all that ever did, in place of what was told. */
  | { readonly kind: 'console', readonly console: number, readonly text: string, readonly whole: boolean }
  /** The consoles that there are at this moment of the run. */
  | { readonly kind: 'consoles', readonly consoles: readonly ConsoleState[] }
  /** What the checks came to so far. hash: of the journal when the script is through, as `netarium run` prints it; else ''. */
  | {
    readonly kind: 'checks', readonly checks: readonly CheckResult[], readonly figures: Figures, readonly hash: string,
  }
  /** New marks on the timeline: inputs, checks, drops, starts of programs. */
  | { readonly kind: 'marks', readonly marks: readonly Mark[] }
  | { readonly kind: 'branches', readonly list: BranchList }
  /** The engine failed inside: it can be opened again from `source`, which ends before the failure. */
  | { readonly kind: 'crashed', readonly reason: string, readonly source: LabSource | null }

export type FromEngine = Answer | Event

export interface Clock {
  readonly nowNs: number
  /** The latest moment that this branch has reached: the end of the timeline. */
  readonly endNs: number
  readonly playing: boolean
  readonly rate: number
  /** Events handled, and the journal's hash when paused ('' while playing). */
  readonly events: number
  readonly hash: string
}

export interface OpenedLab {
  readonly model: LabModel
  readonly source: LabSource
  readonly clock: Clock
  readonly branches: BranchList
  readonly marks: readonly Mark[]
  readonly links: readonly LinkState[]
  /** Names of the interfaces that can be captured. */
  readonly ends: readonly string[]
}

export interface ConsoleState {
  readonly console: number
  readonly node: string
  /** What runs on it has not ended. */
  readonly alive: boolean
}

export interface LinkState {
  /** Place in model.links. */
  readonly link: number
  /** The cable is whole. */
  readonly up: boolean
  /** Whether each end's interface is up and has a carrier. */
  readonly carrier: readonly [boolean, boolean]
  /** The impairments of each direction in the words of a lab file, '' where there is none: "delay 10ms, loss 5%". */
  readonly impairments: readonly [string, string]
}

/** Fields of one flight in a flights buffer (Float64 each). */
export const FLIGHT = {
  /** Place in model.links. */
  link: 0,
  /** 0: from the first endpoint to the second; 1: back. */
  direction: 1,
  startNs: 2,
  /** When it arrives; equal to startNs on a cable without delay. */
  endNs: 3,
  /** What `journey` asks for. */
  trace: 4,
  /** A Protocol's number. */
  protocol: 5,
  bytes: 6,
  /** The order in which things happened: a flight with a higher one was sent later, also within one nanosecond. */
  sequence: 7,
  /** 1: it is lost on the way. 2: the receiver drops it. 0: neither. */
  lost: 8,
} as const
export const FLIGHT_FIELDS = 9

/** What a flight is coloured by. */
export const PROTOCOLS = ['other', 'arp', 'icmp', 'icmp-error', 'udp', 'tcp', 'stp', 'igmp'] as const
export type Protocol = (typeof PROTOCOLS)[number]

export interface Mark {
  readonly atNs: number
  readonly kind: 'input' | 'check-ok' | 'check-failed' | 'drop' | 'program' | 'link'
  readonly text: string
  /** Of a drop: what `journey` asks for. */
  readonly trace?: number
}

/** A live table of a node: addresses, routes, neighbours … */
export interface TableView {
  /** "routes": stable, a key for words and settings. */
  readonly id: string
  readonly columns: readonly string[]
  readonly rows: readonly TableRow[]
}

export interface TableRow {
  /** Same row, same key, as long as it lives. */
  readonly key: string
  readonly cells: readonly string[]
}

export interface BranchList {
  readonly open: number
  readonly branches: readonly {
    readonly branch: number, readonly name: string, readonly forkedFrom: number | null, readonly forkedAtNs: number,
    readonly endNs: number,
  }[]
}

export interface BranchComparison {
  /** The first moment at which the two do something different; null: they are alike as far as both go. */
  readonly differsAtNs: number | null
  readonly rows: readonly { readonly what: string, readonly a: string, readonly b: string }[]
}

// ---- journeys ----

export interface JourneyView {
  /** "alice sends an ICMP echo request to bob (10.0.0.2)"; of a packet that was clicked, tcpdump's words for it. */
  readonly title: string
  /** What was asked, so that it can be asked again; null for a packet that was clicked. */
  readonly asked: AskedView | null
  readonly legs: readonly LegView[]
  readonly loss: {
    readonly node: string, readonly device: string, readonly reason: string, readonly text: string,
    /** Whether it was the answer that was lost, on its way back. */
    readonly answer: boolean,
  } | null
  readonly remedy: readonly Fix[] | null
  /** The remedy in words, a line each. */
  readonly remedyText: readonly string[]
  /** What the program that sent it printed; '' for a packet that was clicked. */
  readonly output: string
  /** What `netarium why` prints. */
  readonly text: string
}

export interface AskedView {
  readonly from: string
  /** As it was asked: "bob", "10.0.0.2:53/udp". */
  readonly to: string
  /** The name or address without its port, and the address that it came to. */
  readonly target: string
  readonly destination: string
  readonly protocol: 'icmp' | 'udp'
  readonly port: number
  /** Packets sent until one was lost, or in all. */
  readonly tries: number
}

/** The packet itself, or one that it caused: ARP, an ICMP error, an answer. */
export interface LegView {
  readonly trace: number
  readonly kind: 'packet' | 'answer' | 'arp' | 'error' | 'other'
  /** tcpdump's words for its first frame; '' where there was none. */
  readonly title: string
  readonly cause: string
  readonly stays: readonly StayView[]
  /** The cables it crossed, in order. */
  readonly wires: readonly WireView[]
}

/** A frame on a cable. */
export interface WireView {
  /** Place in model.links; null for lo and the like. */
  readonly link: number | null
  readonly direction: 0 | 1
  readonly from: string
  /** The node at the far end; that of `from` for lo. */
  readonly to: string
  readonly device: string
  readonly atNs: number
  /** The wire by which it had come to `from`; null where it was made there. */
  readonly before: number | null
  /** Header fields in the order of the frame, without those of quoted packets and data. */
  readonly fields: readonly WireField[]
}

export interface WireField {
  /** "ethernet", "vlan", "ipv4", "icmp": a Protocol of the dissector; "vlan 2" for a second one. */
  readonly layer: string
  readonly name: string
  readonly text: string
}

/** A packet's time at one node. */
export interface StayView {
  readonly node: string
  readonly atNs: number
  /** Interface by which it came; '' where it was made. */
  readonly came: string
  readonly went: readonly { readonly device: string, readonly link: number | null, readonly direction: 0 | 1 }[]
  /** The decisions in order: the kernel's function, and what was decided. */
  readonly steps: readonly { readonly hook: string, readonly text: string }[]
  readonly drops: readonly {
    readonly device: string, readonly reason: string, readonly text: string,
    /** A copy that was never meant to arrive here: nothing is lost. */
    readonly harmless?: boolean,
  }[]
  readonly summary: string
}

// ---- captures ----

export interface CapturedFrames {
  readonly frames: readonly CapturedFrame[]
  /** All that passed the filter; frames may hold fewer. */
  readonly total: number
}

export interface ReadCapture extends CapturedFrames {
  /** By place in frames: the bytes, for dissectBytes. */
  readonly packets: readonly { readonly bytes: Uint8Array, readonly linkType: number }[]
  /** What is wrong with the file after these frames, in libpcap's words; '' if nothing is. */
  readonly problem: string
}

export interface CapturedFrame {
  /** Names it in dissect(). */
  readonly sequence: number
  readonly atNs: number
  readonly end: string
  readonly direction: 'in' | 'out'
  readonly length: number
  readonly protocol: Protocol
  /** The line that `tcpdump -n` prints, without its time. */
  readonly summary: string
  readonly trace: number
  /** Why it went no further; '' if it did. */
  readonly dropped: string
}

/** Frames counted over time. */
export interface FrameCounts {
  readonly fromNs: number
  readonly binNs: number
  /** Of a cable: its two directions, '0' from the first endpoint and '1' back; of the lab: the protocols there were. */
  readonly series: readonly FrameSeries[]
}

export interface FrameSeries {
  readonly name: string
  /** How many were sent in each bin, and the bytes that they had together; transferred. */
  readonly frames: Float64Array
  readonly bytes: Float64Array
}

export interface DissectedFrame {
  readonly bytes: Uint8Array
  readonly layers: readonly LayerView[]
}

/** A header or a field, with the bytes [start, end) that it is made of. */
export interface LayerView {
  readonly name: string
  readonly value: string
  readonly start: number
  readonly end: number
  readonly children: readonly LayerView[]
}
