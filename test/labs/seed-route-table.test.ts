import { expect, test } from 'vitest'
import { Lab } from '../../src/lab/lab.ts'
import { readLab } from '../support/labs.ts'

/**
 * The routing table of ubuntu-1 as the reference text has it, from an iproute2 before 4.20, which put two spaces
 * before proto, scope and src; the one of Debian 12 (6.1.0) puts one, and one at the end of each line.
 */
const TEXT = `\
default via 10.0.2.2 dev enp0s3
10.0.2.0/24 dev enp0s3  proto kernel  scope link  src 10.0.2.15
172.17.0.0/16 dev docker0  proto kernel  scope link  src 172.17.0.1 linkdown
172.32.135.128/26 via 192.168.56.103 dev tunl0  proto bird onlink
blackhole 172.32.185.64/26  proto bird
172.32.185.70 dev calie34960bc671  scope link
172.32.185.71 dev cali6d5e7989019  scope link
172.32.243.0/26 via 192.168.56.102 dev tunl0  proto bird onlink
192.168.56.0/24 dev enp0s8  proto kernel  scope link  src 192.168.56.101
`

test('ip route on ubuntu-1 prints the lines of the reference text in their order, spaced as iproute2 6.1 does', async () => {
  const lab = await Lab.fromModel(readLab('seed-route-table'))
  const { stdout, stderr, status } = await lab.node('ubuntu-1').exec('ip route')
  expect([stdout, stderr, status]).toEqual([TEXT.replace(/ +/g, ' ').replaceAll('\n', ' \n'), '', 0])
})
