import { EINVAL } from '../base/errno.ts'
import type { InetStack } from '../inet/inet-stack.ts'
import {
  FIB_RULE_INVERT, FR_ACT_GOTO, FR_ACT_TO_TBL, FR_ACT_UNSPEC, NLM_F_EXCL as ROUTE_EXCL, RT_TABLE_UNSPEC,
} from '../inet/route/constants.ts'
import { EMPTY_RULE, type RouteRule, type RuleConfig } from '../inet/route/rules.ts'
import type { Answer } from './answer.ts'
import {
  AF_INET, NLM_F_DUMP, NLM_F_EXCL, type NetlinkMessage, RTM_DELRULE, RTM_GETRULE, RTM_NEWRULE, RTNLGRP_IPV4_RULE,
  type RuleMessage,
} from './messages.ts'

const ECN_MASK = 0x03
const TOS_MASK = 0x1e

/** RTM_*RULE (net/core/fib_rules.c, net/ipv4/fib_rules.c). */
export class Rules {
  constructor(private readonly stack: InetStack) {}

  watch(tell: (group: number, message: NetlinkMessage) => void): void {
    this.stack.routing.store.rules.onChange((rule, event) => {
      tell(RTNLGRP_IPV4_RULE, ruleMessage(rule, event === 'new' ? RTM_NEWRULE : RTM_DELRULE))
    })
  }

  request(message: RuleMessage, answer: Answer): number {
    const { rules } = this.stack.routing.store
    if (message.type === RTM_GETRULE) {
      if (((message.nlFlags ?? 0) & NLM_F_DUMP) === 0) return -EINVAL
      for (const rule of rules.list()) answer.messages.push(ruleMessage(rule, RTM_NEWRULE))
      return 0
    }
    const error = check(message, answer, rules.defaultPriority())
    if (error !== 0) return error
    if (message.type === RTM_DELRULE) return rules.remove(wantedOf(message))
    if ((message.action ?? 0) === FR_ACT_GOTO && message.goto === undefined) return -EINVAL
    const extack = { text: '' }
    const config: RuleConfig = { ...EMPTY_RULE, ...wantedOf(message) }
    const result = rules.add(this.completed(config), ((message.nlFlags ?? 0) & NLM_F_EXCL) !== 0 ? ROUTE_EXCL : 0, extack)
    answer.text = extack.text
    return result
  }

  /** Table 0 asks for a new table (fib_empty_table). */
  private completed(config: RuleConfig): RuleConfig {
    if (config.action !== FR_ACT_TO_TBL || config.table !== RT_TABLE_UNSPEC) return config
    for (let id = 1; id <= 253; id++) if (this.stack.routing.table(id) === null) return { ...config, table: id }
    return config
  }
}

/** In the order of validate_rulemsg(), fib_nl2rule(), fib_nl2rule_rtnl() and fib4_rule_configure(). */
function check(message: RuleMessage, answer: Answer, defaultPriority: number): number {
  const refuse = (text: string, error: number): number => {
    answer.text = text
    return -error
  }
  if ((message.sourceLength ?? 0) > 32 || (message.sourceLength && message.source === undefined)) {
    return refuse('Invalid source address', EINVAL)
  }
  if ((message.destinationLength ?? 0) > 32 || (message.destinationLength && message.destination === undefined)) {
    return refuse('Invalid dst address', EINVAL)
  }
  if (message.sportRange !== undefined && !isPortRange(message.sportRange)) return refuse('Invalid sport range', EINVAL)
  if (message.dportRange !== undefined && !isPortRange(message.dportRange)) return refuse('Invalid dport range', EINVAL)
  if (message.uidRange !== undefined && message.uidRange[0] > message.uidRange[1]) return refuse('Invalid uid range', EINVAL)
  if (message.goto !== undefined && message.goto <= (message.priority ?? defaultPriority)) {
    return refuse('Backward goto not supported', EINVAL)
  }
  // fib4_rule_configure(), which a deletion does not come by; IPv4 has no use for the upper three bits yet.
  const tos = message.type === RTM_NEWRULE ? message.tos ?? 0 : 0
  if ((tos & ECN_MASK) !== 0) return refuse('Invalid dsfield (tos): ECN bits must be 0', EINVAL)
  if ((tos & ~TOS_MASK) !== 0) return refuse('Invalid tos', EINVAL)
  return 0
}

/** fib_rule_port_range_valid. */
function isPortRange(range: readonly [number, number]): boolean {
  return range[0] > 0 && range[1] < 0xffff && range[0] <= range[1]
}

/** What the request says, nothing else: deletion looks at that only. */
function wantedOf(message: RuleMessage): Partial<RuleConfig> {
  const wanted: { -readonly [K in keyof RuleConfig]?: RuleConfig[K] } = {}
  const take = <K extends keyof RuleConfig>(key: K, value: RuleConfig[K] | undefined): void => {
    if (value !== undefined) wanted[key] = value
  }
  take('priority', message.priority)
  if (message.action !== undefined && message.action !== FR_ACT_UNSPEC) take('action', message.action)
  if (message.table !== undefined && message.table !== RT_TABLE_UNSPEC) take('table', message.table)
  if (message.sourceLength) {
    take('source', message.source)
    take('sourceLength', message.sourceLength)
  }
  if (message.destinationLength) {
    take('destination', message.destination)
    take('destinationLength', message.destinationLength)
  }
  take('tos', message.tos)
  take('iifName', message.iifname)
  take('oifName', message.oifname)
  take('mark', message.fwmark === undefined ? undefined : message.fwmark | 0)
  take('markMask', message.fwmask === undefined ? message.fwmark ? -1 : undefined : message.fwmask | 0)
  take('protocol', message.ipProtocol)
  take('sportLow', message.sportRange?.[0])
  take('sportHigh', message.sportRange?.[1])
  take('dportLow', message.dportRange?.[0])
  take('dportHigh', message.dportRange?.[1])
  take('uidLow', message.uidRange?.[0])
  take('uidHigh', message.uidRange?.[1])
  if (((message.flags ?? 0) & FIB_RULE_INVERT) !== 0) take('invert', true)
  take('target', message.goto)
  take('suppressPrefixLength', message.suppressPrefixLength)
  take('suppressGroup', message.suppressIfgroup)
  take('originator', message.protocol)
  return wanted
}

/** fib_nl_fill_rule. */
function ruleMessage(rule: RouteRule, type: typeof RTM_NEWRULE | typeof RTM_DELRULE): RuleMessage {
  const { config } = rule
  const marked = config.mark !== 0 || config.markMask !== 0
  return {
    type, family: AF_INET, priority: rule.priority, table: config.table, action: config.action, flags: rule.flags,
    source: config.sourceLength === 0 ? undefined : config.source, sourceLength: config.sourceLength,
    destination: config.destinationLength === 0 ? undefined : config.destination,
    destinationLength: config.destinationLength, tos: config.tos,
    iifname: config.iifName === '' ? undefined : config.iifName,
    oifname: config.oifName === '' ? undefined : config.oifName,
    fwmark: marked ? config.mark >>> 0 : undefined, fwmask: marked ? config.markMask >>> 0 : undefined,
    ipProtocol: config.protocol === 0 ? undefined : config.protocol,
    sportRange: config.sportHigh === 0 ? undefined : [config.sportLow, config.sportHigh],
    dportRange: config.dportHigh === 0 ? undefined : [config.dportLow, config.dportHigh],
    uidRange: config.uidLow < 0 ? undefined : [config.uidLow, config.uidHigh],
    goto: config.action === FR_ACT_GOTO ? config.target : undefined,
    suppressPrefixLength: config.suppressPrefixLength < 0 ? undefined : config.suppressPrefixLength,
    suppressIfgroup: config.suppressGroup < 0 ? undefined : config.suppressGroup, protocol: config.originator,
  }
}
