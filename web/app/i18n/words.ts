import { language } from '../state.ts'
import { EN } from './en.ts'
import { ZH } from './zh.ts'

/** A key of the page's words. */
export type Word = keyof typeof EN

/** The word in the present language; {name} is replaced by values.name. Reading it in a component follows a switch. */
export function t(word: Word, values: Readonly<Record<string, string | number>> = {}): string {
  const text = (language.value === 'zh' ? ZH : EN)[word]
  return text.replace(/\{(\w+)\}/g, (all, name: string) => name in values ? String(values[name]) : all)
}
