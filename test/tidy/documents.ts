/** Rows of the tables in a document of Markdown: their cells, without backquotes. */
export function rowsOf(text: string): string[][] {
  return text.split('\n').filter(line => line.startsWith('| ') && !line.startsWith('| ---'))
    .map(line => line.slice(2, -2).split(/(?<!\\) \| /)
      .map(cell => cell.trim().replaceAll('`', '').replaceAll('\\|', '|')))
}
