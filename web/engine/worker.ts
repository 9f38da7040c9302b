/** The engine's worker: a Session, and the world it needs. */
import type { Request } from '../messages.ts'
import { Session } from './session.ts'

const scope = globalThis as unknown as DedicatedWorkerGlobalScope // lib.dom and lib.webworker both describe globalThis

/** A macrotask as soon as the messages that wait have been taken in; timers would be clamped to 4 ms. */
const soon = new MessageChannel()
const waiting: (() => void)[] = []
soon.port1.onmessage = () => waiting.shift()?.()

const session = new Session({
  now: () => performance.now(),
  later: (run, ms) => {
    if (ms > 0) setTimeout(run, ms)
    else {
      waiting.push(run)
      soon.port2.postMessage(null)
    }
  },
  tell: (message, transfer = []) => scope.postMessage(message, transfer),
})

scope.onmessage = (event: MessageEvent<Request>) => session.receive(event.data)
