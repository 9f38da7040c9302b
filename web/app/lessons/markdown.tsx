import type { Token, Tokens } from 'marked'
import type { ComponentChildren } from 'preact'
import { DeedButton } from './deed-button.tsx'
import { type Deed, deedOf, linkDeed } from './deeds.ts'

/**
 * Markdown as elements of the page. Only the kinds of tokens named here become elements, each of a fixed name and with
 * no attribute of the text's own but checked addresses; HTML in the text stays text. So no text can do more than be read.
 */
export interface Reading {
  /** The nodes of the open lab: a line "NODE# …" is a command only of those. */
  readonly nodes: readonly string[]
}

export function Blocks({ tokens, reading }: { readonly tokens: readonly Token[], readonly reading: Reading }) {
  return <>{tokens.map((token, index) => <Block key={index} token={token} reading={reading} />)}</>
}

function Block({ token, reading }: { readonly token: Token, readonly reading: Reading }) {
  const inner = (): ComponentChildren => <Inlines tokens={childrenOf(token)} reading={reading} />
  switch (token.type) {
    case 'paragraph': return <p>{inner()}</p>
    case 'text': return <span>{inner()}</span>
    case 'heading': return <h3>{inner()}</h3>
    case 'blockquote': return <blockquote><Blocks tokens={childrenOf(token)} reading={reading} /></blockquote>
    case 'code': return <CodeBlock text={(token as Tokens.Code).text} reading={reading} />
    case 'list': return <List list={token as Tokens.List} reading={reading} />
    case 'table': return <Table table={token as Tokens.Table} reading={reading} />
    case 'hr': return <hr />
    case 'space': return null
    default: return <p>{token.raw}</p>
  }
}

function List({ list, reading }: { readonly list: Tokens.List, readonly reading: Reading }) {
  const items = list.items.map((item, index) => <li key={index}><Blocks tokens={item.tokens} reading={reading} /></li>)
  return list.ordered ? <ol>{items}</ol> : <ul>{items}</ul>
}

function Table({ table, reading }: { readonly table: Tokens.Table, readonly reading: Reading }) {
  return (
    <div class="lesson-scroll" tabIndex={0} role="region">
      <table>
        <thead>
          <tr>
            {table.header.map((cell, i) => <th key={i} scope="col"><Inlines tokens={cell.tokens} reading={reading} /></th>)}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>{row.map((cell, j) => <td key={j}><Inlines tokens={cell.tokens} reading={reading} /></td>)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Lines that can be done have a button; the others are there to be read. */
function CodeBlock({ text, reading }: { readonly text: string, readonly reading: Reading }) {
  const lines = text.split('\n').map((line) => ({ line, deed: deedOf(line, reading.nodes) }))
  const blocks: ({ readonly deed: Deed, readonly line: string } | { readonly deed: null, lines: string[] })[] = []
  for (const { line, deed } of lines) {
    const last = blocks.at(-1)
    if (deed !== null) blocks.push({ deed, line })
    else if (last !== undefined && last.deed === null) last.lines.push(line)
    else blocks.push({ deed: null, lines: [line] })
  }
  return (
    <div class="lesson-code">
      {blocks.map((block, index) => block.deed === null
        ? <pre key={index}>{block.lines.join('\n')}</pre>
        : <CommandLine key={index} line={block.line} deed={block.deed} />)}
    </div>
  )
}

/** Commands for a node are shown as at its prompt; what the page itself does is a button alone. */
function CommandLine({ line, deed }: { readonly line: string, readonly deed: Deed }) {
  return (
    <div class="lesson-command">
      {deed.kind === 'type' && <code><b>{deed.node}#</b> {deed.command}</code>}
      {deed.kind === 'link' && <code>{line.trim()}</code>}
      <DeedButton deed={deed} />
    </div>
  )
}

function Inlines({ tokens, reading }: { readonly tokens: readonly Token[], readonly reading: Reading }) {
  return <>{tokens.map((token, index) => <Inline key={index} token={token} reading={reading} />)}</>
}

function Inline({ token, reading }: { readonly token: Token, readonly reading: Reading }): ComponentChildren {
  const inner = (): ComponentChildren => <Inlines tokens={childrenOf(token)} reading={reading} />
  switch (token.type) {
    case 'text':
    case 'escape': return childrenOf(token).length > 0 ? inner() : decoded((token as Tokens.Text).text)
    case 'strong': return <strong>{inner()}</strong>
    case 'em': return <em>{inner()}</em>
    case 'del': return <del>{inner()}</del>
    case 'br': return <br />
    case 'codespan': return <CodeSpan text={(token as Tokens.Codespan).text} reading={reading} />
    case 'link': return <Link link={token as Tokens.Link} reading={reading} />
    case 'image': return null
    default: return token.raw
  }
}

function CodeSpan({ text, reading }: { readonly text: string, readonly reading: Reading }) {
  const deed = deedOf(text, reading.nodes)
  if (deed === null) return <code>{text}</code>
  if (deed.kind !== 'type') return <DeedButton deed={deed} />
  return <span class="lesson-inline"><code><b>{deed.node}#</b> {deed.command}</code> <DeedButton deed={deed} small /></span>
}

function Link({ link, reading }: { readonly link: Tokens.Link, readonly reading: Reading }) {
  const words = <Inlines tokens={link.tokens} reading={reading} />
  const deed = linkDeed(link.href)
  if (deed !== null) return <DeedButton deed={deed}>{words}</DeedButton>
  if (!/^https?:\/\//.test(link.href)) return <span>{words}</span>
  return <a href={link.href} target="_blank" rel="noreferrer">{words}</a>
}

function childrenOf(token: Token): readonly Token[] {
  return 'tokens' in token ? token.tokens ?? [] : []
}

/**
 * marked's lexer leaves the text as it was written: the few entities that READMEs use, and the ends of lines, which in
 * Chinese stand for nothing.
 */
function decoded(text: string): string {
  return text.replace(/(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])/g, '')
    .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&#39;', '\'')
    .replaceAll('&amp;', '&')
}
