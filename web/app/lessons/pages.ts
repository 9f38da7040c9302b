import type { Token, Tokens } from 'marked'

/** A lesson, taken apart to be read step by step. */
export interface Lesson {
  /** "who has 10.0.0.2?": the heading without the lab's name. */
  readonly title: string
  readonly pages: readonly Page[]
}

export interface Page {
  /** Of a numbered step its number, counted from 1; else null. */
  readonly step: number | null
  /** The heading of its section; '' for what stands before the first. */
  readonly heading: string
  readonly tokens: readonly Token[]
}

/**
 * Splits a README into pages: what comes before the first heading, each item of an ordered list, each further section.
 * Pictures are left out: the canvas is beside.
 */
export function pagesOf(tokens: readonly Token[]): Lesson {
  let title = ''
  let heading = ''
  let open: Token[] = []
  const pages: Page[] = []
  const close = (): void => {
    if (open.length > 0) pages.push({ step: null, heading, tokens: open })
    open = []
  }
  for (const token of tokens) {
    if (isHeading(token) && token.depth === 1) title = capital(token.text.replace(/^[^:：]+[:：]\s*/, ''))
    else if (isHeading(token) && token.depth === 2) {
      close()
      heading = token.text
    } else if (isList(token) && token.ordered) {
      close()
      for (const [index, item] of token.items.entries()) pages.push({ step: index + 1, heading, tokens: item.tokens })
    } else if (token.type !== 'space' && !isPicture(token)) open.push(token)
  }
  close()
  return { title, pages }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

function isHeading(token: Token): token is Tokens.Heading {
  return token.type === 'heading'
}

function isList(token: Token): token is Tokens.List {
  return token.type === 'list'
}

/** A paragraph of nothing but a picture. */
function isPicture(token: Token): boolean {
  return token.type === 'paragraph' && (token.tokens?.every(({ type }) => type === 'image') ?? false)
}
