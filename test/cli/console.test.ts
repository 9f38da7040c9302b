import { spawn } from 'node:child_process'
import { expect, onTestFinished, test } from 'vitest'
import { requireTool } from '../support/tools.ts'
import { root } from '../tidy/sources.ts'

/** script(1) gives the command line a terminal of its own. Types each answer when what it answers has come. */
function onTerminal(command: string, answers: readonly (readonly [RegExp, string])[]):
  Promise<{ readonly status: number | null, readonly output: string }> {
  return new Promise((resolve) => {
    const child = spawn('script', ['-qec', command, '/dev/null'], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => { child.kill() })
    const open = [...answers]
    let output = ''
    let seen = 0
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      for (let match = open[0]?.[0].exec(output.slice(seen)); match; match = open[0]?.[0].exec(output.slice(seen))) {
        seen += match.index + match[0].length
        child.stdin.write(open.shift()?.[1] ?? '')
      }
    })
    child.on('close', (status) => { resolve({ status, output }) })
  })
}

test('exec … -- bash on a terminal is a console: a prompt, Ctrl-C, and the shell\'s status', async (context) => {
  requireTool('script', context)
  const prompt = /root@alice:~# $/
  const { status, output } = await onTerminal(`${process.execPath} bin/netarium exec first-ping alice -- bash`, [
    [prompt, 'ping 10.0.0.2\r'], [/icmp_seq=1 [^\n]*\n/, '\x03'], [prompt, 'echo $((6 * 7))\r'], [prompt, 'exit 3\r'],
  ])
  const plain = output.replace(/\r+\n/g, '\n').replaceAll('\x1b[?2004h', '').replaceAll('\x1b[?2004l\r', '')
    .replace(/^rtt .*$|, time \d+ms$/gm, '').replace(/^64 bytes .*\n/gm, '').replace(/^\d+ packets .*$/m, '')
  expect({ status, plain }).toEqual({
    status: 3,
    plain: 'root@alice:~# ping 10.0.0.2\nPING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.\n^C\n' +
      '--- 10.0.0.2 ping statistics ---\n\n\nroot@alice:~# echo $((6 * 7))\n42\nroot@alice:~# exit 3\nexit\n',
  })
})
