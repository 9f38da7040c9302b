/**
 * The worker in which Wireshark's dissector runs. Its files lie beside the page if they were fetched (npm run
 * get:wireshark); they are as published, compressed, and unpacked while they come.
 */
import { FunctionWithoutCode } from './invokers.ts'
import type { FromWireshark, PacketField, WiresharkCall, WiresharkCalls, WiresharkRequest } from './messages.ts'
import { type DissectSession, listOf, type LoadWiregasm, type ProtoTree, type Settings, type Wiregasm } from './wiregasm.ts'

const scope = globalThis as unknown as DedicatedWorkerGlobalScope // lib.dom and lib.webworker both describe globalThis

/** Sizes of 1.9.1's compressed files: the progress that is told counts against them. */
const EXPECTED_BYTES = 19_203_288 + 450_279

let wireshark: Wiregasm | null = null
let session: DissectSession | null = null
let queue: Promise<void> = Promise.resolve()

scope.onmessage = (event: MessageEvent<WiresharkRequest>) => {
  const { id, call, argument } = event.data
  queue = queue.then(async () => {
    try {
      tell({ kind: 'answer', id, value: await answer(call, argument) })
    } catch (error) {
      tell({ kind: 'refusal', id, message: error instanceof Error ? error.message : String(error) })
    }
  })
}

function tell(message: FromWireshark): void {
  scope.postMessage(message)
}

async function answer(call: WiresharkCall, argument: unknown): Promise<unknown> {
  const calls: { readonly [Kind in WiresharkCall]: (argument: WiresharkCalls[Kind][0]) => Promise<WiresharkCalls[Kind][1]> } = {
    start: ({ folder }) => start(folder),
    load: async ({ bytes }) => load(bytes),
    rows: async ({ filter, skip, limit }) => rows(filter, skip, limit),
    frame: async ({ number }) => details(number),
  }
  return (calls[call] as (argument: unknown) => Promise<unknown>)(argument) // the call names its argument's type
}

async function start(folder: string): Promise<WiresharkCalls['start'][1]> {
  let received = 0
  const count = (bytes: number): void => {
    received += bytes
    tell({ kind: 'progress', share: Math.min(1, received / EXPECTED_BYTES) })
  }
  const fetched = (name: string): Promise<Response> => unpacked(new URL(name, folder), count)
  const program = fetched('wiregasm.wasm.gz')
  program.catch(() => undefined) // told where it is awaited
  const [make, files] = await Promise.all([
    loaderAt(new URL('wiregasm.js', folder)), fetched('wiregasm.data.gz').then((response) => response.arrayBuffer()),
  ])
  const made = await started(make, program, files)
  wireshark = made
  if (!made.init()) throw new Error('Wireshark\'s dissector did not start')
  return { version: made.wiresharkVersion(), columns: listOf(made.getColumns()) }
}

/** The loader is a script for CommonJS; as a module it finds these two. */
async function loaderAt(address: URL): Promise<LoadWiregasm> {
  const module: { exports: unknown } = { exports: {} }
  Object.assign(scope, { module, exports: module.exports, Function: FunctionWithoutCode })
  await import(/* @vite-ignore */ address.href)
  return module.exports as LoadWiregasm // what 1.9.1's dist/wiregasm.js exports
}

function started(make: LoadWiregasm, program: Promise<Response>, files: ArrayBuffer): Promise<Wiregasm> {
  return new Promise((resolve, reject) => {
    const settings: Settings = {
      locateFile: (name) => name,
      getPreloadedPackage: () => files,
      instantiateWasm: (imports, done) => {
        void program.then((response) => WebAssembly.instantiateStreaming(response, imports))
          .then(({ instance }) => done(instance)).catch(reject)
        return {}
      },
      handleStatus: () => undefined,
      print: () => undefined,
      printErr: () => undefined, // which display filters its colouring rules came to
    }
    make(settings).then(resolve, reject)
  })
}

/** A compressed file, unpacked as it comes. A server may say itself that it is compressed: then it comes unpacked. */
async function unpacked(address: URL, count: (bytes: number) => void): Promise<Response> {
  const response = await fetch(address)
  if (!response.ok || response.body === null) throw new Error(`${address.pathname}: ${response.status} ${response.statusText}`)
  const counted = response.body.pipeThrough(new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (chunk, controller) => {
      count(chunk.length)
      controller.enqueue(chunk)
    },
  }))
  const packed = response.headers.get('content-encoding') === null
  const body = packed ? counted.pipeThrough(new DecompressionStream('gzip')) : counted
  return new Response(body, { headers: { 'content-type': 'application/wasm' } })
}

function load(bytes: Uint8Array): WiresharkCalls['load'][1] {
  const { FS, DissectSession, getUploadDirectory } = need()
  session?.delete()
  const path = `${getUploadDirectory()}/capture`
  FS.writeFile(path, bytes)
  session = new DissectSession(path)
  const { code, error, summary } = session.load()
  if (code !== 0) throw new Error(error === '' ? `Wireshark can't read this file (${code})` : error)
  return { frames: summary.packet_count }
}

function rows(filter: string, skip: number, limit: number): WiresharkCalls['rows'][1] {
  if (filter !== '') {
    const { ok, error } = need().checkFilter(filter)
    if (!ok) throw new Error(error)
  }
  const { frames, matched } = needSession().getFrames(filter, skip, limit)
  return { rows: listOf(frames).map(({ number, columns }) => ({ number, cells: listOf(columns) })), matched }
}

function details(number: number): WiresharkCalls['frame'][1] {
  const { tree, data_sources: sources } = needSession().getFrame(number)
  return {
    tree: listOf(tree).map(fieldOf),
    sources: listOf(sources).map(({ name, data }) => ({ name, bytes: Uint8Array.from(atob(data), (byte) => byte.charCodeAt(0)) })),
  }
}

function fieldOf({ label, filter, start: from, length, data_source_idx: source, tree }: ProtoTree): PacketField {
  const [field] = filter.split(' ', 1)
  return { label, field, source, start: from, end: from + length, children: listOf(tree).map(fieldOf) }
}

function need(): Wiregasm {
  if (wireshark === null) throw new Error('the dissector was not started')
  return wireshark
}

function needSession(): DissectSession {
  if (session === null) throw new Error('no capture was loaded')
  return session
}
