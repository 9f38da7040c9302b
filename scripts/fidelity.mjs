// node scripts/fidelity.mjs: counts the rules of docs/FIDELITY.md and what stands behind them, and writes the counts into
// the READMEs (between the marks "fidelity: begin" and "fidelity: end") and into the head of FIDELITY.md.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { invocations, RECORDS } from './record.mjs'
import { root } from './setup.mjs'

const read = (file) => readFileSync(path.join(root, file), 'utf8')

/** What FIDELITY.md says: rules in all, and by section of it those that are the same, differ, are absent. */
export function countRules() {
  const sections = []
  for (const line of read('docs/FIDELITY.md').split('\n')) {
    if (line.startsWith('## ')) sections.push({ name: line.slice(3), same: 0, differs: 0, absent: 0 })
    const kind = /^\| FID-.*\| (same|differs|absent) \|$/.exec(line)?.[1]
    if (kind !== undefined) sections.at(-1)[kind]++
  }
  return sections.filter(({ same, differs, absent }) => same + differs + absent > 0)
}

/** What stands behind the rules: recorded commands, frames of labs compared with the kernel. */
export function countEvidence() {
  const commands = RECORDS.reduce((sum, file) => sum + invocations(file, read(file)), 0)
  const recorded = readdirSync(path.join(root, 'test/kernel/recorded')).filter((name) => name.endsWith('.json'))
  const labs = recorded.map((name) => JSON.parse(read(`test/kernel/recorded/${name}`)))
  const ends = labs.reduce((sum, lab) => sum + Object.keys(lab.arrived).length, 0)
  return { commands, labs: labs.length, ends }
}

const WORDS = {
  'README.md': {
    head: '| behaviours | same as Linux | differ, and how | absent, refused by name |', total: '**all**',
    sum: ({ commands, labs, ends }, fuzz) => `Behind them: ${commands.toLocaleString('en')} recorded invocations of the real programs, replayed byte for byte; ` +
      `${labs} labs compared with the kernel frame by frame on ${ends} link ends and line by line; ${fuzz.toLocaleString('en')} random labs run on both.`,
  },
  'README.zh.md': {
    head: '| 行为 | 与 Linux 相同 | 有差异（已写明） | 没有（按名字拒绝） |', total: '**合计**',
    sum: ({ commands, labs, ends }, fuzz) => `依据：${commands.toLocaleString('en')} 次真实程序的调用记录，逐字节重放；` +
      `${labs} 个实验与内核逐帧（${ends} 个链路端）、逐行比较；${fuzz.toLocaleString('en')} 个随机实验在两边运行。`,
  },
}

/** Random labs that the long run of the fuzzer compared, as test/kernel/fuzz/README.md says. */
function fuzzed() {
  const found = /Labs compared: ([\d,]+)/.exec(read('test/kernel/fuzz/README.md'))
  if (found === null) throw new Error('test/kernel/fuzz/README.md says nowhere "Labs compared: N"')
  return Number(found[1].replaceAll(',', ''))
}

/** The table for a README. */
export function tableFor(file) {
  const words = WORDS[file]
  const sections = countRules()
  const row = ({ name, same, differs, absent }) => `| ${name} | ${same} | ${differs} | ${absent} |`
  const all = sections.reduce((sum, one) => ({
    name: words.total, same: sum.same + one.same, differs: sum.differs + one.differs, absent: sum.absent + one.absent,
  }), { same: 0, differs: 0, absent: 0 })
  return [words.head, '| --- | --- | --- | --- |', ...sections.map(row), row(all), '', words.sum(countEvidence(), fuzzed())].join('\n')
}

/** A file's text with the table, or the counts, that it should have. */
export function withCounts(file) {
  const text = read(file)
  if (file === 'docs/FIDELITY.md') {
    const [same, differ, absent] = ['same', 'differs', 'absent'].map((kind) => countRules().reduce((sum, one) => sum + one[kind], 0))
    return text.replace(/\d+ rules: \d+ same, \d+ differ, \d+ absent/,
      `${same + differ + absent} rules: ${same} same, ${differ} differ, ${absent} absent`)
  }
  return text.replace(/(<!-- fidelity: begin[^>]*-->\n)[\s\S]*?(\n<!-- fidelity: end -->)/,
    (_, begin, end) => `${begin}${tableFor(file)}${end}`)
}

export const FILES = ['docs/FIDELITY.md', ...Object.keys(WORDS)]

if (process.argv[1] === import.meta.filename) for (const file of FILES) writeFileSync(path.join(root, file), withCounts(file))
