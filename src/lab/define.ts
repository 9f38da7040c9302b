import { LabError } from './errors.ts'
import type { LabModel, Place } from './model.ts'
import { readLab } from './read.ts'
import { Report, type Path, type Source } from './findings.ts'
import type { CheckInput, LabInput, LinkChange, LinkInput, NodeInput, StepInput } from './schema.ts'

/**
 * A lab in TypeScript. Each call says what a part of a lab file says, in the same words and units, and the whole goes
 * through the same schema and rules; so what a file can't say a program can't either, and errors name the call.
 *
 *     const lab = defineLab('first-ping', (d) => {
 *       const alice = d.host('alice', { interfaces: { eth1: '192.168.1.2/24' } })
 *       const bob = d.host('bob', { interfaces: { eth1: '192.168.1.3/24' } })
 *       d.link(alice.eth(1), bob.eth(1), { delay: '1ms' })
 *       d.check(alice, 'ping -c 1 192.168.1.3', { at: '1s', expect: { exit: 0 } })
 *     })
 */

export type NodeSettings = Omit<NodeInput, 'kind'>
export type LinkSettings = Omit<LinkInput, 'endpoints' | 'type'>
export type CheckSettings = Omit<Extract<CheckInput, { readonly run: string }>, 'on' | 'run'>
export type CaptureSettings = Omit<Extract<CheckInput, { readonly capture: string }>, 'on' | 'capture'>
export type Time = StepInput['at']

/** A node that was defined: its interfaces are the ends of links. */
export class NodeHandle {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  /** The end "name:eth<number>". */
  eth(number: number): EndHandle {
    return this.port(`eth${number}`)
  }

  /** The end "name:<dev>". */
  port(dev: string): EndHandle {
    return { node: this.name, interface: dev }
  }
}

/** One end of a link. */
export interface EndHandle {
  readonly node: string
  readonly interface: string
}

/** Collects a lab; its methods are called in the order in which a file would say the same. */
export class LabBuilder implements Source {
  private readonly nodes: Record<string, NodeInput> = Object.create(null)
  private readonly links: LinkInput[] = []
  private readonly script: StepInput[] = []
  private readonly checks: CheckInput[] = []
  private readonly calls = new Map<string, string>()
  private readonly twice: string[] = []
  private settings: { about?: string, seed?: number } = {}

  private readonly name: string

  constructor(name: string) {
    this.name = name
  }

  /** What the lab shows. */
  about(text: string): void {
    this.settings.about = text
    this.calls.set('about', `d.about(${quote(text)})`)
  }

  /** The seed if the run is given none; 1 if this is not called. */
  seed(seed: number): void {
    this.settings.seed = seed
    this.calls.set('seed', `d.seed(${seed})`)
  }

  host(name: string, settings: NodeSettings = {}): NodeHandle {
    return this.add('host', name, settings)
  }

  router(name: string, settings: NodeSettings = {}): NodeHandle {
    return this.add('router', name, settings)
  }

  switch(name: string, settings: NodeSettings = {}): NodeHandle {
    return this.add('switch', name, settings)
  }

  /** Joins two interfaces by a cable. */
  link(a: EndHandle, b: EndHandle, settings: LinkSettings = {}): void {
    this.calls.set(`topology.links.${this.links.length}`, `d.link(${endName(a)}, ${endName(b)})`)
    this.links.push({ ...settings, endpoints: [{ ...a }, { ...b }] })
  }

  /** Runs a command on a node at a virtual time. */
  run(at: Time, on: NodeHandle, command: string): void {
    this.calls.set(`script.${this.script.length}`, `d.run(${at}, ${on.name}, ${quote(command)})`)
    this.script.push({ at, on: on.name, run: command })
  }

  /** Changes the link at `end` at a virtual time; direction as that end sees it. */
  set(at: Time, end: EndHandle, change: LinkChange, direction: 'both' | 'out' | 'in' = 'both'): void {
    this.calls.set(`script.${this.script.length}`, `d.set(${at}, ${endName(end)})`)
    this.script.push({ at, link: endName(end), set: change, ...(direction === 'both' ? {} : { direction }) })
  }

  /** Runs a command and judges it. */
  check(on: NodeHandle, command: string, settings: CheckSettings): void {
    this.calls.set(`checks.${this.checks.length}`, `d.check(${on.name}, ${quote(command)})`)
    this.checks.push({ ...settings, on: on.name, run: command })
  }

  /** Counts the frames on an interface. */
  capture(at: EndHandle, settings: CaptureSettings): void {
    this.calls.set(`checks.${this.checks.length}`, `d.capture(${endName(at)})`)
    this.checks.push({ ...settings, on: at.node, capture: at.interface })
  }

  /** The whole, as a lab file would say it. */
  toInput(): LabInput {
    return {
      name: this.name, ...this.settings, topology: { nodes: this.nodes, links: this.links },
      script: this.script, checks: this.checks,
    }
  }

  /** Validates; throws LabError with every issue. */
  build(): LabModel {
    const report = new Report(this)
    for (const name of this.twice) {
      report.error(['topology', 'nodes', name], `${quote(name)} is defined twice`, 'give each node its own name')
    }
    const model = readLab(this.toInput(), report)
    if (model === null) throw new LabError(report.errors)
    return model
  }

  /** Source: the call that said `path`. */
  placeOf(path: Path): Place {
    for (let length = path.length; length > 0; length--) {
      const call = this.calls.get(path.slice(0, length).join('.'))
      if (call !== undefined) return { file: `lab ${this.name}: ${call}`, line: 0, column: 0 }
    }
    return { file: `lab ${this.name}`, line: 0, column: 0 }
  }

  private add(kind: 'host' | 'router' | 'switch', name: string, settings: NodeSettings): NodeHandle {
    if (Object.hasOwn(this.nodes, name)) this.twice.push(name)
    this.nodes[name] = { ...settings, kind }
    this.calls.set(`topology.nodes.${name}`, `d.${kind}(${quote(name)})`)
    return new NodeHandle(name)
  }
}

/** Defines a lab in TypeScript. Throws LabError with every issue. */
export function defineLab(name: string, define: (d: LabBuilder) => void): LabModel {
  const builder = new LabBuilder(name)
  define(builder)
  return builder.build()
}

function endName(end: EndHandle): string {
  return `${end.node}:${end.interface}`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
