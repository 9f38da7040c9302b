import type { NetDevice } from '../../device/net-device.ts'
import type { TraceStep } from '../../engine/journal-record.ts'
import type { OutputFlow } from './flow.ts'
import type { Routing } from './routing.ts'

export function explainInput(_routing: Routing, _destination: number, _source: number, _tos: number, _device: NetDevice,
  _mark: number): TraceStep[] {
  return []
}

export function explainOutput(_routing: Routing, _flow: OutputFlow): TraceStep[] {
  return []
}
