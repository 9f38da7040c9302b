import { formatMac, macFrom } from '../../wire/address.ts'
import type { Frame } from '../frame.ts'
import type { NetDevice, NetStack } from '../net-device.ts'
import { traceFrame } from '../trace.ts'

/* A bridge's sentences for the journal. Called only while it traces. */

/** What a sentence needs of a port. */
interface TracedPort {
  readonly device: NetDevice
}

/** What is being flooded. */
export const UNICAST = 0
export const MULTICAST = 1
export const BROADCAST = 2
const FLOOD_NAMES = ['unknown unicast', 'multicast', 'broadcast']

export function traceLearn(stack: NetStack, frame: Frame, hi: number, lo: number, port: TracedPort,
  isNew: boolean): void {
  const mac = formatMac(macFrom(hi, lo))
  const name = port.device.name
  traceFrame(stack, frame, {
    hook: 'br_fdb_update',
    text: isNew ? `learn: ${mac} is behind port ${name}` : `${mac} has moved to port ${name}`,
    data: { mac, port: name, new: isNew },
  })
}

export function traceForward(stack: NetStack, frame: Frame, to: TracedPort | null): void {
  const mac = destinationMac(frame)
  traceFrame(stack, frame, {
    hook: 'br_forward',
    text: to === null ? `${mac} is the bridge's own` : `${mac} is behind port ${to.device.name}: forward there only`,
    data: { mac, port: to === null ? '' : to.device.name },
  })
}

export function traceFlood(stack: NetStack, frame: Frame, ports: readonly TracedPort[], from: TracedPort | null,
  what: number): void {
  const mac = destinationMac(frame)
  const names = ports.filter((port) => port !== from).map((port) => port.device.name).sort()
  traceFrame(stack, frame, {
    hook: 'br_flood',
    text: (what === UNICAST ? `nobody knows where ${mac} is` : `${mac} is for everybody`) +
      `: flood to ${names.join(', ') || 'no port'}`,
    data: { mac, ports: names.join(' '), kind: FLOOD_NAMES[what] },
  })
}

export function traceLocal(stack: NetStack, frame: Frame, bridge: NetDevice): void {
  const mac = destinationMac(frame)
  traceFrame(stack, frame, {
    hook: 'br_pass_frame_up',
    text: `${mac} is an address of ${bridge.name} itself: pass it up`,
    data: { mac, device: bridge.name },
  })
}

function destinationMac(frame: Frame): string {
  return formatMac(macFrom(frame.view.getUint16(frame.start), frame.view.getInt32(frame.start + 2)))
}
