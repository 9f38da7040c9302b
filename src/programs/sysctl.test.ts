import { expect, test } from 'vitest'
import { readRecord, RecordedNetwork } from '../../test/support/recorded.ts'
import { PROGRAMS } from './registry.ts'

/** Listings of a whole tree, in which Netarium has fewer settings; what it has is compared line by line. */
const PARTIAL = /^a sysctl (?:net|-a -r "\^net\.ipv4\.\(ip_.*|net\.ipv4\.conf\.eth1)$/
/** The recording machine's name; and a pattern that bash hands on because it matches nothing, and exec refuses. */
const OURS = new Set(['a sysctl kernel.hostname', 'a sysctl net.ipv4.conf.*.rp_filter'])

const network = new RecordedNetwork(PROGRAMS)

for (const recorded of readRecord(new URL('./fixtures/sysctl.record', import.meta.url))) {
  if (OURS.has(recorded.line)) continue
  test(recorded.line, async () => {
    const result = await network.run(recorded.line)
    expect(result.failure).toBe(null)
    expect({ stderr: result.stderr, status: result.status }).toEqual({ stderr: recorded.stderr, status: recorded.status })
    if (!PARTIAL.test(recorded.line)) expect(result.stdout).toBe(recorded.stdout)
    else {
      const real = new Set(recorded.stdout.split('\n'))
      const values = result.stdout.split('\n').filter((line) => !PER_MACHINE.test(line))
      expect(values.filter((line) => !real.has(line))).toEqual([])
      expect(values.length).toBeGreaterThan(20)
    }
  })
}

/**
 * Limits that Linux works out from the machine's memory; what the preparation of the recording set; and settings that
 * only the first namespace of a machine has, while every node here is a machine.
 */
const PER_MACHINE = /_high_thresh|_low_thresh|icmp_ratelimit|neigh\.default|ipv4\.route\./

// Recorded on Debian 12 with these files in place of the machine's own (in a mount namespace of its own).
test('--system takes the files of all directories by name, the first directory that has a name counts', async () => {
  const host = new RecordedNetwork(PROGRAMS).host('a')
  host.files.writeFile('/usr/lib/sysctl.d/10-a.conf', 'net.ipv4.ip_forward=0\n')
  host.files.writeFile('/etc/sysctl.d/10-a.conf', 'net.ipv4.ip_forward=1\n')
  host.files.writeFile('/etc/sysctl.d/99-z.conf', 'net.ipv4.ip_default_ttl=70\n')
  host.files.writeFile('/usr/lib/sysctl.d/50-b.conf', 'net.ipv4.ip_default_ttl=65\n')
  host.files.writeFile('/etc/sysctl.d/no.txt', 'x\n')
  host.files.writeFile('/etc/sysctl.conf', '# nothing\n')
  const { stdout, status } = await host.exec('sysctl --system')
  expect({ stdout, status }).toEqual({
    stdout: '* Applying /etc/sysctl.d/10-a.conf ...\n* Applying /usr/lib/sysctl.d/50-b.conf ...\n'
      + '* Applying /etc/sysctl.d/99-z.conf ...\n* Applying /etc/sysctl.conf ...\nnet.ipv4.ip_forward = 1\n'
      + 'net.ipv4.ip_default_ttl = 65\nnet.ipv4.ip_default_ttl = 70\n',
    status: 0,
  })
})
