import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.ts'
import { bundledLabs } from '../../src/node/bundled-labs.ts'
import { readLab } from '../../src/node/load-lab.ts'
import { requireTool, runTool, withFile } from '../support/tools.ts'

/* The capture of every bundled lab, read by Wireshark's own programs. */

const CHECKSUMS = ['-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE']
const BAD = '_ws.malformed || ip.checksum.status == "Bad" || udp.checksum.status == "Bad" || icmp.checksum.status == "Bad"'

for (const { name } of bundledLabs()) {
  test(`${name}: tshark finds nothing malformed and no bad checksum but where the lab damaged a frame`, async (context) => {
    requireTool('tshark', context)
    requireTool('capinfos', context)
    const lab = await Lab.fromModel(readLab(name))
    await lab.run()
    withFile(`${name}.pcapng`, lab.pcapng(), (file) => {
      const bad = runTool('tshark', ['-r', file, ...CHECKSUMS, '-Y', BAD, '-T', 'fields', '-e', 'frame.comment'])
      expect(bad.status).toBe(0)
      // A damaged frame stands in the capture with the reason as its comment.
      const unexplained = bad.stdout.split('\n').filter((line) => line !== '' && !line.includes('LINK_CORRUPT_FCS'))
      expect(unexplained).toEqual([])
      const interfaces = [...runTool('capinfos', [file]).stdout.matchAll(/Name = (\S+)/g)].map(([, found]) => found)
      const expected = lab.links.flatMap(({ ends }) => ends.map((end) => `${end.node}:${end.interface}`))
      expect(interfaces).toEqual(expect.arrayContaining(expected))
      const frames = runTool('tshark', ['-r', file, '-T', 'fields', '-e', 'frame.number']).stdout.trim().split('\n').length
      expect(frames).toBeGreaterThan(1)
    })
  })
}
