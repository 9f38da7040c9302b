import { describe, expect, test } from 'vitest'
import { RecordedNetwork } from '../../../test/support/recorded.ts'
import { Simulation } from '../../engine/simulation.ts'
import type { RandomStream } from '../../engine/random.ts'
import type { ExecResult, Host } from '../../host/host.ts'
import { SIGINT, SIGTERM } from '../../host/signals.ts'
import { PROGRAMS } from '../registry.ts'

/** What recordings cannot show: virtual time, signals at a time, pipes that end early, endless loops, random scripts. */

const S = 1e9

function host(): Host {
  return new RecordedNetwork(PROGRAMS).host('a')
}

function told(result: ExecResult): [number, string, string, number] {
  return [result.status, result.stdout, result.stderr, result.endedAtNs - result.startedAtNs]
}

describe('virtual time', () => {
  test.each([
    ['sleep 2 & sleep 1; wait', 2 * S, ''],
    ['sleep 1; sleep 1', 2 * S, ''],
    ['sleep 3 | sleep 1', 3 * S, ''],
    ['for i in 1 2 3; do sleep $i & done; wait', 3 * S, ''],
    ['x=$(sleep 1; echo a); echo $x $SECONDS', S, 'a 1\n'],
    ['sleep 0.25; echo $EPOCHREALTIME; date +%s.%N', 0.25 * S, '946684800.250000\n946684800.250000000\n'],
    ['SECONDS=10; sleep 5; echo $SECONDS', 5 * S, '15\n'],
    ['(sleep 1; echo late) & echo early; wait; echo end', S, 'early\nlate\nend\n'],
    ['sleep 1 & sleep 2 & wait -n; echo $SECONDS', S, '1\n'],
    ['read -t 2 x < <(sleep 5); echo $? $SECONDS', 2 * S, '142 2\n'],
    ['until [ $SECONDS -ge 3 ]; do sleep 0.5; done; echo $SECONDS', 3 * S, '3\n'],
  ])('%s', async (line, spanNs, stdout) => {
    expect(told(await host().exec(line))).toEqual([0, stdout, '', spanNs])
  })

  test('time tells virtual time, and no processor time', async () => {
    expect(told(await host().exec('time sleep 61.5'))).toEqual([0, '',
      '\nreal\t1m1.500s\nuser\t0m0.000s\nsys\t0m0.000s\n', 61.5 * S])
  })

  test('a capture in the background sees the pings of the foreground', async () => {
    const { status, stdout, stderr } = await host()
      .exec('tcpdump -nn -t -c 2 -i eth1 icmp & sleep 0.1; ping -c 1 -q 10.0.0.254 > /dev/null; wait')
    expect([status, stdout.replace(/id \d+/g, 'id N')]).toEqual([0,
      'IP 10.0.0.1 > 10.0.0.254: ICMP echo request, id N, seq 1, length 64\n'
      + 'IP 10.0.0.254 > 10.0.0.1: ICMP echo reply, id N, seq 1, length 64\n'])
    expect(stderr).toContain('2 packets captured')
  })

  test('$RANDOM is of the seed', async () => {
    const line = 'echo $RANDOM $RANDOM $RANDOM'
    const first = await host().exec(line)
    expect((await host().exec(line)).stdout).toBe(first.stdout)
    expect(first.stdout).toMatch(/^\d+ \d+ \d+\n$/)
  })
})

describe('pipes that end early', () => {
  test('a program whose reader has gone gets SIGPIPE, and the pipeline is over then', async () => {
    const { status, stdout, stderr, endedAtNs } = await host().exec('ping 10.0.0.254 | head -1; echo ${PIPESTATUS[@]}')
    expect([status, stdout, stderr]).toEqual([0, 'PING 10.0.0.254 (10.0.0.254) 56(84) bytes of data.\n141 0\n', ''])
    expect(endedAtNs).toBeLessThan(2 * S)
  })

  test('an endless loop of the shell, too', async () => {
    expect(told(await host().exec('while :; do echo y; done | head -2; echo ${PIPESTATUS[@]}')))
      .toEqual([0, 'y\ny\n141 0\n', '', 0])
  })
})

describe('signals', () => {
  async function signalled(line: string, signal: number, atNs = S): Promise<[number, string, string, number]> {
    const network = new RecordedNetwork(PROGRAMS)
    const process = network.host('a').start(line)
    await network.scheduler.run({ limitNs: atNs })
    network.host('a').signalGroup(process.group, signal)
    return told(await network.host('a').finish(process, 60 * S))
  }

  test('SIGINT ends the program in the foreground and the script', async () => {
    expect(await signalled('sleep 5; echo no', SIGINT)).toEqual([130, '', '', S])
    expect(await signalled('for i in 1 2 3; do sleep 5; done; echo no', SIGINT)).toEqual([130, '', '', S])
    expect(await signalled('(sleep 5; echo no); echo no', SIGINT)).toEqual([130, '', '', S])
    expect(await signalled('x=$(sleep 5); echo no', SIGINT)).toEqual([130, '', '', S])
  })

  test('a program that handles SIGINT lets the script go on, as ping does', async () => {
    const [status, stdout] = await signalled('ping -q 10.0.0.254; echo then', SIGINT)
    expect([status, stdout.split('\n').at(-2)]).toEqual([0, 'then'])
  })

  test('a trap runs after the command that was waited for', async () => {
    expect(await signalled('trap "echo trapped" INT; sleep 5; echo $?', SIGINT)).toEqual([0, 'trapped\n130\n', '', S])
    expect(await signalled("trap '' INT; sleep 5; echo $?", SIGINT)).toEqual([0, '0\n', '', 5 * S])
    expect(await signalled('trap "echo trapped" TERM; sleep 5 & wait; echo $?', SIGTERM)).toEqual([0,
      'trapped\n143\n', '', S])
  })

  test('jobs in the background of a script ignore SIGINT', async () => {
    expect(await signalled('(sleep 3; echo done) & trap : INT; sleep 9; wait', SIGINT)).toEqual([0, 'done\n', '',
      3 * S])
  })

  test('the EXIT trap runs when a signal ends the shell', async () => {
    expect(await signalled('trap "echo bye" EXIT; sleep 5', SIGTERM)).toEqual([143, 'bye\n', '', S])
  })

  test('kill at a time of its own', async () => {
    expect(told(await host().exec('sleep 9 & sleep 1; kill $!; wait $!; echo $?'))).toEqual([0, '143\n', '', S])
  })
})

describe('processes', () => {
  test('a simple command takes the process of bash -c over; $$ stays in subshells, $BASHPID does not', async () => {
    expect((await host().exec('echo $$ $BASHPID; (echo $$ $BASHPID); bash -c \'echo $$ $PPID\'')).stdout)
      .toBe('1000 1000\n1000 1001\n1000 0\n')
  })

  test('a loop that lets no time pass is ended with a message', async () => {
    const { status, stderr, failure } = await host().exec('while :; do :; done')
    expect([status, failure, stderr]).toEqual([134, null,
      'netarium: bash (pid 1000 on a) ran 2000000 commands without time passing: '
      + 'a loop without end, or one that needs a sleep\n'])
  })

  test('functions without end are ended', async () => {
    expect(told(await host().exec('f() { f; }; f')))
      .toEqual([1, '', 'environment: line 1: f: maximum function nesting level exceeded (150)\n', 0])
  })

  test('what is not modelled is refused by name', async () => {
    expect(told(await host().exec('coproc cat'))).toEqual([2, '', 'netarium: bash: coproc: not modelled\n', 0])
    expect(told(await host().exec('ulimit -n'))).toEqual([2, '', 'netarium: bash: ulimit: not modelled\n', 0])
    expect(told(await host().exec('set -m'))).toEqual([2, '',
      'bash: line 1: netarium: bash: set -o monitor: not modelled\n'.slice(14), 0])
  })
})

describe('random scripts', () => {
  const WORDS = ['a', '$x', '"$@"', '${x:-b}', "'q'", '*', '$(echo s)', '$((1+2))', '{1,2}', '${#x}', '${a[@]}',
    '"a $x"', '~', '[ab]*',
    '$?', '${x/a/b}', '`echo t`', '-n', '=', '${!x}', '${x@Q}']
  const BUILTIN_NAMES = 'echo printf test read declare local unset shift eval export let type'.split(' ')
  function script(random: RandomStream, depth: number): string {
    const pick = (words: readonly string[]): string => words[random.below(words.length)]
    const some = (): string => Array.from({ length: random.below(4) }, () => pick(WORDS)).join(' ')
    const inner = (): string => depth <= 0 ? `echo ${some()}` : script(random, depth - 1)
    switch (random.below(18)) {
      case 0: return `if ${inner()}; then ${inner()}; else ${inner()}; fi`
      case 1: return `for i in ${some()}; do ${inner()}; done`
      case 2: return `( ${inner()} )`
      case 3: return `{ ${inner()}; }`
      case 4: return `${inner()} | ${inner()}`
      case 5: return `${inner()} && ${inner()} || ${inner()}`
      case 6: return `case ${pick(WORDS)} in ${pick(WORDS)}) ${inner()};; *) ${inner()};; esac`
      case 7: return `x=${pick(WORDS)}; a=(${some()}); ${inner()}`
      case 8: return `[[ ${pick(WORDS)} == ${pick(WORDS)} ]]; ${inner()}`
      case 9: return `((x${pick(['+=', '=', '*=', '/=', '<'])}${random.below(5)})); ${inner()}`
      case 10: return `f() { ${inner()}; }; f ${some()}`
      case 11: return `${inner()} > out; cat < ${pick(['out', 'none', '$x'])}`
      case 12: return `set ${pick(['-e', '-u', '-x', '+x', '-f', '-- a b'])}; ${inner()}`
      case 13: return `trap '${inner().replaceAll("'", '')}' ${pick(['EXIT', 'INT', 'ERR'])}; ${inner()}`
      case 14: return `${inner()} & wait`
      case 15: return `cat <<E\n${some()}\nE\n${inner()}`
      case 16: return `while read -r x; do ${inner()}; break; done <<< ${pick(WORDS)}`
      default: return `${pick(BUILTIN_NAMES)} ${some()}`
    }
  }

  async function runAll(name: string, text: (random: RandomStream) => string): Promise<unknown[]> {
    const random = new Simulation(1).random.stream(name)
    const failures: unknown[] = []
    let network = new RecordedNetwork(PROGRAMS)
    for (let count = 0; count < 2000; count++) {
      if (count % 50 === 0) network = new RecordedNetwork(PROGRAMS)
      const line = text(random)
      const result = await network.host('a').exec(line, { limitNs: network.simulation.nowNs + S })
      if (result.failure !== null) failures.push({ line, failure: String(result.failure) })
    }
    return failures.slice(0, 5)
  }

  test('2,000 from a grammar never throw', async () => {
    expect(await runAll('scripts', (random) => script(random, 3))).toEqual([])
  })

  test('2,000 with bytes changed never throw', async () => {
    expect(await runAll('mutations', (random) => {
      const chars = [...script(random, 2)]
      for (let count = 1 + random.below(4); count > 0; count--) {
        const noise = '$`"\'(){}[]|&;<>\\#!*?~=\n \0a1@'
        chars.splice(random.below(chars.length + 1), random.below(3), noise[random.below(noise.length)])
      }
      return chars.join('')
    })).toEqual([])
  })
})
