import { signal } from '@preact/signals'
import { Refused } from '../engine.ts'
import type { FromWireshark, WiresharkCall, WiresharkCalls, WiresharkRequest } from '../../wireshark/messages.ts'

/** How far Wireshark's dissector is. Once started it stays as long as the page. */
export type WiresharkState =
  | { readonly kind: 'off' | 'missing' }
  | { readonly kind: 'starting', readonly share: number }
  | { readonly kind: 'failed', readonly reason: string }
  | { readonly kind: 'ready', readonly version: string, readonly columns: readonly string[] }
export const wireshark = signal<WiresharkState>({ kind: 'off' })

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

let worker: Worker | null = null
let nextId = 1
const waiting = new Map<number, Waiting>()

/** Starts the dissector if it is there: netarium.json, which always is, says so. */
export async function startWireshark(): Promise<void> {
  const { kind } = wireshark.value
  if (kind === 'ready' || kind === 'starting') return
  wireshark.value = { kind: 'starting', share: 0 }
  try {
    const here = await (await fetch('./netarium.json', { cache: 'no-cache' })).json() as { readonly wireshark?: boolean }
    if (here.wireshark !== true) {
      wireshark.value = { kind: 'missing' }
      return
    }
    worker = newWorker()
    const folder = new URL('./wireshark/', document.baseURI).href
    wireshark.value = { kind: 'ready', ...await askWireshark('start', { folder }) }
  } catch (error) {
    fail(error instanceof Error ? error.message : String(error))
  }
}

/** Asks the dissector; throws Refused with its words. */
export function askWireshark<Kind extends WiresharkCall>(
  call: Kind, argument: WiresharkCalls[Kind][0], transfer: Transferable[] = [],
): Promise<WiresharkCalls[Kind][1]> {
  const id = nextId++
  const request: WiresharkRequest = { id, call, argument }
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve: (value) => resolve(value as WiresharkCalls[Kind][1]), reject }) // the answer to this call
    worker?.postMessage(request, transfer)
  })
}

function newWorker(): Worker {
  const made = new Worker(new URL('../../wireshark/worker.ts', import.meta.url), { type: 'module' })
  made.onmessage = (event: MessageEvent<FromWireshark>) => take(event.data)
  made.onerror = (event) => {
    event.preventDefault()
    fail(event.message)
  }
  return made
}

function take(message: FromWireshark): void {
  if (message.kind === 'progress') {
    if (wireshark.value.kind === 'starting') wireshark.value = { kind: 'starting', share: message.share }
    return
  }
  const asked = waiting.get(message.id)
  waiting.delete(message.id)
  if (message.kind === 'answer') asked?.resolve(message.value)
  else asked?.reject(new Refused(message.message, []))
}

function fail(reason: string): void {
  worker?.terminate()
  worker = null
  for (const { reject } of waiting.values()) reject(new Refused(reason, []))
  waiting.clear()
  wireshark.value = { kind: 'failed', reason }
}
