import { expect, test } from 'vitest'
import { RecordedNetwork } from '../../../test/support/recorded.ts'
import { PROGRAMS } from '../registry.ts'

test('watch clears the screen and shows the command\'s output, with -g until it changes', async () => {
  const host = new RecordedNetwork(PROGRAMS).host('a')
  const { stdout, status } = await host.exec('watch -t -d -n 0.5 -g "echo a; cat /tmp/x 2>&1; echo b > /tmp/x"')
  expect({ stdout, status }).toEqual({
    stdout: '\x1b[H\x1b[2Ja\ncat: /tmp/x: No such file or directory\x1b[H\x1b[2Ja\n\x1b[7mb\x1b[27m', status: 0,
  })
})

test('watch -e ends with status 8 after a key when the command fails', async () => {
  const host = new RecordedNetwork(PROGRAMS).host('a')
  const { stdout, status } = await host.exec('watch -t -e false', { stdin: 'x' })
  expect({ stdout, status }).toEqual({
    stdout: '\x1b[H\x1b[2Jcommand exit with a non-zero status, press a key to exit', status: 8,
  })
})
