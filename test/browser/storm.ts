/**
 * A run without a network: timers of many nodes fire by chance, write bytes by chance into the journal and arm each
 * other. What it covers is what the determinism of all else rests on: the order of events, the random streams, 64-bit
 * times as doubles, the checksum and the journal's hash. Small enough to point at the culprit when a lab's hash
 * differs between Node and a browser.
 */
import { JournalKind } from '../../src/engine/journal-record.ts'
import { Simulation } from '../../src/engine/simulation.ts'
import { Timer, type TimerReceiver } from '../../src/engine/timer.ts'
import { checksum } from '../../src/wire/checksum.ts'

const NODES = 40
const LONGEST = 1500

class StormNode implements TimerReceiver {
  readonly timers: Timer[]
  private readonly random
  private readonly view = new DataView(new ArrayBuffer(LONGEST))

  constructor(private readonly simulation: Simulation, private readonly node: number,
    private readonly nodes: readonly StormNode[]) {
    this.random = simulation.random.stream(`node ${node}`)
    this.timers = [0, 1, 2].map(index => new Timer(simulation, node, this, index))
  }

  onTimer(index: number): void {
    const random = this.random
    const length = random.below(LONGEST)
    for (let at = 0; at < length; at++) this.view.setUint8(at, random.int32())
    const reason = checksum(this.view, 0, length)
    this.simulation.journal.recordBytes(JournalKind.FRAME_SENT, this.node, index, length, reason, this.view, 0, length)
    // Delays up to 9 s, so that times pass 2^32 ns; some of zero, so that the order of equal times matters.
    this.timers[index].armAfter(random.chance(0.2) ? 0 : random.below(9_000_000_000))
    const other = this.nodes[random.below(this.nodes.length)].timers[random.below(3)]
    if (random.chance(0.5)) other.armAfter(Math.floor(random.fraction() * 1e9))
    else if (random.chance(0.1)) other.cancel()
  }
}

/** Runs the storm; returns the journal's hash, how many events there were, and the time of the last one. */
export function runStorm(seed: number): { hash: string, events: number, endedAtNs: number } {
  const simulation = new Simulation(seed)
  simulation.journal.recording = true
  const nodes: StormNode[] = []
  for (let node = 0; node < NODES; node++) nodes.push(new StormNode(simulation, node, nodes))
  for (const node of nodes) for (const timer of node.timers) timer.armAfter(1)
  simulation.runUntil(600e9)
  return { hash: simulation.journal.hash(), events: simulation.dispatched, endedAtNs: simulation.nowNs }
}
