import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, isIPv6 } from 'node:net'
import path from 'node:path'

/**
 * The web server of `netarium up`: gives a browser on this machine the page, and the files of one lab's folder to read.
 *
 * It trusts nobody. It answers only where the Host header is an address it listens on (a foreign name that was made to
 * point here is refused: DNS rebinding) and the Origin, where a browser sends one, is its own. Off loopback a token is
 * needed, in the address first and then in a cookie. It reads the built page and the lab's folder, nothing above them
 * by ".." or by a symbolic link, and writes nothing. The page may load from here only (Content-Security-Policy).
 */
export interface PageServerOptions {
  /** The built page: dist/web. */
  readonly page: string
  /** The lab's file; its folder is what can be read. */
  readonly lab: string
  /** Name of a bundled lab, '' for another. */
  readonly name: string
  /** 0: any free one. */
  readonly port: number
  /** An address of this machine; default 127.0.0.1. */
  readonly listen?: string
  /** Needed off loopback; default one made by chance. */
  readonly token?: string
}

export interface PageServer {
  /** Where the page is; with the token, if one is needed. */
  readonly url: string
  close(): Promise<void>
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.json': 'application/json; charset=utf-8', '.wasm': 'application/wasm', '.png': 'image/png',
  '.md': 'text/plain; charset=utf-8', '.yaml': 'text/plain; charset=utf-8', '.yml': 'text/plain; charset=utf-8',
}

/** What the page may do: everything from here, nothing from elsewhere. Wasm for Wireshark's dissector. */
export const CONTENT_SECURITY_POLICY = [
  'default-src \'self\'', 'script-src \'self\' \'wasm-unsafe-eval\'', 'style-src \'self\' \'unsafe-inline\'',
  'img-src \'self\' data: blob:', 'worker-src \'self\' blob:', 'connect-src \'self\'', 'object-src \'none\'',
  'base-uri \'none\'', 'form-action \'none\'', 'frame-ancestors \'none\'',
].join('; ')

const COOKIE = 'netarium-token'

/** Whether an address reaches this machine only. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(address)
}

/** Starts the server; throws what listen() throws (EADDRINUSE, EADDRNOTAVAIL, EACCES). */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const { listen = '127.0.0.1' } = options
  const token = isLoopback(listen) ? null : options.token ?? randomBytes(24).toString('base64url')
  const page = await realpath(options.page)
  const folder = await realpath(path.dirname(path.resolve(options.lab)))
  const server = createServer((request, response) => {
    void new Answering(request, response, { ...options, page, folder, token, server }).run()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, listen, () => {
      server.off('error', reject)
      resolve()
    })
  })
  const { port } = server.address() as AddressInfo // TCP, so not the path of a pipe
  const host = isIPv6(listen) ? `[${listen}]` : listen
  return {
    url: `http://${host}:${port}/${token === null ? '' : `?token=${token}`}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => { server.close(resolve) })
    },
  }
}

interface Setting extends Omit<PageServerOptions, 'token'> {
  readonly folder: string
  readonly token: string | null
  readonly server: Server
}

/** A refusal: its status and a sentence for whoever looks. */
class Refusal extends Error {
  constructor(readonly status: number, message: string) {
    super(message)
  }
}

/** One request. */
class Answering {
  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly setting: Setting,
  ) {}

  async run(): Promise<void> {
    try {
      await this.answer()
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(500, 'the server failed')
      this.send(refusal.status, 'text/plain; charset=utf-8', `netarium: ${refusal.message}\n`)
    }
  }

  private async answer(): Promise<void> {
    const { method = '', headers } = this.request
    this.checkHost(headers.host)
    this.checkOrigin(headers.origin)
    if (method !== 'GET' && method !== 'HEAD') throw new Refusal(405, `${method} is not done here`)
    const url = this.parseUrl()
    this.checkToken(url)
    const name = decode(url.pathname)
    if (name === '/netarium.json') {
      const { name: lab, page } = this.setting
      const about = { lab, file: path.basename(this.setting.lab), ...await wiresharkIn(page) }
      this.send(200, CONTENT_TYPES['.json'], JSON.stringify(about))
    } else if (name.startsWith('/lab/')) await this.file(this.setting.folder, name.slice('/lab/'.length))
    else await this.file(this.setting.page, name === '/' ? 'index.html' : name.slice(1))
  }

  private parseUrl(): URL {
    try {
      return new URL(this.request.url ?? '/', 'http://netarium.invalid')
    } catch {
      throw new Refusal(400, 'that is no address')
    }
  }

  /** The Host must be an address of ours with our port: a name may be anybody's. */
  private checkHost(host: string | undefined): void {
    const { port } = this.setting.server.address() as AddressInfo // TCP
    const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]*))(?::(\d+))?$/.exec(host ?? '')
    const name = match?.[1] ?? match?.[2] ?? ''
    const { listen = '127.0.0.1' } = this.setting
    const local = this.request.socket.localAddress?.replace(/^::ffff:/, '') ?? ''
    const known = name === listen || name === local || (isLoopback(local) && isLoopback(name))
    if (!known || Number(match?.[3] ?? 80) !== port) {
      throw new Refusal(403, `this server is not ${host ?? 'without a name'}`)
    }
  }

  /** A browser tells who asks, if another site does. */
  private checkOrigin(origin: string | undefined): void {
    const site = this.request.headers['sec-fetch-site']
    const foreign = origin !== undefined && origin !== `http://${this.request.headers.host ?? ''}`
    if (foreign || site === 'cross-site' && this.request.headers['sec-fetch-mode'] !== 'navigate') {
      throw new Refusal(403, `requests from ${origin ?? 'other sites'} are not answered`)
    }
  }

  /** Off loopback: the token in the address, and from then on in a cookie. */
  private checkToken(url: URL): void {
    const { token } = this.setting
    if (token === null) return
    const given = url.searchParams.get('token')
    if (given !== null && same(given, token)) {
      this.response.setHeader('Set-Cookie', `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/`)
      return
    }
    const cookie = new RegExp(`(?:^|;\\s*)${COOKIE}=([^;]*)`).exec(this.request.headers.cookie ?? '')
    if (cookie === null || !same(cookie[1], token)) {
      throw new Refusal(401, 'this address needs the token that `netarium up` printed')
    }
  }

  /** Sends a file that lies in `folder`, wherever its links lead. */
  private async file(folder: string, name: string): Promise<void> {
    if (name.includes('\0') || name.split(/[/\\]/).includes('..')) throw new Refusal(403, 'that lies outside')
    const found = await realpath(path.join(folder, name)).catch(() => null)
    if (found === null) throw new Refusal(404, `there is no ${name}`)
    if (found !== folder && !found.startsWith(folder + path.sep)) throw new Refusal(403, 'that lies outside')
    const { size } = await stat(found).then((entry) => {
      if (!entry.isFile()) throw new Refusal(404, `there is no file ${name}`)
      return entry
    })
    this.head(200, CONTENT_TYPES[path.extname(found)] ?? 'application/octet-stream')
    this.response.setHeader('Content-Length', size)
    if (this.request.method === 'HEAD') this.response.end()
    else createReadStream(found).on('error', () => this.response.destroy()).pipe(this.response)
  }

  private send(status: number, type: string, text: string): void {
    this.head(status, type)
    this.response.end(this.request.method === 'HEAD' ? '' : text)
  }

  private head(status: number, type: string): void {
    this.response.statusCode = status
    for (const [header, value] of [
      ['Content-Type', type], ['Content-Security-Policy', CONTENT_SECURITY_POLICY], ['X-Content-Type-Options', 'nosniff'],
      ['Referrer-Policy', 'no-referrer'], ['Cross-Origin-Opener-Policy', 'same-origin'],
      ['Cross-Origin-Resource-Policy', 'same-origin'], ['Cache-Control', 'no-cache'],
    ] as const) this.response.setHeader(header, value)
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Refusal(400, 'that is no address')
  }
}

/** Compares in a time that tells nothing of where they differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}

/** Whether Wireshark's dissector lies beside the page, for who asks for it there. */
async function wiresharkIn(page: string): Promise<{ readonly wireshark?: true }> {
  return stat(path.join(page, 'wireshark', 'manifest.json')).then(() => ({ wireshark: true }), () => ({}))
}

/** Reads the page's entry, to tell early that it has not been built. */
export async function pageIsBuilt(page: string): Promise<boolean> {
  return readFile(path.join(page, 'index.html')).then(() => true, () => false)
}
