import { z } from 'zod'
import { CONTAINER_LAB_KEYS, CONTAINER_NODE_KEYS, KIND_OF, REFUSED_NODE_KEYS } from './containerlab.ts'
import { checked, choice, jsonForms, keyed, speak, text, unit, whole } from './schema-words.ts'
import {
  checkInterfaceName, checkName, parseDuration, parseHostAddress, parseInterfaceAddress, parseInterfaceMac,
  parseQueueLimit, parseRate, parseShare, Refusal,
} from './units.ts'

/**
 * The shape of a lab file: the one description from which validation, the published JSON schema
 * (schema/netarium-lab.schema.json, made by labJsonSchema()) and the reference pages come. It judges each value alone;
 * what needs the rest of the file (does this node exist?) is judged in resolve.ts.
 *
 * containerlab users know the outline: topology.nodes, links, defaults, kinds and groups mean what they mean there.
 */

const DURATION_PATTERN = '^(0|([0-9]+(\\.[0-9]+)?\\s*(ns|us|µs|ms|s|sec|m|min|h)\\s*)+)$'
const RATE_PATTERN = '^[0-9]+(\\.[0-9]+)?\\s*([kKmMgGtT]i?)?([bB]it|[bB]its|[bB]its?/s|bps|b/s)$'
const NAME_PATTERN = '^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,62}$'
const INTERFACE_PATTERN = '^[^/:\\s]{1,15}$'
const BYTE = '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
const IPV4_PATTERN = `^(${BYTE}\\.){3}${BYTE}$`
const PREFIX_PATTERN = `^(${BYTE}\\.){3}${BYTE}/(3[0-2]|[12]?[0-9])$`
const MAC_PATTERN = '^[0-9a-fA-F]{1,2}([:-][0-9a-fA-F]{1,2}){5}$'
const ENDPOINT_PATTERN = '^[a-zA-Z0-9][a-zA-Z0-9_.-]*:[^/:\\s]{1,15}$'

const duration = () => unit('a duration', 'a number and a unit, such as 10ms or 1.5s', parseDuration,
  { pattern: DURATION_PATTERN, minimum: 0, maximum: 0 })
const share = () => unit('a share', '0% to 100%, or a number from 0 to 1', parseShare,
  { pattern: '^[0-9]*\\.?[0-9]+(e-[0-9]+)?\\s*%?$', minimum: 0, maximum: 1 })
const address = () => unit('an address', 'such as 192.168.1.2/24', parseInterfaceAddress,
  { type: ['string'], pattern: PREFIX_PATTERN })
const hostAddress = () => unit('an address', 'such as 192.168.1.1', parseHostAddress,
  { type: ['string'], pattern: IPV4_PATTERN })
const mac = () => unit('a MAC address', 'six pairs of hex digits: 02:00:00:00:00:01', parseInterfaceMac,
  { type: ['string'], pattern: MAC_PATTERN })
const mtu = () => whole('an MTU', 68, 65535)
const state = () => choice('a state', ['up', 'down'])
const nodeName = () => checked('the name of a node', 'letters, digits, "_", "." and "-"', checkName, NAME_PATTERN)
const interfaceName = () => checked('the name of an interface', 'such as eth1', checkInterfaceName, INTERFACE_PATTERN)
const command = () => checked('a command line', 'such as ip route add default via 192.168.1.1',
  (line) => line.trim() === '' ? new Refusal('the command is empty') : null, '\\S')
const commands = () => z.array(command(), {
  error: speak({ noun: 'a list of commands', expected: 'a list, even of one: [ip link show]' }),
})
const wordMap = (noun: string, expected: string) => z.record(text('a key', 'a word'), z.union(
  [z.string(), z.number(), z.boolean()], { error: speak({ noun, expected }) },
), { error: speak({ noun: `a map of ${noun}s`, expected: `KEY: ${noun}` }) })

// ---- nodes ----

const addressList = () => z.array(address(), { error: speak({ noun: 'a list of addresses',
  expected: '[192.168.1.2/24]' }) })

const interfaceSettings = keyed('an interface', {
  addresses: z.union([address(), addressList()], { error: speak({ noun: 'an address',
    expected: 'such as 192.168.1.2/24' }) })
    .optional().describe('One address or a list, each with its prefix length. The first of a subnet is the primary.'),
  mac: mac().optional().describe('MAC address. Left out, it is derived from the names of the lab, node and interface.'),
  mtu: mtu().optional().describe('Largest packet in bytes, 68 to 65535. Left out: the link\'s, else 1500.'),
  type: choice('a type of interface', ['dummy']).optional()
    .describe('dummy: a device without a link, that swallows what it sends.'),
  state: state().optional().describe('down: the interface is not set up at the start.'),
}, { ip: new Refusal('"ip" is not a key of an interface', 'did you mean "addresses"?') })

const interfaceValue = z.union([z.null(), address(), addressList(), interfaceSettings], {
  error: speak({ noun: 'an interface',
    expected: 'an address, a list of addresses, or a map with addresses, mac, mtu, state' }),
}).describe('An address with its prefix length, a list of them, or a map of settings. Nothing: no address.')

const routeSettings = keyed('a route', {
  to: text('a destination', 'such as 10.0.0.0/8 or default').describe('Destination: a prefix, or default.'),
  type: choice('a type of route', ['unicast', 'blackhole', 'unreachable', 'prohibit', 'throw', 'local']).optional()
    .describe('What to do with the packets; left out: unicast.'),
  via: hostAddress().optional().describe('Address of the next hop.'),
  dev: interfaceName().optional().describe('Interface to send through.'),
  src: hostAddress().optional().describe('Source address that this host prefers for packets of its own.'),
  metric: whole('a metric', 0, 4294967295).optional().describe('The route with the smallest metric wins.'),
  table: z.union([z.string(), z.int()], { error: speak({ noun: 'a table',
    expected: 'main, local, default or a number' }) })
    .optional().describe('Routing table: a number, main, local or default.'),
  scope: choice('a scope', ['global', 'link', 'host']).optional().describe('Scope of the destination.'),
  mtu: mtu().optional().describe('Largest packet for this destination.'),
  onlink: z.boolean({ error: speak({ noun: 'a yes or no', expected: 'true or false' }) }).optional()
    .describe('Believe that the next hop is on the link, even if no address says so.'),
})

const routeValue = z.union([
  checked('a route', 'such as 10.0.0.0/8 via 192.168.1.1',
    (line) => line.trim() === '' ? new Refusal('the route is empty', 'expected such as 10.0.0.0/8 via 192.168.1.1')
      : null, '\\S'),
  routeSettings,
], { error: speak({ noun: 'a route', expected: 'such as 10.0.0.0/8 via 192.168.1.1' }) })
  .describe('What follows `ip route add`, or the same as a map.')

/** Keys that are accepted with any value, and left out with a warning. */
function withoutMeaning<Keys extends Readonly<Record<string, string>>>(keys: Keys) {
  const shape = Object.entries(keys).map(([key, what]) => [key, z.unknown().optional()
    .describe(`Of containerlab: ${what}. Has no meaning in a simulation; left out with a warning.`)])
  return Object.fromEntries(shape) as Record<keyof Keys, z.ZodOptional<z.ZodUnknown>> // the keys of `keys`, one by one
}

const kindWord = text('a kind of node', 'host, router or switch')
jsonForms.add(kindWord, { form: { type: 'string', enum: [...KIND_OF.keys()] } })

const networkMode = checked('a network mode', 'none or bridge', (mode) => mode === 'none' || mode === 'bridge' ? null
  : new Refusal(`network-mode ${mode} shares the network of another`, 'each node has its own; leave it out'),
    '^(none|bridge)$')

const nodeShape = {
  kind: kindWord.optional().describe(
    'host (or linux): a Linux machine. router: a host that forwards packets. switch (or bridge): a Linux bridge.'),
  interfaces: z.record(interfaceName(), interfaceValue, {
    error: speak({ noun: 'a map of interfaces', expected: 'such as { eth1: 192.168.1.2/24 }' }),
  }).optional().describe('Settings by interface name: `ip address add`, `ip link set`.'),
  gateway: hostAddress().optional().describe('Next hop of the default route: `ip route add default via …`.'),
  routes: z.array(routeValue, { error: speak({ noun: 'a list of routes', expected: '[10.0.0.0/8 via 192.168.1.1]' }) })
    .optional().describe('Routes, added in order by `ip route add`.'),
  sysctls: wordMap('a setting', 'a number or a word').optional()
    .describe('Kernel settings by name, such as net.ipv4.ip_forward: `sysctl -w`.'),
  exec: commands().optional().describe('Commands that the node\'s shell runs at the start, after all else is set up.'),
  group: text('the name of a group', 'such as leafs').optional()
    .describe('Inherit from this entry of topology.groups; without such a section, only a label.'),
  labels: wordMap('a label', 'a word').optional()
    .describe('Free words for tools. graph-posX and graph-posY give the position.'),
  position: z.union([
    keyed('a position', {
      x: z.number({ error: speak({ noun: 'a coordinate', expected: 'a number' }) }).describe('To the right.'),
      y: z.number({ error: speak({ noun: 'a coordinate', expected: 'a number' }) }).describe('Downwards.'),
    }),
    z.string(),
  ], { error: speak({ noun: 'a position', expected: 'such as { x: 100, y: 50 }' }) }).optional()
    .describe('Where the node is drawn. The words that containerlab allows here are left out with a warning.'),
  'network-mode': networkMode.optional().describe('Of containerlab: only none and bridge.'),
  cmd: text('a command', 'such as sleep infinity').optional()
    .describe('Of containerlab: accepted if it only keeps the container alive.'),
  entrypoint: text('a command', 'such as /bin/sh').optional()
    .describe('Of containerlab: accepted if it only keeps the container alive.'),
  ...withoutMeaning(CONTAINER_NODE_KEYS),
}

const nodeSettings = keyed('a node', nodeShape, REFUSED_NODE_KEYS).meta({ id: 'Node' })
const inherited = (what: string) => z.union([z.null(), nodeSettings], {
  error: speak({ noun: what, expected: 'a map such as { kind: host }' }),
})
const nodeMap = (what: string) => z.record(nodeName(), inherited(what), {
  error: speak({ noun: `a map of ${what}s`, expected: 'NAME: { kind: host }' }),
})

// ---- links ----

const impairmentShape = {
  delay: duration().optional().describe('Time that a frame takes from end to end.'),
  jitter: duration().optional().describe('The delay of each frame is drawn from delay ± jitter; frames may overtake.'),
  bandwidth: unit('a bandwidth', 'a number and a unit, such as 100Mbit or 1Gbps', parseRate,
    { type: ['string'], pattern: RATE_PATTERN }).optional()
    .describe('Bits per second; sets how long a frame takes to be sent. Left out: no limit.'),
  loss: share().optional().describe('Share of frames that are lost.'),
  duplicate: share().optional().describe('Share of frames that arrive twice.'),
  reorder: share().optional().describe('Share of frames that skip the delay and so overtake.'),
  corrupt: share().optional().describe('Share of frames with a bit flipped on the wire; the receiver drops them.'),
  queue: unit('a queue limit', 'packets or bytes, such as 100p or 64KiB', parseQueueLimit,
    { type: ['string'], pattern: '^[1-9][0-9]*\\s*(p|packets?|pkts?|([kKmMgG]i?)?([bB]|[bB]ytes?))$' }).optional()
    .describe('How much may wait for a slow link; what comes on top is dropped. Left out: 1000p.'),
}

const impairmentRefusals: Readonly<Record<string, Refusal>> = {
  gap: new Refusal('"gap" is not modelled yet', 'reorder takes a share, such as 1%'),
  rate: new Refusal('"rate" is not a key of a link', 'did you mean "bandwidth"?'),
  latency: new Refusal('"latency" is not a key of a link', 'did you mean "delay"?'),
  corruption: new Refusal('"corruption" is not a key of a link', 'did you mean "corrupt"?'),
  bw: new Refusal('"bw" is not a key of a link', 'did you mean "bandwidth"?'),
}

const ADDRESS_AT_LINK = new Refusal('addresses are not given at a link',
  'give them at the node: interfaces: { eth1: 192.168.1.2/24 }')

const endpointSettings = keyed('an endpoint', {
  node: text('the name of a node', 'a name of topology.nodes').describe('Name of the node.'),
  interface: interfaceName().describe('Name of the interface at that node; the link makes it.'),
  mac: mac().optional().describe('MAC address of the interface.'),
  ...impairmentShape,
  vars: z.unknown().optional().describe('Of containerlab: variables for templates. Left out with a warning.'),
}, {
  ...impairmentRefusals, ipv4: ADDRESS_AT_LINK, ipv6: ADDRESS_AT_LINK, ip: ADDRESS_AT_LINK,
  iface: new Refusal('"iface" is not a key of an endpoint', 'did you mean "interface"?'),
  dev: new Refusal('"dev" is not a key of an endpoint', 'did you mean "interface"?'),
})

const endpoint = z.union([
  checked('an endpoint', '"node:interface"', (value) => /^[^:]+:[^:]+$/.test(value) ? null
    : new Refusal(`${JSON.stringify(value)} is not an endpoint`, 'expected "node:interface", such as "alice:eth1"'),
      ENDPOINT_PATTERN),
  endpointSettings,
], { error: speak({ noun: 'an endpoint', expected: '"node:interface", such as "alice:eth1"' }) })
  .describe('"node:interface"; or a map, in which delay, loss and the like hold for what this end sends.')

const twoEndpoints = speak({ noun: 'the two ends of a link', expected: 'a list of two: ["alice:eth1", "bob:eth1"]' })

const endpoints = z.array(endpoint, { error: twoEndpoints }).superRefine((ends, context) => {
  if (ends.length === 2) return
  const refusal = new Refusal(`a link has 2 ends, not ${ends.length}`, 'expected ["alice:eth1", "bob:eth1"]')
  context.addIssue({ code: 'custom', params: { refusal }, input: ends })
})
jsonForms.add(endpoints, { form: { minItems: 2, maxItems: 2 } })

const link = keyed('a link', {
  type: text('a type of link',
    'veth').optional().describe('veth, the only type there is: a cable between two interfaces.'),
  endpoints: endpoints.describe('The two interfaces that the link joins.'),
  ...impairmentShape,
  mtu: mtu().optional().describe('MTU of both interfaces, where they do not give their own. Left out: 1500.'),
  state: state().optional().describe('down: the cable is cut at the start.'),
  labels: wordMap('a label', 'a word').optional().describe('Free words for tools.'),
  vars: z.unknown().optional().describe('Of containerlab: variables for templates. Left out with a warning.'),
}, {
  ...impairmentRefusals, ipv4: ADDRESS_AT_LINK, ipv6: ADDRESS_AT_LINK, ip: ADDRESS_AT_LINK,
  ...Object.fromEntries(['endpoint', 'host-interface', 'mode', 'remote', 'vni', 'dst-port', 'src-port'].map((key) =>
    [key, new Refusal(`"${key}" belongs to link types that Netarium lacks`, 'a link joins two endpoints')])),
})

// ---- script ----

const at = () => duration().describe('Virtual time from the start of the run.')
const NOT_YET = (word: string) => new Refusal(`"${word}" is not modelled yet`,
  'a link can be cut with set: { state: down }')

const faults: Readonly<Record<string, Refusal>> = Object.fromEntries(
  ['crash', 'restart', 'partition', 'partitionOneWay', 'hold', 'release',
    'repair'].map((word) => [word, NOT_YET(word)]))

const runStep = keyed('a step', {
  at: at(),
  on: text('the name of a node', 'a name of topology.nodes').describe('The node whose shell runs the command.'),
  run: command().describe('The command line.'),
}, faults)

/** What can be changed of a link while the lab runs. */
export const linkChangeSchema = keyed('a change of a link', {
  ...impairmentShape,
  state: state().optional().describe('down cuts the cable, up mends it.'),
}, {
  ...impairmentRefusals,
  mtu: new Refusal('"mtu" is not a property of a cable', 'run: ip link set eth1 mtu 1400'),
})

const linkStep = keyed('a step', {
  at: at(),
  link: text('a link', 'one of its ends, such as "bob:eth1"').describe('A link, by either of its ends.'),
  direction: choice('a direction', ['both', 'out', 'in']).optional()
    .describe('As that end sees it. out: what it sends; in: what it gets; left out: both.'),
  set: linkChangeSchema.describe('What changes; all else stays.'),
}, faults)

const step = z.union([runStep, linkStep], {
  error: speak({ noun: 'a step', expected: '{ at: 1s, on: NODE, run: COMMAND } or { at: 1s, link: END, set: {…} }' }),
}).describe('Runs a command on a node, or changes a link.')

// ---- checks ----

const expectedText = z.string().superRefine((value, context) => {
  if (value === '') {
    const refusal = new Refusal('"" is in every text', 'for no output at all write { equals: "" }')
    context.addIssue({ code: 'custom', params: { refusal }, input: value })
  }
}).describe('Found somewhere in the output.')

const regularExpression = checked('a regular expression', 'such as "time=\\\\d+"', (source) => {
  try {
    ''.match(new RegExp(source, 'mu'))
    return null
  } catch (error) {
    const reason = String((error as Error).message).replace(/^.*: /, '').toLowerCase()
    return new Refusal(`${JSON.stringify(source)} is not a regular expression`, reason)
  }
}, '')
jsonForms.add(regularExpression, { form: { type: 'string', format: 'regex' } })

const condition = keyed('an expectation', {
  contains: expectedText.optional().describe('This text is somewhere in the output.'),
  equals: z.string({ error: speak({ noun: 'a text', expected: 'the whole output' }) }).optional()
    .describe('The output is this text and nothing else; newlines at the end do not count.'),
  matches: regularExpression.optional()
    .describe('This JavaScript regular expression is found in the output; ^ and $ match at each line (flags m and u).'),
})

const TEXT_EXPECTED = 'a text, a list of texts, or a map with contains, equals, matches or not'
const negated = z.union([expectedText, condition, z.array(z.union([expectedText, condition]))], {
  error: speak({ noun: 'an expectation', expected: 'a text, { equals: … } or { matches: … }' }),
})
const fullCondition = keyed('an expectation', {
  ...condition.shape,
  not: negated.optional().describe('None of these holds.'),
})
const textExpectation = z.union([expectedText, fullCondition, z.array(z.union([expectedText, fullCondition], {
  error: speak({ noun: 'an expectation', expected: TEXT_EXPECTED }),
}))], { error: speak({ noun: 'an expectation', expected: TEXT_EXPECTED }) })
  .describe('A text that is in the output; a list, of which all must hold; or { contains, equals, matches, not }.')

const checkTitle = () =>
  text('a name', 'a short text').optional().describe('What the table of results calls this check.')

const runCheck = keyed('a check', {
  name: checkTitle(),
  on: text('the name of a node', 'a name of topology.nodes').describe('The node whose shell runs the command.'),
  run: command().describe('The command line.'),
  at: at(),
  within: duration().optional().describe('The command must end this soon, in virtual time. Left out: 10m.'),
  expect: keyed('an expectation', {
    exit: whole('an exit status', 0, 255).optional().describe('Exit status of the command.'),
    stdout: textExpectation.optional().describe('What it prints.'),
    stderr: textExpectation.optional().describe('What it prints on standard error.'),
  }, { status: new Refusal('"status" is not an expectation', 'did you mean "exit"?') }).describe('What must hold.'),
})

const frameCount = () => whole('a number of frames', 0, Number.MAX_SAFE_INTEGER)

const captureCheck = keyed('a check', {
  name: checkTitle(),
  on: text('the name of a node', 'a name of topology.nodes').describe('The node that the interface belongs to.'),
  capture: text('an interface', 'such as eth1').describe('The interface whose frames are counted.'),
  filter: text('a filter', 'such as "icmp and host 192.168.1.2"').optional()
    .describe('Which frames count, in tcpdump\'s language. Left out: all.'),
  direction: choice('a direction', ['inout', 'in', 'out']).optional()
    .describe('out: sent by this interface; in: received; left out: inout, both.'),
  from: duration().optional().describe('Count from this time on. Left out: 0s.'),
  at: duration().describe('Count until this time.'),
  expect: keyed('an expectation', {
    frames: z.union([frameCount(), keyed('a range', {
      min: frameCount().optional().describe('At least so many.'),
      max: frameCount().optional().describe('At most so many.'),
    })], { error: speak({ noun: 'a number of frames', expected: 'a whole number, or { min: 1, max: 5 }' }) })
      .describe('How many frames: a number, or { min, max }.'),
  }).describe('What must hold.'),
})

const check = z.union([runCheck, captureCheck], {
  error: speak({ noun: 'a check', expected: '{ on: NODE, run: COMMAND, at: 1s, expect: { exit: 0 } }' }),
}).describe('Runs a command and judges it, or counts the frames on an interface.')

// ---- the file ----

const listOf = <Item extends z.ZodType>(item: Item, noun: string, example: string) =>
  z.array(item, { error: speak({ noun: `a list of ${noun}`, expected: example }) })

/** The lab file. */
export const labSchema = keyed('a lab', {
  name: checked('the name of a lab', 'letters, digits, "_", "." and "-"', checkName, NAME_PATTERN)
    .describe('Short name of the lab; MAC addresses are derived from it.'),
  about: text('a text', 'what the lab shows').optional().describe('What the lab shows, in a sentence or two.'),
  seed: whole('a seed', 0, Number.MAX_SAFE_INTEGER).optional()
    .describe('Start of all random numbers; the same seed gives the same run. Left out: 1.'),
  topology: keyed('a topology', {
    nodes: nodeMap('a node').describe('The machines, by name.'),
    links: listOf(link, 'links',
      '- endpoints: ["alice:eth1", "bob:eth1"]').nullable().optional().describe('The cables.'),
    defaults: inherited('the defaults').optional().describe('Settings that all nodes inherit.'),
    kinds: z.record(text('a kind', 'host, router or switch'), inherited('the settings of a kind'), {
      error: speak({ noun: 'a map of kinds', expected: 'host: { sysctls: {…} }' }),
    }).nullable().optional().describe('Settings that all nodes of a kind inherit; they win over the defaults.'),
    groups: nodeMap('a group').nullable().optional()
      .describe('Settings that the nodes of a group inherit; they win over those of the kind.'),
  }).describe('The network.'),
  script: listOf(step, 'steps', '- { at: 1s, on: alice, run: ping -c 1 192.168.1.2 }').nullable().optional()
    .describe('What happens during the run.'),
  checks: listOf(check, 'checks', '- { on: alice, run: ping -c 1 192.168.1.2, at: 1s, expect: { exit: 0 } }').nullable()
    .optional().describe('What must hold for the run to pass.'),
  ...withoutMeaning(CONTAINER_LAB_KEYS),
})

/** What a lab file says, before units, shorthand and inheritance are resolved; also what importers produce. */
export type LabInput = z.input<typeof labSchema>
export type NodeInput = z.input<typeof nodeSettings>
export type InterfaceInput = z.input<typeof interfaceValue>
export type RouteInput = z.input<typeof routeValue>
export type LinkChange = z.input<typeof linkChangeSchema>
export type LinkInput = z.input<typeof link>
export type EndpointInput = z.input<typeof endpoint>
export type StepInput = z.input<typeof step>
export type CheckInput = z.input<typeof check>
export type TextExpectationInput = z.input<typeof textExpectation>

/** The published JSON schema (draft 2020-12), as a plain object; scripts/schema.mjs writes it to schema/. */
export function labJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(labSchema, {
    io: 'input',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const own = jsonForms.get(zodSchema)
      if (!own) return
      delete jsonSchema.anyOf
      Object.assign(jsonSchema, own.form)
    },
  })
  return {
    $schema: schema.$schema, $id: 'https://netarium.dev/schema/netarium-lab.schema.json',
    title: 'Netarium lab',
      description: 'A network of Linux hosts, routers and switches, what happens in it, and what must hold.',
    ...schema,
    patternProperties: { '^x-': { description: 'Yours: a place for YAML anchors. Not read.' } },
  }
}
