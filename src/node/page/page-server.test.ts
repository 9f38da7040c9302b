import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PageServer, type PageServerOptions, startPageServer } from './page-server.ts'

let folder = ''
let options: PageServerOptions

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'netarium-page-'))
  for (const name of ['web', 'lab']) mkdirSync(path.join(folder, name))
  writeFileSync(path.join(folder, 'web/index.html'), '<!doctype html>page')
  writeFileSync(path.join(folder, 'lab/lab.yaml'), 'name: x')
  writeFileSync(path.join(folder, 'secret.txt'), 'secret')
  symlinkSync(path.join(folder, 'secret.txt'), path.join(folder, 'lab/link.txt'))
  options = { page: path.join(folder, 'web'), lab: path.join(folder, 'lab/lab.yaml'), name: '', port: 0 }
})
afterAll(() => { rmSync(folder, { recursive: true }) })

interface Got { readonly status: number, readonly body: string, readonly headers: Readonly<Record<string, unknown>> }

/** Asks with exactly these headers and this path, which a browser's fetch would tidy up. */
function get(server: PageServer, target: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  const { hostname, port, host } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path: target, method, headers: { host, ...headers } }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (part: string) => { body += part })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
    })
    sent.on('error', reject).end()
  })
}

async function withServer(change: Partial<PageServerOptions>, use: (server: PageServer) => Promise<void>): Promise<void> {
  const server = await startPageServer({ ...options, ...change })
  try {
    await use(server)
  } finally {
    await server.close()
  }
}

test('gives the page, what it is to show, and the lab\'s folder; each with a policy that lets nothing in from elsewhere', () =>
  withServer({}, async (server) => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    const page = await get(server, '/')
    expect([page.status, page.body, page.headers['content-type']]).toEqual(
      [200, '<!doctype html>page', 'text/html; charset=utf-8'])
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; /)
    expect((await get(server, '/netarium.json')).body).toBe('{"lab":"","file":"lab.yaml"}')
    expect((await get(server, '/lab/lab.yaml')).body).toBe('name: x')
    const head = await get(server, '/lab/lab.yaml', {}, 'HEAD')
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '7'])
    expect((await get(server, '/nothing.js')).status).toBe(404)
    expect((await get(server, '/lab/', {})).status).toBe(404)
  }))

test.each([
  '/lab/../secret.txt', '/lab/%2e%2e/secret.txt', '/lab/..%2fsecret.txt', '/lab/..%5csecret.txt', '/../secret.txt',
  '/lab/%2e%2e%2f%2e%2e%2fetc/passwd', '/lab/link.txt', '/lab/lab.yaml%00.txt',
])('%s: what lies outside the folder is not read', (target) => withServer({}, async (server) => {
  const { status, body } = await get(server, target)
  expect([403, 404]).toContain(status)
  expect(body).not.toContain('secret\n')
  expect(body).not.toBe('secret')
}))

test.each(['evil.example', 'evil.example:80', 'localhost.evil.example', '127.0.0.1', '127.0.0.1:1'])(
  'Host "%s" is refused: a foreign name that points here, or another port', (host) => withServer({}, async (server) => {
    const port = new URL(server.url).port
    const { status } = await get(server, '/', { host: host.includes(':') || host === '127.0.0.1' ? host : `${host}:${port}` })
    expect(status).toBe(403)
  }))

test('localhost with the right port is this server', () => withServer({}, async (server) => {
  expect((await get(server, '/', { host: `localhost:${new URL(server.url).port}` })).status).toBe(200)
}))

test('a foreign Origin, and another site\'s request, are refused; its own Origin is not', () =>
  withServer({}, async (server) => {
    const own = new URL(server.url).origin
    expect((await get(server, '/netarium.json', { origin: 'http://evil.example' })).status).toBe(403)
    expect((await get(server, '/netarium.json', { origin: 'null' })).status).toBe(403)
    expect((await get(server, '/netarium.json', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' })).status)
      .toBe(403)
    expect((await get(server, '/netarium.json', { origin: own })).status).toBe(200)
  }))

test('anything but reading is refused', () => withServer({}, async (server) => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect((await get(server, '/', {}, method)).status).toBe(405)
  }
}))

test('off loopback nothing is given without the token; with it once, a cookie does', () =>
  withServer({ listen: '0.0.0.0', token: 'a-token-of-some-length' }, async (server) => {
    const at = { ...server, url: server.url.replace('0.0.0.0', '127.0.0.1') }
    expect((await get(at, '/')).status).toBe(401)
    expect((await get(at, '/?token=wrong')).status).toBe(401)
    expect((await get(at, '/', { cookie: 'netarium-token=wrong' })).status).toBe(401)
    const first = await get(at, new URL(server.url).pathname + new URL(server.url).search)
    expect([first.status, first.headers['set-cookie']]).toEqual(
      [200, ['netarium-token=a-token-of-some-length; HttpOnly; SameSite=Strict; Path=/']])
    expect((await get(at, '/', { cookie: 'other=1; netarium-token=a-token-of-some-length' })).status).toBe(200)
  }))

test('off loopback a token is made by chance', () => withServer({ listen: '0.0.0.0' }, async (server) => {
  expect(new URL(server.url).searchParams.get('token')).toMatch(/^[\w-]{32}$/)
}))
