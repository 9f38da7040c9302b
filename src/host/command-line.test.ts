import { describe, expect, test } from 'vitest'
import { parseCommandLine } from './command-line.ts'

function words(line: string): (readonly string[])[] {
  return parseCommandLine(line).map((command) => command.words)
}

describe('words', () => {
  // Each expectation is what `bash -c 'printf "<%s>" WORDS'` shows.
  test.each([
    ['ping -c 1 10.0.0.2', ['ping', '-c', '1', '10.0.0.2']],
    ['  a\tb  ', ['a', 'b']],
    [`echo 'a b' "c d" e\\ f`, ['echo', 'a b', 'c d', 'e f']],
    [`echo a'b'"c"d`, ['echo', 'abcd']],
    [`echo '' ""`, ['echo', '', '']],
    [`echo "a\\"b\\\\c\\d"`, ['echo', 'a"b\\c\\d']],
    [`echo '*' "?" \\[`, ['echo', '*', '?', '[']],
    [`tcpdump -c 1 'icmp[0] == 8 and (host a or host b)'`,
      ['tcpdump', '-c', '1', 'icmp[0] == 8 and (host a or host b)']],
    ['echo a#b # a comment; not a command', ['echo', 'a#b']],
    ['echo a \\\n b', ['echo', 'a', 'b']],
    ['echo 5$ a{b} x=y', ['echo', '5$', 'a{b}', 'x=y']],
  ])('%s', (line, expected) => {
    expect(words(line)).toEqual([expected])
  })
})

describe('sequences', () => {
  test('semicolons, newlines, && and || join commands', () => {
    expect(parseCommandLine('a 1; b && c||d\n\ne\n')).toEqual([
      { join: ';', words: ['a', '1'] }, { join: ';', words: ['b'] }, { join: '&&', words: ['c'] },
      { join: '||', words: ['d'] }, { join: ';', words: ['e'] },
    ])
    expect(parseCommandLine('  # nothing')).toEqual([])
  })
})

describe('refusals', () => {
  const rest = ' is not modelled: exec runs simple commands joined by ;, && and ||'
  test.each([
    ['a | b', `a pipeline ("|")${rest}`],
    ['a > f', `a redirection (">")${rest}`],
    ['a 2>&1', `a redirection (">")${rest}`],
    ['a < f', `a redirection ("<")${rest}`],
    ['a &', `a background job ("&")${rest}`],
    ['(a)', `a subshell ("(")${rest}`],
    ['echo $HOME', `an expansion ("$H")${rest}`],
    ['echo "$(date)"', `an expansion ("$(")${rest}`],
    ['echo `date`', `a command substitution ("\`")${rest}`],
    ['ls *.txt', `a file name pattern, unless quoted, ("*")${rest}`],
    ['ls ~', `a home directory, unless quoted, ("~")${rest}`],
    ['echo {1..3}', `a brace expansion ("{")${rest}`],
    ['for i in a; do b; done', `a keyword of the shell ("for")${rest}`],
    ['A=1 b', `an assignment ("A=1")${rest}`],
    ['! a', `a keyword of the shell ("!")${rest}`],
    ['; a', "syntax error near unexpected token `;'"],
    ['a && && b', "syntax error near unexpected token `&&'"],
    ['a &&', 'syntax error: unexpected end of file'],
    ["echo 'a", "unexpected EOF while looking for matching `''"],
    ['echo "a', "unexpected EOF while looking for matching `\"'"],
  ])('%s', (line, message) => {
    expect(() => parseCommandLine(line)).toThrow(message)
  })
})
