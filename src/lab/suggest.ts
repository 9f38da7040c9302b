/** The nearest right spelling: for every name in a lab file that is not known. */

/** Edits (insert, remove, replace, swap neighbours) that turn `a` into `b`, case aside; O(a.length * b.length). */
export function editDistance(a: string, b: string): number {
  const from = a.toLowerCase()
  const to = b.toLowerCase()
  let older: number[] = []
  let last = Array.from({ length: to.length + 1 }, (_, i) => i)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1]
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1))
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        row[j] = Math.min(row[j], older[j - 2] + 1)
      }
    }
    older = last
    last = row
  }
  return last[to.length]
}

/** The candidate nearest to `word`, the first of equals; null when none is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | null {
  let best: string | null = null
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1
  if (word.length > 64) return null
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(word, candidate)
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** "a, b or c"; more than `limit` end in "… or 7 more". */
export function orList(words: readonly string[], limit = 12): string {
  if (words.length <= 1) return words.join('')
  if (words.length > limit) return `${words.slice(0, limit).join(', ')} … or ${words.length - limit} more`
  return `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`
}
