import { expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../../test/support/recorded.ts'
import { PROGRAMS } from '../registry.ts'

/** What differs because time differs: round-trip times, clocks, process ids. */
function normalise(text: string): string {
  return text.replace(/time=[0-9.]+ ms/g, 'time=T ms').replace(/time [0-9]+ms/g, 'time Tms')
    .replace(/= [0-9.]+\/[0-9.]+\/[0-9.]+\/[0-9.]+ ms/g, '= T/T/T/T ms').replace(/ewma [0-9.]+\/[0-9.]+/g, 'ewma T/T')
    .replace(/\[[0-9]+\.[0-9]{6}\]/g, '[T]').replace(/ident=[0-9]+/g, 'ident=I').replace(/[0-9]+ absolute/g, 'T absolute')
    .replace(/\t[01]$/gm, '\t0')
}

const RECORDS = [
  new URL('../fixtures/ping.record', import.meta.url),
  new URL('../fixtures/ping-options.record', import.meta.url),
]
for (const record of RECORDS) {
  const network = new RecordedNetwork(PROGRAMS)
  await network.warmUp()
  for (const recorded of readRecord(record)) {
    test(recorded.line, async () => {
      const result = await network.run(recorded.line)
      expect(result.failure).toBe(null)
      if (recorded.status === null) return
      expect({ stdout: normalise(result.stdout), stderr: result.stderr, status: result.status })
        .toEqual({ stdout: normalise(recorded.stdout), stderr: recorded.stderr, status: recorded.status })
    })
  }
}
