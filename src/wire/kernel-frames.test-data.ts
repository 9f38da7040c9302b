/**
 * Frames that a Linux kernel (6.18) sent between two network namespaces, 10.0.0.1 (02:00:00:00:00:01) and 10.0.0.2
 * (02:00:00:00:00:02), joined by a veth pair without checksum offload:
 *
 *     ethtool -K eth0 tx off rx off gso off tso off gro off
 *     tcpdump --immediate-mode -U -i eth0 -w frames.pcap
 *
 * What made each frame stands beside it. Programs: iputils 20221126, Python 3.
 */
import { fromHex } from '../base/hex.ts'

/** ping: the first thing that is sent */
export const ARP_REQUEST = fromHex(`
  ff ff ff ff ff ff 02 00 00 00 00 01 08 06 00 01
  08 00 06 04 00 01 02 00 00 00 00 01 0a 00 00 01
  00 00 00 00 00 00 0a 00 00 02
`)

/** its answer */
export const ARP_REPLY = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 06 00 01
  08 00 06 04 00 02 02 00 00 00 00 02 0a 00 00 02
  02 00 00 00 00 01 0a 00 00 01
`)

/** ping -c1 -p 4e6574 -s 16 10.0.0.2 */
export const ECHO_REQUEST = fromHex(`
  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00
  00 2c 08 2a 40 00 40 01 1e a5 0a 00 00 01 0a 00
  00 02 08 00 23 59 39 bd 00 01 08 62 03 6b 00 00
  00 00 86 1b 09 00 00 00 00 00
`)

/** its answer */
export const ECHO_REPLY = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 00
  00 2c 8f a3 00 00 40 01 d7 2b 0a 00 00 02 0a 00
  00 01 00 00 2b 59 39 bd 00 01 08 62 03 6b 00 00
  00 00 86 1b 09 00 00 00 00 00
`)

/** sendto(b'hello', 10.0.0.2 port 7000) from port 40000 */
export const UDP_HELLO = fromHex(`
  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00
  00 21 fc fb 40 00 40 11 29 ce 0a 00 00 01 0a 00
  00 02 9c 40 1b 58 00 0d f0 66 68 65 6c 6c 6f
`)

/** its answer: nobody listens */
export const PORT_UNREACHABLE = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 c0
  00 3d 8f ad 00 00 40 01 d6 50 0a 00 00 02 0a 00
  00 01 03 03 11 1e 00 00 00 00 45 00 00 21 fc fb
  40 00 40 11 29 ce 0a 00 00 01 0a 00 00 02 9c 40
  1b 58 00 0d f0 66 68 65 6c 6c 6f
`)

/** ping -c1 -R 10.0.0.2 */
export const RECORD_ROUTE_REQUEST = fromHex(`
  02 00 00 00 00 02 02 00 00 00 00 01 08 00 4f 00
  00 7c 08 3b 40 00 40 01 e2 33 0a 00 00 01 0a 00
  00 02 01 07 27 08 0a 00 00 01 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 08 00 d9 66 39 ea
  00 01 08 62 03 6b 00 00 00 00 0f 0e 0b 00 00 00
  00 00 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d
  1e 1f 20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d
  2e 2f 30 31 32 33 34 35 36 37
`)

/** its answer */
export const RECORD_ROUTE_REPLY = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 4f 00
  00 7c 8f af 00 00 40 01 b0 8a 0a 00 00 02 0a 00
  00 01 07 27 10 0a 00 00 01 0a 00 00 02 0a 00 00
  02 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 e1 66 39 ea
  00 01 08 62 03 6b 00 00 00 00 0f 0e 0b 00 00 00
  00 00 10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d
  1e 1f 20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d
  2e 2f 30 31 32 33 34 35 36 37
`)

/** ping -c1 -T tsandaddr 10.0.0.2 */
export const TIMESTAMP_OPTION_REQUEST = fromHex(`
  02 00 00 00 00 02 02 00 00 00 00 01 08 00 4e 00
  00 78 08 3c 40 00 40 01 37 5f 0a 00 00 01 0a 00
  00 02 44 24 0d 01 0a 00 00 01 04 a9 7e 18 00 00
  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
  00 00 00 00 00 00 08 00 19 57 39 eb 00 01 08 62
  03 6b 00 00 00 00 cf 1c 0b 00 00 00 00 00 10 11
  12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21
  22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f 30 31
  32 33 34 35 36 37
`)

/** its answer */
export const TIMESTAMP_OPTION_REPLY = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 4e 00
  00 78 8f b0 00 00 40 01 c6 63 0a 00 00 02 0a 00
  00 01 44 24 1d 01 0a 00 00 01 04 a9 7e 18 0a 00
  00 02 04 a9 7e 18 0a 00 00 02 04 a9 7e 18 00 00
  00 00 00 00 00 00 00 00 21 57 39 eb 00 01 08 62
  03 6b 00 00 00 00 cf 1c 0b 00 00 00 00 00 10 11
  12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21
  22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f 30 31
  32 33 34 35 36 37
`)

/** connect() from 10.0.0.1 port 40001 to 10.0.0.2 port 8080 */
export const TCP_SYN = fromHex(`
  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00
  00 3c 55 dc 40 00 40 06 d0 dd 0a 00 00 01 0a 00
  00 02 9c 41 1f 90 8a e8 d1 1c 00 00 00 00 a0 02
  fa f0 ce f5 00 00 02 04 05 b4 04 02 08 0a 55 4f
  fc ed 00 00 00 00 01 03 03 0a
`)

/** its answer */
export const TCP_SYN_ACK = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 00
  00 3c 00 00 40 00 40 06 26 ba 0a 00 00 02 0a 00
  00 01 1f 90 9c 41 f8 37 cb 80 8a e8 d1 1d a0 12
  fe 88 a5 55 00 00 02 04 05 b4 04 02 08 0a e4 5e
  7d df 55 4f fc ed 01 03 03 0a
`)

/** send(b'hi') */
export const TCP_DATA = fromHex(`
  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00
  00 36 55 de 40 00 40 06 d0 e1 0a 00 00 01 0a 00
  00 02 9c 41 1f 90 8a e8 d1 1d f8 37 cb 81 80 18
  00 3f 69 fb 00 00 01 01 08 0a 55 4f fc ed e4 5e
  7d df 68 69
`)

/** close() of the other side */
export const TCP_FIN = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 00
  00 34 b3 5e 40 00 40 06 73 63 0a 00 00 02 0a 00
  00 01 1f 90 9c 41 f8 37 cb 83 8a e8 d1 20 80 11
  00 40 d2 65 00 00 01 01 08 0a e4 5e 7d e1 55 4f
  fc ed
`)

/** ping -s 8 10.0.8.1 through a router with: ip route add prohibit 10.0.8.0/24 */
export const PACKET_FILTERED = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 c0
  00 40 90 0a 00 00 40 01 d5 f0 0a 00 00 02 0a 00
  00 01 03 0d fc f2 00 00 00 00 45 00 00 24 42 c4
  40 00 40 01 dc 13 0a 00 00 01 0a 00 08 01 08 00
  b1 a8 3a 46 00 01 00 01 02 03 04 05 06 07
`)

/** ping -t 1 -s 8 10.0.7.1 through a router */
export const TIME_EXCEEDED = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 c0
  00 40 90 0b 00 00 40 01 d5 ef 0a 00 00 02 0a 00
  00 01 0b 00 f4 ff 00 00 00 00 45 00 00 24 d1 f9
  40 00 01 01 8c de 0a 00 00 01 0a 00 07 01 08 00
  b1 a7 3a 47 00 01 00 01 02 03 04 05 06 07
`)

/** ping -s 8 10.0.7.1 through a router that has: ip route add 10.0.7.0/24 via 10.0.0.3 */
export const REDIRECT = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 c0
  00 40 90 0c 00 00 40 01 d5 ee 0a 00 00 02 0a 00
  00 01 05 01 f0 fb 0a 00 00 03 45 00 00 24 d1 fa
  40 00 3f 01 4e dd 0a 00 00 01 0a 00 07 01 08 00
  b1 a6 3a 48 00 01 00 01 02 03 04 05 06 07
`)

/** ip link set eth0 mtu 68; ping -M dont -p 41 -s 60 10.0.0.2 */
export const FRAGMENT_FIRST = fromHex(`
  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00
  00 44 23 70 20 00 40 01 23 47 0a 00 00 01 0a 00
  00 02 08 00 88 02 3c 5b 00 01 2c 62 03 6b 00 00
  00 00 59 38 0f 00 00 00 00 00 41 41 41 41 41 41
  41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41
  41 41
`)

/** the rest of it */
export const FRAGMENT_LAST = fromHex(`
  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00
  00 28 23 70 00 06 40 01 43 5d 0a 00 00 01 0a 00
  00 02 41 41 41 41 41 41 41 41 41 41 41 41 41 41
  41 41 41 41 41 41
`)

/** ping -M do -p 41 -s 60 10.0.6.9, the router has mtu 68 on the way there */
export const FRAG_NEEDED = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 c0
  00 74 a9 c8 00 00 40 01 bb fe 0a 00 00 02 0a 00
  00 01 03 04 fc b7 00 00 00 44 45 00 00 58 00 00
  40 00 40 01 20 9c 0a 00 00 01 0a 00 06 09 08 00
  d6 15 3c 6e 00 01 2e 62 03 6b 00 00 00 00 18 12
  00 00 00 00 00 00 41 41 41 41 41 41 41 41 41 41
  41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41
  41 41 41 41 41 41 41 41 41 41 41 41 41 41 41 41
  41 41
`)

/** ICMP timestamp from a raw socket: id 0x1234, seq 1, originate 1000 */
export const TIMESTAMP_REQUEST = fromHex(`
  02 00 00 00 00 02 02 00 00 00 00 01 08 00 45 00
  00 28 24 33 40 00 40 01 02 a0 0a 00 00 01 0a 00
  00 02 0d 00 dc e2 12 34 00 01 00 00 03 e8 00 00
  00 00 00 00 00 00
`)

/** its answer */
export const TIMESTAMP_REPLY = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 00
  00 28 a9 d9 00 00 40 01 bc f9 0a 00 00 02 0a 00
  00 01 0e 00 b2 52 12 34 00 01 00 00 03 e8 04 aa
  10 1e 04 aa 10 1e
`)

/** answer to b'abcd' from a raw socket of protocol 253 */
export const PROTOCOL_UNREACHABLE = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 c0
  00 34 a9 da 00 00 40 01 bc 2c 0a 00 00 02 0a 00
  00 01 03 02 38 37 00 00 00 00 45 00 00 18 1f 62
  40 00 40 fd 06 85 0a 00 00 01 0a 00 00 02 61 62
  63 64
`)

/** answer to an echo request with the options 07 04 03 00: record route, pointer 3 */
export const PARAMETER_PROBLEM = fromHex(`
  02 00 00 00 00 01 02 00 00 00 00 02 08 00 45 c0
  00 3c a9 db 00 00 40 01 bc 23 0a 00 00 02 0a 00
  00 01 0c 00 dd ff 16 00 00 00 46 00 00 20 00 07
  00 00 40 01 5b d0 0a 00 00 01 0a 00 00 02 07 04
  03 00 08 00 f7 f7 00 07 00 01
`)

/** ip link add br0 type bridge stp_state 1; an 802.3 frame */
export const STP_HELLO = fromHex(`
  01 80 c2 00 00 00 02 00 00 00 00 01 00 26 42 42
  03 00 00 00 00 00 80 00 02 00 00 00 00 01 00 00
  00 00 80 00 02 00 00 00 00 01 80 01 00 00 14 00
  02 00 0f 00
`)

/** All of them, by name. */
export const FRAMES: Readonly<Record<string, Uint8Array>> = {
  ARP_REQUEST,
  ARP_REPLY,
  ECHO_REQUEST,
  ECHO_REPLY,
  UDP_HELLO,
  PORT_UNREACHABLE,
  RECORD_ROUTE_REQUEST,
  RECORD_ROUTE_REPLY,
  TIMESTAMP_OPTION_REQUEST,
  TIMESTAMP_OPTION_REPLY,
  TCP_SYN,
  TCP_SYN_ACK,
  TCP_DATA,
  TCP_FIN,
  PACKET_FILTERED,
  TIME_EXCEEDED,
  REDIRECT,
  FRAGMENT_FIRST,
  FRAGMENT_LAST,
  FRAG_NEEDED,
  TIMESTAMP_REQUEST,
  TIMESTAMP_REPLY,
  PROTOCOL_UNREACHABLE,
  PARAMETER_PROBLEM,
  STP_HELLO,
}
