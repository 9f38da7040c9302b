import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/*
 * `netarium sh`: Linux scripts as they are, against what they wrote on Linux (record.mjs, NAME.out). Hidden are the times
 * that ping measured and the MACs that Linux and Netarium draw by chance.
 */
const here = fileURLToPath(new URL('.', import.meta.url))
const program = fileURLToPath(new URL('../../bin/netarium', import.meta.url))

function sh(...args: string[]): { readonly status: number | null, readonly stdout: string, readonly stderr: string } {
  return spawnSync(process.execPath, [program, 'sh', ...args], { encoding: 'utf8', cwd: here })
}

function withoutChances(text: string): string {
  return text.replace(/time=\S+ ms/g, 'time=T ms').replace(/, time \d+ms/g, ', time Tms')
    .replace(/^rtt .*$/gm, 'rtt').replace(/lladdr \S+/g, 'lladdr M')
}

describe('a script does on one simulated machine what it does on Linux', () => {
  for (const script of readdirSync(here).filter((name) => name.endsWith('.sh'))) {
    test(script, () => {
      const { status, stdout, stderr } = sh('--', 'bash', script)
      const recorded = readFileSync(`${here}/${script.replace('.sh', '.out')}`, 'utf8')
      expect(withoutChances(`${stdout}--- stderr\n${stderr}--- status ${status}\n`)).toBe(withoutChances(recorded))
    })
  }
})

test('two runs of a script write the same bytes, MACs and all', () => {
  const runs = [1, 2].map(() => sh('--', 'bash', 'two-namespaces.sh').stdout)
  expect(runs[0]).toContain('lladdr')
  expect(runs[0]).toBe(runs[1])
})

test('a script that is called by its own path runs in the shell of its first line', () => {
  expect(sh('--', './three-on-a-bridge.sh').stdout).toBe(sh('--', 'bash', 'three-on-a-bridge.sh').stdout)
})

test('with a lab the command runs on its first host, or on the node of --on; arguments are the script\'s', () => {
  const command = ['--', 'bash', '-c', 'hostname; ip -4 -br addr show dev eth1; echo "$0 $1"', 'zero', 'a b']
  expect(sh('first-ping', ...command).stdout.split('\n')).toEqual([
    'alice', 'eth1@if2         UP             10.0.0.1/24 ', 'zero a b', '',
  ])
  expect(sh('first-ping', '--on', 'bob', ...command).stdout.split('\n')[0]).toBe('bob')
})

test('--json gives one document, with the status of the script', () => {
  const { status, stdout } = sh('--json', '--', 'bash', '-c', 'echo out; echo err >&2; exit 7')
  expect(status).toBe(7)
  expect(JSON.parse(stdout)).toMatchObject({ lab: 'machine', node: 'debian', status: 7, stdout: 'out\n', stderr: 'err\n' })
})

test('bad input has status 2 and says why', () => {
  const told = (...args: string[]): unknown => {
    const { status, stderr } = sh(...args)
    return [status, stderr]
  }
  const noCommand = [2, 'netarium: sh: say what to run: netarium sh [LAB] -- bash SCRIPT\n']
  expect(told()).toEqual(noCommand)
  expect(told('first-ping')).toEqual(noCommand)
  expect(told('a', 'b', '--', 'true')).toEqual(
    [2, 'netarium: sh: one lab at most, not also "b"; the command stands behind --\n'])
  expect(told('--on', 'alice', '--', 'true')).toEqual([2, 'netarium: sh: --on names a node of a lab; give the lab\n'])
  expect(told('--', 'bash', 'nosuch.sh')).toEqual([127, 'bash: nosuch.sh: No such file or directory\n'])
  expect(told('--', 'nosuchprogram')).toEqual([127, 'bash: line 1: nosuchprogram: command not found\n'])
})
