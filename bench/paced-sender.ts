import type { EventReceiver, Simulation } from '../src/engine/simulation.ts'

/** Calls `send` a number of times, every `periodNs`, as events of a node: what a program with a clock would do. */
export class PacedSender implements EventReceiver {
  private left = 0
  private readonly id: number

  constructor(private readonly simulation: Simulation, private readonly node: number,
    private readonly periodNs: number, private readonly send: () => void) {
    this.id = simulation.addReceiver(this)
  }

  start(packets: number): void {
    this.left = packets
    this.arm(this.simulation.nowNs)
  }

  onEvent(): void {
    this.send()
    if (--this.left > 0) this.arm(this.simulation.clock.ns[0] + this.periodNs)
  }

  private arm(timeNs: number): void {
    this.simulation.queue.push(timeNs, this.simulation.nextOrder(this.node), this.id, 0)
  }
}
