import { Bridge } from '../device/bridge/bridge.ts'
import type { NetDevice } from '../device/net-device.ts'
import type { Process } from '../host/process.ts'
import { type LinkMessage, RTM_GETLINK, RTM_NEWLINK } from '../netlink/messages.ts'
import { ProgramError } from './c-number.ts'
import { ETHTOOL_USAGE } from './ethtool-usage.ts'
import { notModelled } from './not-modelled.ts'

/**
 * ethtool 6.1: what a device says of its link, its driver and its own counters. Here are what Linux's virtual devices
 * say: a veth is 10000 Mbit/s over twisted pair, whatever the cable's rate; a bridge is as fast as its fastest port.
 */
const BAD_ARGUMENTS = 'ethtool: bad command line argument(s)\nFor more information run ethtool -h\n'
const NAME_LENGTH = 15
/** Options of the real one that ask a device for what none here has, or set it. */
const LACKING = new Set(`
  --cable-test --cable-test-tdr --change --change-eeprom --coalesce --config-nfc --config-ntuple
  --dump-module-eeprom --eeprom-dump --features --flash --get-dump --get-phy-tunable --get-tunable --identify
  --module-info --negotiate --offload --pause --per-queue --phy-statistics --register-dump --reset --rxfh
  --set-channels --set-dump --set-eee --set-fec --set-module --set-phy-tunable --set-priv-flags --set-ring
  --set-rxfh-indir --set-tunable --show-channels --show-coalesce --show-eee --show-features --show-fec
  --show-module --show-nfc --show-ntuple --show-offload --show-pause --show-priv-flags --show-ring --show-rxfh
  --show-rxfh-indir --show-time-stamping --show-tunnels --test -A -C -E -G -K -L -N -Q -T -U -W -X -a -c -d -e
  -f -g -k -l -m -n -p -r -s -t -u -w -x
`.trim().split(/\s+/))

/** The program `ethtool`. */
export async function ethtool(process: Process): Promise<number> {
  try {
    process.stdout.write(run(process))
    return 0
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error
    process.stderr.write(error.text)
    return error.status
  }
}

function run(process: Process): string {
  const words = process.argv.slice(1)
  if (words[0] === '-I' || words[0] === '--include-statistics') words.shift()
  const [option, name, ...rest] = words
  if (option === undefined) throw new ProgramError(BAD_ARGUMENTS, 1)
  if (!option.startsWith('-')) return settings(process, option)
  if (option === '-h' || option === '--help') return ETHTOOL_USAGE
  if (option === '--version') return 'ethtool version 6.1\n'
  if (LACKING.has(option) || option === '--debug') throw new ProgramError(notModelled('ethtool', option), 1)
  const action = ACTIONS.get(option)
  if (action === undefined || name === undefined) throw new ProgramError(BAD_ARGUMENTS, 1)
  return action(process, name, rest)
}

type Action = (process: Process, name: string, rest: readonly string[]) => string

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['-i', driver], ['--driver', driver], ['-S', statistics], ['--statistics', statistics],
  ['-P', permanentAddress], ['--show-permaddr', permanentAddress],
])

function find(process: Process, name: string): NetDevice | null {
  return process.namespace.ns.deviceByName(name)
}

/** Devices whose ethtool is not recorded here. */
function refuseKind(device: NetDevice, option: string): void {
  const { kind } = device.driver
  if (kind !== 'vlan' && kind !== 'dummy') return
  throw new ProgramError(notModelled('ethtool', `${option} of a ${kind} device`), 1)
}

function settings(process: Process, name: string): string {
  const device = find(process, name)
  if (device === null) {
    // It asks five times, and then says on stdout that it learnt nothing.
    process.stdout.write('No data available\n')
    const refusal = 'netlink error: no device matches name (offset 24)\nnetlink error: No such device\n'
    throw new ProgramError(refusal.repeat(5), 75)
  }
  refuseKind(device, 'settings')
  const link = `\tLink detected: ${device.running ? 'yes' : 'no'}\n`
  if (device.driver.kind === '') return `Settings for ${name}:\n${link}`
  const bridge = device.driver instanceof Bridge
  const speed = speedOf(device)
  return `Settings for ${name}:\n${MODES}\tSpeed: ${speed < 0 ? 'Unknown!' : `${speed}Mb/s`}\n` +
    `\tDuplex: ${bridge ? 'Unknown! (255)' : 'Full'}\n\tAuto-negotiation: off\n` +
    `\tPort: ${bridge ? 'Other' : 'Twisted Pair'}\n\tPHYAD: 0\n\tTransceiver: internal\n` +
    `${bridge ? '' : '\tMDI-X: Unknown\n'}${link}`
}

const MODES = `\
\tSupported ports: [  ]
\tSupported link modes:   Not reported
\tSupported pause frame use: No
\tSupports auto-negotiation: No
\tSupported FEC modes: Not reported
\tAdvertised link modes:  Not reported
\tAdvertised pause frame use: No
\tAdvertised auto-negotiation: No
\tAdvertised FEC modes: Not reported
`

/** veth_get_link_ksettings, br_get_link_ksettings: Mbit/s, -1 when a bridge has no port that runs. */
function speedOf({ driver: below }: NetDevice): number {
  if (!(below instanceof Bridge)) return VETH_SPEED
  return below.ports.some(({ device }) => device.running && device.driver.kind === 'veth') ? VETH_SPEED : -1
}

const VETH_SPEED = 10000

function driver(process: Process, name: string, rest: readonly string[]): string {
  if (rest.length > 0) throw new ProgramError(BAD_ARGUMENTS, 1)
  checkLength(name)
  const device = find(process, name)
  const refuse = (why: string): ProgramError => new ProgramError(`Cannot get driver information: ${why}\n`, 71)
  if (device === null) throw refuse('No such device')
  refuseKind(device, '-i')
  const { kind } = device.driver
  if (kind === '') throw refuse('Operation not supported')
  const [version, firmware, bus, counts] = kind === 'bridge' ? ['2.3', 'N/A', 'N/A', 'no'] : ['1.0', '', '', 'yes']
  return `driver: ${kind}\nversion: ${version}\nfirmware-version: ${firmware}\nexpansion-rom-version: \n` +
    `bus-info: ${bus}\nsupports-statistics: ${counts}\nsupports-test: no\nsupports-eeprom-access: no\n` +
    'supports-register-dump: no\nsupports-priv-flags: no\n'
}

/** What goes by ioctl knows no longer names. */
function checkLength(name: string): void {
  if (name.length <= NAME_LENGTH) return
  throw new ProgramError('ethtool netlink support for subcommand missing, device name longer than 15 not supported\n', 1)
}

/** A veth counts what XDP programs do, of which there are none. */
const XDP_COUNTERS = ['rx_queue_0_xdp_packets', 'rx_queue_0_xdp_bytes', 'rx_queue_0_drops', 'rx_queue_0_xdp_redirect',
  'rx_queue_0_xdp_drops', 'rx_queue_0_xdp_tx', 'rx_queue_0_xdp_tx_errors', 'tx_queue_0_xdp_xmit',
  'tx_queue_0_xdp_xmit_errors']

function statistics(process: Process, name: string, rest: readonly string[]): string {
  if (rest.length > 0) throw new ProgramError(`ethtool (-S): unknown parameter '${rest[0]}'\n`, 1)
  checkLength(name)
  const device = find(process, name)
  if (device === null) throw new ProgramError('Cannot get stats strings information: No such device\n', 96)
  refuseKind(device, '-S')
  if (device.driver.kind !== 'veth') throw new ProgramError('no stats available\n', 94)
  const [link] = process.namespace.netlink.request({ type: RTM_GETLINK, index: device.ifindex }).messages
  const peer = link?.type === RTM_NEWLINK ? (link as LinkMessage).link ?? 0 : 0
  return `NIC statistics:\n     peer_ifindex: ${peer}\n` +
    XDP_COUNTERS.map((counter) => `     ${counter}: 0\n`).join('')
}

function permanentAddress(process: Process, name: string): string {
  if (find(process, name) === null) throw new ProgramError('netlink error: No such device\n', 1)
  return 'Permanent address: not set\n'
}
