import { parseLabBytes } from '../../lab/parse-yaml.ts'
import { bundledLabs, readLabText } from '../bundled-labs.ts'
import { EXIT_DONE, printJson } from './context.ts'

/** `netarium labs`: the bundled labs, a line each. */
export async function labs(options: { readonly json?: boolean }): Promise<number> {
  const list = bundledLabs().map(({ name, file }) => {
    const model = parseLabBytes(readLabText(file), file)
    return {
      name, about: model.about, nodes: model.nodes.length, links: model.links.length, checks: model.checks.length, file,
    }
  })
  if (options.json === true) {
    printJson(list)
    return EXIT_DONE
  }
  const width = Math.max(...list.map(({ name }) => name.length))
  for (const { name, about } of list) console.log(`${name.padEnd(width)}  ${about}`)
  return EXIT_DONE
}
