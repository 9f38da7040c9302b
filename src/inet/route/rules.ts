import { EAGAIN, EACCES, EEXIST, EINVAL, ENETUNREACH, ENOENT, EPERM } from '../../base/errno.ts'
import type { NetDevice } from '../../device/net-device.ts'
import { maskOf } from '../../wire/address.ts'
import {
  FIB_RULE_IIF_DETACHED, FIB_RULE_INVERT, FIB_RULE_OIF_DETACHED, FIB_RULE_PERMANENT, FIB_RULE_UNRESOLVED,
  FR_ACT_GOTO, FR_ACT_NOP, FR_ACT_PROHIBIT, FR_ACT_TO_TBL, FR_ACT_UNREACHABLE, NLM_F_EXCL,
  RT_TABLE_DEFAULT, RT_TABLE_LOCAL, RT_TABLE_MAIN, RTPROT_KERNEL, RTPROT_UNSPEC,
} from './constants.ts'
import type { FibResult, OutputFlow } from './flow.ts'
import { type RouteTable, TOS_ROUTE_MASK } from './route-table.ts'

/*
 * Policy rules (Linux net/core/fib_rules.c, net/ipv4/fib_rules.c): which tables are asked for a flow, in which order.
 * A namespace begins with three, shared by all namespaces until one is changed:
 *
 *     0: from all lookup local     32766: from all lookup main     32767: from all lookup default
 */

/** What a rule asks for and does (the attributes of RTM_NEWRULE). Everything left out does not matter. */
export interface RuleConfig {
  /** -1: the kernel chooses (one before the second rule). */
  readonly priority: number
  readonly action: number
  readonly table: number
  readonly source: number
  readonly sourceLength: number
  readonly destination: number
  readonly destinationLength: number
  readonly tos: number
  readonly iifName: string
  readonly oifName: string
  readonly mark: number
  readonly markMask: number
  readonly protocol: number
  /** 0..0: any. */
  readonly sportLow: number
  readonly sportHigh: number
  readonly dportLow: number
  readonly dportHigh: number
  /** -1..: any. */
  readonly uidLow: number
  readonly uidHigh: number
  readonly invert: boolean
  /** Of `goto`. */
  readonly target: number
  /** Results of this prefix length and shorter ones are not taken; -1: all are. */
  readonly suppressPrefixLength: number
  /** Results that leave by a device of this group are not taken; -1: all are. */
  readonly suppressGroup: number
  /** RTPROT_* of who made it. */
  readonly originator: number
}

/** A rule that asks for nothing and does nothing yet. */
export const EMPTY_RULE: RuleConfig = {
  priority: -1, action: FR_ACT_TO_TBL, table: 0, source: 0, sourceLength: 0, destination: 0, destinationLength: 0,
  tos: 0, iifName: '', oifName: '', mark: 0, markMask: 0, protocol: 0, sportLow: 0, sportHigh: 0, dportLow: 0,
  dportHigh: 0, uidLow: -1, uidHigh: -1, invert: false, target: 0, suppressPrefixLength: -1, suppressGroup: -1,
  originator: RTPROT_UNSPEC,
}

/** A rule in force (struct fib4_rule). */
export class RouteRule {
  priority: number
  /** FIB_RULE_*. */
  flags = 0
  /** 0: any; -1: the device named is not there. */
  iif = 0
  oif = 0
  /** The rule a `goto` leads to; null while there is none. */
  jump: RouteRule | null = null
  readonly sourceMask: number
  readonly destinationMask: number

  constructor(readonly config: RuleConfig, priority: number) {
    this.priority = priority
    this.sourceMask = maskOf(config.sourceLength)
    this.destinationMask = maskOf(config.destinationLength)
    if (config.invert) this.flags |= FIB_RULE_INVERT
  }

  /** Whether the flow has everything the rule asks for (fib_rule_match). */
  matches(flow: OutputFlow): boolean {
    return this.selects(flow) !== ((this.flags & FIB_RULE_INVERT) !== 0)
  }

  private selects(flow: OutputFlow): boolean {
    const config = this.config
    if (this.iif !== 0 && this.iif !== flow.iif) return false
    if (this.oif !== 0 && this.oif !== flow.oif) return false
    if (((config.mark ^ flow.mark) & config.markMask) !== 0) return false
    if (config.uidLow >= 0 && (flow.uid < config.uidLow || flow.uid > config.uidHigh)) return false
    if (((flow.destination ^ config.destination) & this.destinationMask) !== 0) return false
    if (((flow.source ^ config.source) & this.sourceMask) !== 0) return false
    if (config.tos !== 0 && config.tos !== (flow.tos & TOS_ROUTE_MASK)) return false
    if (config.protocol !== 0 && config.protocol !== flow.protocol) return false
    if (config.sportHigh !== 0 && (flow.sport < config.sportLow || flow.sport > config.sportHigh)) return false
    return config.dportHigh === 0 || (flow.dport >= config.dportLow && flow.dport <= config.dportHigh)
  }

  /** Whether a result is not to be taken (fib4_rule_suppress). */
  suppresses(result: FibResult): boolean {
    const config = this.config
    if (result.prefixLength <= config.suppressPrefixLength) return true
    const device = result.info === null ? null : result.info.first.device
    return config.suppressGroup !== -1 && device !== null && device.group === config.suppressGroup
  }
}

/** Told of each rule looked at, while decisions are traced. */
export type RuleTrace = (rule: RouteRule, error: number) => void

/** What the rules need of the rest of routing. */
export interface RuleTables {
  table(id: number): RouteTable | null
  deviceByName(name: string): NetDevice | null
  /** Called before each change: local and main must be apart from now on (fib_unmerge). */
  unmerge(): void
}

export type RuleListener = (rule: RouteRule, event: 'new' | 'delete') => void

const DEFAULT_RULES: readonly RouteRule[] = [
  defaultRule(0, RT_TABLE_LOCAL), defaultRule(32766, RT_TABLE_MAIN), defaultRule(32767, RT_TABLE_DEFAULT),
]

function defaultRule(priority: number, table: number): RouteRule {
  return new RouteRule({ ...EMPTY_RULE, priority, table, originator: RTPROT_KERNEL }, priority)
}

export class RouteRules {
  /** In the order in which they are asked. */
  private rules: readonly RouteRule[] = DEFAULT_RULES
  private listeners: RuleListener[] = NO_LISTENERS
  /** Rules were changed once: local and main are apart from then on (fib_has_custom_rules). */
  custom = false
  /** Some rule asks for protocol or ports, so input must read them (fib_rules_require_fldissect). */
  needsPorts = false

  constructor(private readonly tables: RuleTables) {}

  list(): readonly RouteRule[] {
    return this.rules
  }

  onChange(listener: RuleListener): void {
    if (this.listeners === NO_LISTENERS) this.listeners = []
    this.listeners.push(listener)
  }

  /**
   * Asks the tables in the order of the rules (fib_rules_lookup, fib4_rule_action). Returns 0 with `result`, or the
   * negative error of a rule or route, -ENETUNREACH when no rule has an answer.
   */
  lookup(flow: OutputFlow, lookupFlags: number, result: FibResult, trace: RuleTrace | null): number {
    const rules = this.rules
    for (let i = 0; i < rules.length; i++) {
      const rule = rules[i]
      if (!rule.matches(flow)) continue
      const action = rule.config.action
      if (action === FR_ACT_NOP) continue
      if (action === FR_ACT_GOTO) {
        trace?.(rule, -EAGAIN)
        if (rule.jump !== null) i = rules.indexOf(rule.jump) - 1
        continue
      }
      let error = this.act(rule, flow, lookupFlags, result)
      if (error === 0 && rule.suppresses(result)) error = -EAGAIN
      trace?.(rule, error)
      if (error !== -EAGAIN) return error
    }
    return -ENETUNREACH
  }

  private act(rule: RouteRule, flow: OutputFlow, lookupFlags: number, result: FibResult): number {
    switch (rule.config.action) {
      case FR_ACT_TO_TBL: {
        const table = this.tables.table(rule.config.table)
        return table === null ? -EAGAIN : table.lookup(flow, lookupFlags, result)
      }
      case FR_ACT_UNREACHABLE: return -ENETUNREACH
      case FR_ACT_PROHIBIT: return -EACCES
      default: return -EINVAL
    }
  }

  /** Adds a rule. flags: NLM_F_EXCL. Returns 0 or -errno, the reason in `extack` (fib_newrule). */
  add(config: RuleConfig, flags: number, extack: { text: string }): number {
    const priority = config.priority < 0 ? this.defaultPriority() : config.priority
    if (config.action === FR_ACT_GOTO && config.target <= priority) {
      extack.text = 'Backward goto not supported'
      return -EINVAL
    }
    if (config.action === FR_ACT_TO_TBL && config.table === 0) {
      extack.text = 'Invalid table'
      return -EINVAL
    }
    if ((flags & NLM_F_EXCL) !== 0 && this.rules.some((rule) => sameRule(rule, config, priority))) return -EEXIST
    this.tables.unmerge()
    this.custom = true
    const rule = new RouteRule(config, priority)
    this.bind(rule, null)
    const rules = [...this.rules]
    let at = rules.length
    while (at > 0 && rules[at - 1].priority > priority) at--
    rules.splice(at, 0, rule)
    this.rules = rules
    this.resolveJumps()
    this.countPorts()
    this.notify(rule, 'new')
    return 0
  }

  /** Removes the first rule that has all that `config` names; -ENOENT if none has (fib_delrule). */
  remove(config: Partial<RuleConfig>): number {
    const rule = this.rules.find((other) => matchesRequest(other, config))
    if (rule === undefined) return -ENOENT
    if ((rule.flags & FIB_RULE_PERMANENT) !== 0) return -EPERM
    this.tables.unmerge()
    this.custom = true
    this.rules = this.rules.filter((other) => other !== rule)
    this.resolveJumps()
    this.countPorts()
    this.notify(rule, 'delete')
    return 0
  }

  /** The first rule of a priority, or null. */
  find(priority: number): RouteRule | null {
    return this.rules.find((rule) => rule.priority === priority) ?? null
  }

  /** A device came, changed its name, or is `gone`: rules that name it are bound anew (attach_rules, detach_rules). */
  rebind(gone: NetDevice | null): void {
    if (!this.custom) return
    for (const rule of this.rules) this.bind(rule, gone)
  }

  private bind(rule: RouteRule, gone: NetDevice | null): void {
    const numberOf = (name: string): number => {
      const device = this.tables.deviceByName(name)
      return device === null || device === gone ? -1 : device.ifindex
    }
    const { iifName, oifName } = rule.config
    rule.flags &= ~(FIB_RULE_IIF_DETACHED | FIB_RULE_OIF_DETACHED)
    if (iifName !== '') {
      rule.iif = numberOf(iifName)
      if (rule.iif < 0) rule.flags |= FIB_RULE_IIF_DETACHED
    }
    if (oifName !== '') {
      rule.oif = numberOf(oifName)
      if (rule.oif < 0) rule.flags |= FIB_RULE_OIF_DETACHED
    }
  }

  private resolveJumps(): void {
    for (const rule of this.rules) {
      if (rule.config.action !== FR_ACT_GOTO) continue
      rule.jump = this.rules.find((other) => other.priority === rule.config.target) ?? null
      if (rule.jump === null) rule.flags |= FIB_RULE_UNRESOLVED
      else rule.flags &= ~FIB_RULE_UNRESOLVED
    }
  }

  private countPorts(): void {
    this.needsPorts = this.rules.some(({ config }) => config.protocol !== 0 || config.sportHigh !== 0 ||
      config.dportHigh !== 0)
  }

  /** One before the second rule, or 0 (fib_default_rule_pref). */
  defaultPriority(): number {
    return this.rules.length > 1 && this.rules[1].priority > 0 ? this.rules[1].priority - 1 : 0
  }

  private notify(rule: RouteRule, event: 'new' | 'delete'): void {
    for (const listener of this.listeners) listener(rule, event)
  }
}

const NO_LISTENERS: RuleListener[] = []

/** Who made a rule makes it another one: Linux takes `lookup main pref 32766 protocol static` beside its own (rule_exists). */
function sameRule(rule: RouteRule, config: RuleConfig, priority: number): boolean {
  if (rule.priority !== priority) return false
  return keysOf(config).every((key) => key === 'priority' || rule.config[key] === config[key] || isUnasked(key, config))
}

/** Prefixes and TOS that a new rule leaves out are no difference (fib4_rule_compare, which serves rule_exists() too). */
function isUnasked(key: keyof RuleConfig, config: RuleConfig): boolean {
  if (key === 'source' || key === 'sourceLength') return config.sourceLength === 0
  if (key === 'destination' || key === 'destinationLength') return config.destinationLength === 0
  return key === 'tos' && config.tos === 0
}

/**
 * What the request leaves out does not matter, nor `not`, nor where a goto leads (rule_find, fib4_rule_compare).
 */
function matchesRequest(rule: RouteRule, config: Partial<RuleConfig>): boolean {
  return keysOf(config).every((key) => {
    if (key === 'invert' || key === 'target') return true
    const wanted = config[key]
    if (key === 'priority') return wanted === -1 || rule.priority === wanted
    return wanted === undefined || wanted === EMPTY_RULE[key] || rule.config[key] === wanted
  })
}

function keysOf(config: Partial<RuleConfig>): (keyof RuleConfig)[] {
  return Object.keys(config) as (keyof RuleConfig)[] // a RuleConfig has no other keys
}

