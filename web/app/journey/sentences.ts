import { language } from '../state.ts'
import { PHRASES_ZH, REASONS_ZH, SENTENCES_ZH } from './sentences-zh.ts'

/**
 * The sentences of decisions are made where the decisions are made, in English (engine/journal-record.ts). Here they
 * become Chinese: whole sentences first, then phrases within them. What is not known stays as it is.
 */
export function explain(text: string): string {
  return language.value === 'zh' ? inChinese(text) : text
}

/** A sentence of a decision, or the words for a drop reason, in Chinese. */
export function inChinese(text: string): string {
  const dropped = /^dropped: (.*)$/.exec(text)
  if (dropped !== null) return `丢弃：${inChinese(dropped[1])}`
  const reason = REASONS_ZH[text]
  if (reason !== undefined) return reason
  for (const [pattern, words] of SENTENCES_ZH) {
    const match = pattern.exec(text)
    if (match === null) continue
    return words.replace(/\$(\d)/g, (_, place: string) => phrases(match[Number(place)] ?? ''))
  }
  return text
}

function phrases(text: string): string {
  return PHRASES_ZH.reduce((seen, [pattern, words]) => seen.replace(pattern, words), text)
}
