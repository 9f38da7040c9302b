/** What the worker uses of @goodtools/wiregasm 1.9.1 (its dist/types.d.ts has the whole). */

export interface Vector<T> {
  size(): number
  get(index: number): T
  delete(): void
}

export interface ProtoTree {
  readonly label: string
  /** A display filter for this very value: "ip.ttl == 64". */
  readonly filter: string
  readonly start: number
  readonly length: number
  readonly data_source_idx: number
  readonly tree: Vector<ProtoTree>
}

export interface DissectSession {
  load(): { readonly code: number, readonly error: string, readonly summary: { readonly packet_count: number } }
  getFrames(filter: string, skip: number, limit: number): {
    readonly frames: Vector<{ readonly number: number, readonly columns: Vector<string> }>, readonly matched: number,
  }
  getFrame(number: number): {
    readonly tree: Vector<ProtoTree>
    /** data: base64. */
    readonly data_sources: Vector<{ readonly name: string, readonly data: string }>
  }
  delete(): void
}

export interface Wiregasm {
  init(): boolean
  wiresharkVersion(): string
  getColumns(): Vector<string>
  getUploadDirectory(): string
  checkFilter(filter: string): { readonly ok: boolean, readonly error: string }
  readonly DissectSession: new (path: string) => DissectSession
  readonly FS: { writeFile(path: string, bytes: Uint8Array): void }
}

/** Emscripten's settings that are used. */
export interface Settings {
  locateFile(name: string): string
  getPreloadedPackage(name: string, size: number): ArrayBuffer
  instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void): object
  handleStatus(type: number, message: string): void
  print(text: string): void
  printErr(text: string): void
}

export type LoadWiregasm = (settings: Settings) => Promise<Wiregasm>

/** The elements of a vector, which is given back. */
export function listOf<T>(vector: Vector<T>): T[] {
  const list = Array.from({ length: vector.size() }, (_, index) => vector.get(index))
  vector.delete()
  return list
}
