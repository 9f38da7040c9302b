import workerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { LabModel } from '../../../src/lab/model.ts'
import { blockSize, blocksOf, DOWN, edgesOf, type Place, placeHanging, ranksOf, RIGHT } from './layout.ts'

/** Labs with more that ELK has to place keep the quick layout: it would take too long. */
const MOST_NODES = 400

/** A node's box with its name and address, in world units. */
const NODE = { width: 110, height: 84 } as const

interface ElkAnswer {
  readonly id: number
  readonly error?: unknown
  readonly data?: { readonly children?: readonly { readonly id: string, readonly x?: number, readonly y?: number }[] }
}

/**
 * Places by ELK's layered algorithm, with layout.ts's ranks as the direction of its edges; by place in model.nodes. Runs
 * in a worker of its own, which ends with it. Throws what ELK throws.
 */
export function elkLayout(model: LabModel): Promise<Place[]> {
  const worker = new Worker(workerUrl)
  return new Promise<Place[]>((resolve, reject) => {
    worker.onerror = (event) => {
      event.preventDefault()
      reject(new Error(event.message))
    }
    worker.onmessage = ({ data }: MessageEvent<ElkAnswer>) => {
      if (data.error !== undefined) reject(new Error('ELK could not lay this lab out', { cause: data.error }))
      else if (data.id === 1) resolve(placesOf(data, model))
    }
    worker.postMessage({ id: 0, cmd: 'register', algorithms: ['layered'] })
    worker.postMessage({ id: 1, cmd: 'layout', graph: graphOf(model), layoutOptions: {}, options: {} })
  }).finally(() => worker.terminate())
}

/** ELK's graph: edges go from lower to higher ranks; hosts that hang on a node are part of its box. */
function graphOf(model: LabModel): object {
  const { direction, rank } = ranksOf(model)
  const { parent, hanging } = blocksOf(model, direction)
  const space = direction === 'right' ? { rank: RIGHT.rank - NODE.width, neighbor: RIGHT.neighbor - NODE.height }
    : { rank: DOWN.rank - NODE.height, neighbor: DOWN.neighbor - NODE.width }
  const placed = [...model.nodes.keys()].filter((node) => parent[node] < 0)
  return {
    id: 'lab',
    layoutOptions: {
      'elk.algorithm': 'layered', 'elk.direction': direction === 'right' ? 'RIGHT' : 'DOWN', 'elk.randomSeed': '1',
      'elk.edgeRouting': 'POLYLINE', 'elk.layered.spacing.nodeNodeBetweenLayers': String(space.rank),
      'elk.spacing.nodeNode': String(Math.max(16, space.neighbor)), 'elk.spacing.componentComponent': '90',
      'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF', 'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
      'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES', 'elk.layered.thoroughness': '20',
    },
    children: placed.map((node) => {
      const count = hanging[node].length
      return { id: String(node), ...(count === 0 ? NODE : blockSize(count)) }
    }),
    edges: edgesOf(model).filter(([a, b]) => parent[a] < 0 && parent[b] < 0).map(([a, b], at) => {
      const [from, to] = rank[a] <= rank[b] ? [a, b] : [b, a]
      return { id: `e${at}`, sources: [String(from)], targets: [String(to)] }
    }),
  }
}

function placesOf({ data }: ElkAnswer, model: LabModel): Place[] {
  const blocks = blocksOf(model, ranksOf(model).direction)
  const places: Place[] = model.nodes.map(() => ({ x: 0, y: 0 }))
  for (const { id, x = 0, y = 0 } of data?.children ?? []) {
    const count = blocks.hanging[Number(id)].length
    const { width } = count === 0 ? NODE : blockSize(count)
    places[Number(id)] = { x: Math.round(x + width / 2), y: Math.round(y + NODE.height / 2) }
  }
  placeHanging(blocks, places)
  return places
}

/** Whether ELK is worth asking. */
export function suitsElk(model: LabModel): boolean {
  const { parent } = blocksOf(model, ranksOf(model).direction)
  return parent.reduce((count, one) => count + (one < 0 ? 1 : 0), 0) <= MOST_NODES
}
