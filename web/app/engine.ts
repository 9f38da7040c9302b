import type { Answer, CallKind, Calls, Event, FromEngine, Order, Request } from '../messages.ts'
import type { LabIssue } from '../../src/lab/model.ts'

/** The engine refused a request; `issues` when a lab file was the reason. */
export class Refused extends Error {
  override readonly name = 'Refused'

  constructor(message: string, readonly issues: readonly LabIssue[]) {
    super(message)
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** The page's end of the line to the engine's worker. */
export class Engine {
  private worker: Worker
  private readonly waiting = new Map<number, Waiting>()
  private nextId = 1

  /** make: starts a worker. onEvent: told of everything the engine says by itself. */
  constructor(private readonly make: () => Worker, private readonly onEvent: (event: Event) => void) {
    this.worker = this.start()
  }

  /** Asks, and gives the answer; throws Refused. */
  call<Kind extends CallKind>(call: Kind, argument: Calls[Kind][0], transfer: Transferable[] = []):
    Promise<Calls[Kind][1]> {
    const id = this.nextId++
    const request: Request = { id, call, argument }
    this.worker.postMessage(request, transfer)
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: (value) => resolve(value as Calls[Kind][1]), reject }) // the answer to this call
    })
  }

  order(order: Order): void {
    this.worker.postMessage(order)
  }

  /** A new worker in place of one that has failed. Whatever was asked of the old one is refused. */
  restart(): void {
    this.worker.terminate()
    for (const { reject } of this.waiting.values()) reject(new Refused('the engine was started anew', []))
    this.waiting.clear()
    this.worker = this.start()
  }

  private start(): Worker {
    const worker = this.make()
    worker.onmessage = (event: MessageEvent<FromEngine>) => this.take(event.data)
    worker.onerror = (event) => {
      event.preventDefault()
      this.onEvent({ kind: 'crashed', reason: event.message, source: null })
    }
    return worker
  }

  private take(message: FromEngine): void {
    if (message.kind === 'answer' || message.kind === 'refusal') this.settle(message)
    else this.onEvent(message)
  }

  private settle(answer: Answer): void {
    const waiting = this.waiting.get(answer.id)
    this.waiting.delete(answer.id)
    if (answer.kind === 'answer') waiting?.resolve(answer.value)
    else waiting?.reject(new Refused(answer.message, answer.issues))
  }
}
