import { expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../../test/support/recorded.ts'
import { PROGRAMS } from '../registry.ts'

/** What differs because time and the machine's name differ: round trips are below a millisecond, or three seconds. */
function normalise(text: string): string {
  return text.replace(/^Start: .*$/gm, 'Start: T').replace(/"src": "\w+"/, '"src": "N"').replace(/SRC="\w+"/, 'SRC="N"')
    .replace(/^HOST: \w+ */gm, (host) => 'HOST:'.padEnd(host.length)).replace(/^(p [0-9]+) [0-9]+ /gm, '$1 T ')
    .replace(/^(MTR\.0\.95),[0-9]+,/gm, '$1,T,').replace(/,[0-9]+\.[0-9]{2}(?=,|$)/gm, ',T')
    .replace(/: [0-9]+\.[0-9]+/g, ': T').replace(/ 0\.[0-9]\b/g, ' 0.T').replace(/ 30[0-9][0-9]\./g, ' 30xx.')
}

const network = new RecordedNetwork(PROGRAMS)
await network.warmUp()

for (const recorded of readRecord(new URL('../fixtures/mtr.record', import.meta.url))) {
  test(recorded.line, async () => {
    const result = await network.run(recorded.line)
    expect(result.failure).toBe(null)
    if (recorded.status === null) return
    expect({ stdout: normalise(result.stdout), stderr: result.stderr, status: result.status })
      .toEqual({ stdout: normalise(recorded.stdout), stderr: recorded.stderr, status: recorded.status })
  })
}
