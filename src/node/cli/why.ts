import { Lab } from '../../lab/lab.ts'
import { parseQuestion, WhyError } from '../../lab/why/question.ts'
import { fixText, formatJourney, type Names } from '../../lab/why/text.ts'
import { type Journey, why as ask } from '../../lab/why/why.ts'
import { BadInput, EXIT_CHECK_FAILED, EXIT_DONE, openLab, printJson } from './context.ts'
import { durationOf, seedOf } from './run.ts'

export interface WhyOptions {
  readonly seed?: string
  readonly at?: string
  readonly size?: string
  readonly json?: boolean
}

/** `netarium why LAB FROM TO`: the journey of a packet; exit status 1 if it, or its answer, is lost. */
export async function why(name: string, from: string, to: string, options: WhyOptions): Promise<number> {
  const atNs = options.at === undefined ? null : durationOf('--at', options.at)
  const size = sizeOf(options.size)
  const model = openLab(name)
  const seed = seedOf(options.seed)
  let lab: Lab | null = null
  const load = async (): Promise<Lab> => {
    const fresh = await Lab.fromModel(model, { seed, tracing: true })
    lab ??= fresh
    return fresh
  }
  const journey = await answered(() => ask(load, parseQuestion(from, to, size, atNs)))
  if (options.json === true) printJson(documentOf(journey, namesOf(lab)))
  else process.stdout.write(formatJourney(journey, namesOf(lab)))
  return journey.loss === null ? EXIT_DONE : EXIT_CHECK_FAILED
}

async function answered(asking: () => Promise<Journey>): Promise<Journey> {
  try {
    return await asking()
  } catch (error) {
    if (error instanceof WhyError) throw new BadInput(`why: ${error.message}`)
    throw error
  }
}

function sizeOf(text: string | undefined): number | null {
  if (text === undefined) return null
  const size = Number(text)
  if (!/^\d+$/.test(text) || size > 65507) throw new BadInput(`--size ${text}: bytes of data, from 0 to 65507`)
  return size
}

function namesOf(lab: Lab | null): Names {
  const names = lab?.nodeNames ?? []
  return {
    node: (node) => names[node] ?? `node ${node}`,
    device: (node, ifindex) => lab?.node(names[node]).stack.ns.deviceByIndex(ifindex)?.name ?? `if${ifindex}`,
  }
}

function documentOf(journey: Journey, names: Names): unknown {
  const { question, destination, answered, loss, tries, remedy, legs, attempt } = journey
  return {
    from: question.from, to: question.to, destination, protocol: question.protocol, port: question.port, answered, tries,
    loss, remedy: remedy === null ? null : remedy.map((fix) => ({ ...fix, text: fixText(fix) })),
    attempt: attempt.map(({ hook, text, data }) => ({ hook, text, data })),
    legs: legs.map(({ trace, cause, stays }) => ({
      trace, cause,
      stays: stays.map((stay) => ({
        node: names.node(stay.node), atNs: stay.atNs,
        received: stay.received === null ? null : frameDocument(stay.node, stay.received, names),
        steps: stay.steps.map(({ hook, text, data, timeNs }) => ({ hook, text, data, timeNs })),
        sent: stay.sent.map((frame) => frameDocument(stay.node, frame, names)),
        drops: stay.drops.map(({ reason, text, timeNs }) => ({ reason, text, timeNs })),
      })),
    })),
  }
}

function frameDocument(node: number, frame: { readonly ifindex: number, readonly timeNs: number,
  readonly bytes: Uint8Array }, names: Names): unknown {
  return {
    device: names.device(node, frame.ifindex), timeNs: frame.timeNs,
    bytes: Array.from(frame.bytes, (byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}
