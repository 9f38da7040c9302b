import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundledLabs, findLab } from '../bundled-labs.ts'
import { pageIsBuilt, startPageServer, type PageServer } from '../page/page-server.ts'
import { BadInput, EXIT_DONE, openLab } from './context.ts'

export interface UpOptions {
  readonly port?: string
  readonly listen?: string
  readonly token?: string
}

/** The built page, beside dist/. */
const PAGE = fileURLToPath(new URL('../../web/', import.meta.url))
const DEFAULT_PORT = 4680

/** `netarium up LAB`: serves the page until Ctrl-C. */
export async function up(lab: string, options: UpOptions): Promise<number> {
  openLab(lab)
  if (!await pageIsBuilt(PAGE)) throw new BadInput('up: the page is not built: npm run build')
  const file = findLab(lab)
  const name = bundledLabs().find((one) => path.resolve(one.file) === path.resolve(file))?.name ?? ''
  const server = await listening({ ...options, lab: file, name })
  console.log(`Netarium shows ${name === '' ? file : name} at  ${server.url}`)
  console.log('Ctrl-C ends it.')
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await server.close()
  return EXIT_DONE
}

async function listening({ port, listen, token, lab, name }: UpOptions & { lab: string, name: string }):
  Promise<PageServer> {
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  if (!Number.isInteger(number) || number < 0 || number > 65535) throw new BadInput(`up: --port ${port}: 0 to 65535`)
  if (token !== undefined && token.length < 16) throw new BadInput('up: --token: at least 16 characters')
  const start = (at: number): Promise<PageServer> => startPageServer({ page: PAGE, lab, name, port: at, listen, token })
  try {
    return await start(number)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException // what listen() throws
    if (code === 'EADDRINUSE' && port === undefined) return start(0)
    if (code === 'EADDRINUSE') throw new BadInput(`up: port ${number} is taken; --port 0 takes a free one`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new BadInput(`up: --listen ${listen}: no address of this machine`)
    }
    if (code === 'EACCES') throw new BadInput(`up: port ${number} needs more rights; take one above 1023`)
    throw error
  }
}
