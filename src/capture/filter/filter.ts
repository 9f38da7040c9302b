/**
 * Capture filters: the language of pcap-filter(7) compiled to a small program.
 *
 *     lexer.ts        text -> tokens
 *     parser.ts       tokens -> tests, names looked up, errors in libpcap's words
 *     tests.ts        what each qualifier and protocol means on Ethernet
 *     syntax-tree.ts  the tests
 *     codegen.ts      tests -> blocks (block.ts), each with a branch
 *     specialize.ts   leaves out what a path already knows
 *     emit.ts         blocks -> program, loads and branches joined, long chains as tables
 *     program.ts      the machine (hot)
 *     listing.ts      tests -> libpcap's own unoptimised program, for `tcpdump -O -d`
 *     computed.ts     `geneve` and `protochain`, as instructions of that program
 *     classic.ts      that program for our machine, when a filter has such a test
 *
 * Absent, and refused by name: decnet hosts, AppleTalk, IPX, the IS-IS words, 802.11, ATM, MTP and
 * pf words, `byte N & M`.
 */
import { FilterError } from './filter-error.ts'
import { hasCode, translate } from './classic.ts'
import { generate } from './codegen.ts'
import { assemble } from './listing.ts'
import { parseFilter, type FilterOptions } from './parser.ts'
import type { Program } from './program.ts'

/** Compiles a filter; an empty one passes everything. Never throws: what is wrong comes back as a FilterError. */
export function compileFilter(text: string, options: FilterOptions = {}): Program | FilterError {
  try {
    const test = parseFilter(text, options)
    return test !== null && hasCode(test) ? translate(assemble(test, 1)) : generate(test)
  } catch (error) {
    if (error instanceof FilterError) return error
    throw error
  }
}

/** Whether libpcap leaves the filter's code as it is: that of `geneve` and `protochain`. False for a wrong filter. */
export function isNeverOptimised(text: string, options: FilterOptions = {}): boolean {
  try {
    const test = parseFilter(text, options)
    return test !== null && hasCode(test)
  } catch (error) {
    if (error instanceof FilterError) return false
    throw error
  }
}
