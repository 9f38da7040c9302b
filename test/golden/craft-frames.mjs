// Writes crafted.pcap (a frame of each kind that a printer must know, right and wrong) and cut.pcap (some of them cut
// at every length, as a short snapshot length does). Run: node test/golden/craft-frames.mjs
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const bytes = hex => Uint8Array.from((hex.replace(/\s/g, '').match(/../g) ?? []).map(pair => parseInt(pair, 16)))
const join = (...parts) => Uint8Array.from(parts.flatMap(part => [...(typeof part === 'string' ? bytes(part) : part)]))
const u16 = value => [value >> 8 & 255, value & 255]
const u32 = value => [...u16(value >>> 16), ...u16(value & 65535)]
const text = string => [...string].map(character => character.charCodeAt(0))
const zeros = count => new Array(count).fill(0)
const address = quad => quad.split('.').map(Number)

function sum(data) {
  let total = 0
  for (let i = 0; i < data.length; i += 2) total += data[i] << 8 | (data[i + 1] ?? 0)
  while (total > 65535) total = (total & 65535) + (total >>> 16)
  return total
}

function withSum(data, at, seed = 0) {
  const copy = Uint8Array.from(data)
  let total = sum(copy) + seed
  while (total > 65535) total = (total & 65535) + (total >>> 16)
  copy.set(u16(~total & 65535), at)
  return copy
}

function ip({ src = '10.0.0.1', dst = '10.0.0.2', proto = 17, ttl = 64, tos = 0, id = 7, frag = 0, options = '',
  total = null, version = 4, hl = null, checksum = null }, payload) {
  const extra = bytes(options)
  const length = 20 + extra.length
  const header = join([version << 4 | (hl ?? length / 4), tos, ...u16(total ?? length + payload.length), ...u16(id),
    ...u16(frag), ttl, proto, 0, 0], address(src), address(dst), extra)
  const summed = withSum(header, 10)
  if (checksum !== null) summed.set(u16(checksum), 10)
  return join(summed, payload)
}

const pseudo = (src, dst, proto, length) => sum(join(address(src), address(dst), [0, proto], u16(length)))

function udp({ sport = 40000, dport = 9999, length = null, checksum = null, src = '10.0.0.1', dst = '10.0.0.2' }, data) {
  const datagram = join(u16(sport), u16(dport), u16(length ?? 8 + data.length), '0000', data)
  const summed = withSum(datagram, 6, pseudo(src, dst, 17, datagram.length))
  if (checksum !== null) summed.set(u16(checksum), 6)
  return summed
}

function tcp({ sport = 41000, dport = 7777, seq = 1000, ack = 0, flags = 2, win = 64240, urg = 0, options = '', hl = null,
  checksum = null, src = '10.0.0.1', dst = '10.0.0.2' }, data = []) {
  const extra = bytes(options)
  const segment = join(u16(sport), u16(dport), u32(seq), u32(ack), [(hl ?? 5 + extra.length / 4) << 4, flags], u16(win),
    '0000', u16(urg), extra, data)
  const summed = withSum(segment, 16, pseudo(src, dst, 6, segment.length))
  if (checksum !== null) summed.set(u16(checksum), 16)
  return summed
}

const icmp = (type, code, rest, data = []) => withSum(join([type, code, 0, 0], rest, data), 2)
const ether = (type, payload, dst = '020000000002', src = '020000000001') => join(dst, src, u16(type), payload)
const ipv4 = (fields, payload) => ether(0x0800, ip(fields, payload))
const llc = payload => ether(payload.length, payload, '0180c2000000')

function arp({ op = 1, sha = '020000000001', spa = '10.0.0.1', tha = '000000000000', tpa = '10.0.0.2', hrd = 1,
  pro = 0x0800, hln = 6, pln = 4, dst = 'ffffffffffff' }) {
  return ether(0x0806, join(u16(hrd), u16(pro), [hln, pln], u16(op), sha, address(spa), tha, address(tpa)), dst)
}

const probe = ip({ src: '10.0.0.2', dst: '192.0.2.9', ttl: 1, id: 99 }, udp({ src: '10.0.0.2', dst: '192.0.2.9', dport: 33434 }, zeros(12)))
const tcpProbe = ip({ src: '10.0.0.2', dst: '192.0.2.9', proto: 6 }, tcp({ src: '10.0.0.2', dst: '192.0.2.9', dport: 80 }))
const quote = (type, code, rest, inner = probe) => ipv4({ proto: 1 }, icmp(type, code, rest, inner))

const frames = []
// ARP: request, reply, unicast request, probe, announcement, gratuitous reply, RARP, InARP, odd ones
frames.push(arp({}), arp({ op: 2, sha: '020000000002', spa: '10.0.0.2', tha: '020000000001', tpa: '10.0.0.1', dst: '020000000001' }))
frames.push(arp({ tha: '020000000002', dst: '020000000002' }), arp({ spa: '0.0.0.0' }), arp({ tpa: '10.0.0.1' }))
frames.push(arp({ op: 2, tpa: '10.0.0.1', tha: 'ffffffffffff' }), arp({ tha: 'ffffffffffff', tpa: '10.0.0.1' }))
frames.push(arp({ op: 3 }), arp({ op: 4 }), arp({ op: 8 }), arp({ op: 9 }), arp({ op: 10 }), arp({ op: 77 }))
frames.push(arp({ hrd: 6 }), arp({ hrd: 99 }), arp({ pro: 0x86dd }), arp({ pro: 0x1234 }), arp({ pro: 0x1000 }))
frames.push(ether(0x8035, join('0001080006040003 020000000001 00000000 020000000001 00000000')))
frames.push(ether(0x0806, join('00010800060a0001', zeros(32))), ether(0x0806, join('0001080000040001 0a000001 0a000002')))
frames.push(ether(0x0806, join('0001080002040001 1122 0a000001 3344 0a000002')), join(arp({}), zeros(18)))
// UDP: generic, checksums, lengths, ports with names, padding, empty
frames.push(ipv4({}, udp({}, text('hello'))), ipv4({}, udp({ checksum: 0 }, text('hello'))), ipv4({}, udp({ checksum: 0x1234 }, text('hello'))))
frames.push(ipv4({}, udp({ length: 7 }, text('hello'))), ipv4({}, udp({ length: 99 }, text('hello'))), ipv4({}, udp({ length: 10 }, text('hello'))))
frames.push(ipv4({}, udp({ sport: 33000, dport: 33434 }, zeros(32))), ipv4({}, udp({ dport: 7 }, [])), join(ipv4({}, udp({}, text('x'))), zeros(17)))
frames.push(ipv4({}, bytes('9c40270f00')), ipv4({}, bytes('9c')), ipv4({ dst: '255.255.255.255' }, udp({ dst: '255.255.255.255', dport: 9 }, text('wake'))))
frames.push(ipv4({ options: '830b04 0a000003 0a000004 00' }, udp({ dst: '10.0.0.4' }, text('routed'))))
frames.push(ipv4({}, udp({ dport: 5060 }, text('OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n\r\n'))))
// IPv4 headers: tos, ecn, ttl, flags, options, bad ones
for (const tos of [0x10, 1, 2, 3, 0xb8, 0xff]) frames.push(ipv4({ tos }, udp({}, [1])))
frames.push(ipv4({ ttl: 0 }, udp({}, [1])), ipv4({ ttl: 255, id: 0, frag: 0x4000 }, udp({}, [1])), ipv4({ frag: 0x8000 }, udp({}, [1])))
frames.push(ipv4({ checksum: 0xbeef }, udp({}, [1])), ipv4({ total: 100 }, udp({}, [1])), ipv4({ total: 10 }, udp({}, [1])), ipv4({ total: 0 }, udp({}, [1])))
frames.push(ipv4({ hl: 4 }, udp({}, [1])), ipv4({ hl: 15 }, udp({}, [1])), ipv4({ version: 6 }, udp({}, [1])), ipv4({ version: 5 }, udp({}, [1])), ipv4({ version: 0 }, udp({}, [1])))
for (const options of ['94040000', '94040007', '94030000', '01010101', '0701010100000000'.slice(0, 8), '070b04 00000000 00000000 00', '070b08 0a000009 00000000 00',
  '070b0c 0a000009 0a00000a 00', '070704 00000000 00', '070603 00000000 0000', '070304 00', '890704 0a000009 00', '830704 0a000009 00', '830702 0a000009 00', '440c0500 00000001 00000000', '440c0900 00000001 00000002',
  '440c0d00 00000001 00000002', '440c0530 00000001 00000002', '440c0501 0a000001 00000005', '440c0d01 0a000001 00000005', '440c0503 0a000001 00000005', '440c0502 00000000 00000000',
  '440b0500 00000001 00000000', '44030500', '44040500', '820b0000000000000000000000'.slice(0, 24), '520c000000000000 00000000', '88040001', 'c0040001', '01830704 0a000009', '0000ffff', '07000000', '07ff0000', '0113ffff']) {
  frames.push(ipv4({ options }, udp({}, [1])))
}
// Fragments
frames.push(ipv4({ frag: 0x2000, id: 5 }, udp({ length: 100 }, zeros(24))), ipv4({ frag: 0x2000 | 185, id: 5 }, zeros(64)), ipv4({ frag: 370, id: 5 }, zeros(10)))
frames.push(ipv4({ frag: 0x2000, proto: 1 }, icmp(8, 0, '00010002', zeros(24))), ipv4({ frag: 4, proto: 1 }, zeros(8)), ipv4({ frag: 0x6000, proto: 6 }, tcp({}, zeros(8))), ipv4({ frag: 4, proto: 99 }, zeros(8)))
// ICMP
frames.push(ipv4({ proto: 1, frag: 0x4000 }, icmp(8, 0, '04d20001', text('abcdefgh'))), ipv4({ proto: 1 }, icmp(0, 0, '04d20001', text('abcdefgh'))))
frames.push(ipv4({ proto: 1 }, join('0800dead04d20001', text('bad sum'))), ipv4({ proto: 1 }, bytes('0800')), ipv4({ proto: 1 }, []))
for (let code = 0; code <= 16; code++) frames.push(quote(3, code, code === 4 ? '00000514' : '00000000'))
frames.push(quote(3, 4, '00000000'), quote(3, 3, '00000000', tcpProbe), quote(3, 3, '00000000', ip({ proto: 253 }, zeros(12))), quote(3, 2, '00000000', ip({ proto: 253 }, zeros(8))))
frames.push(quote(3, 3, '00000000', probe.slice(0, 28)), quote(3, 1, '00000000', probe.slice(0, 24)), quote(3, 1, '00000000', probe.slice(0, 18)), quote(3, 1, '00000000', []), quote(3, 3, '00000000', probe.slice(0, 20)))
for (let code = 0; code <= 4; code++) frames.push(quote(5, code, '0a0000fe'))
for (let code = 0; code <= 2; code++) frames.push(quote(11, code, '00000000'))
frames.push(quote(11, 0, '00000000', []), quote(12, 0, '14000000'), quote(12, 1, '00000000'), quote(4, 0, '00000000'))
frames.push(ipv4({ proto: 1 }, icmp(9, 0, '02020708', '0a000001 00000001 0a000002 80000000')), ipv4({ proto: 1 }, icmp(9, 0, '0102003b', '0a000001 00000001')), ipv4({ proto: 1 }, icmp(9, 0, '010206a5')), ipv4({ proto: 1 }, icmp(9, 0, '01030e11')))
frames.push(ipv4({ proto: 1 }, icmp(10, 0, '00000000')), ipv4({ proto: 1 }, icmp(13, 0, '00010002', zeros(12))), ipv4({ proto: 1 }, icmp(14, 0, '00010002', '00000001 0337f980 05265bff')), ipv4({ proto: 1 }, icmp(14, 0, '00010002')))
frames.push(ipv4({ proto: 1 }, icmp(15, 0, '00010002')), ipv4({ proto: 1 }, icmp(16, 0, '00010002')), ipv4({ proto: 1 }, icmp(17, 0, '00010002', zeros(4))), ipv4({ proto: 1 }, icmp(18, 0, '00010002', 'ffffff00')), ipv4({ proto: 1 }, icmp(42, 3, '00010002')))
const padded = join(probe, zeros(128 - probe.length))
const extension = data => withSum(join('20000000', data), 2)
frames.push(quote(11, 0, '00200000', join(padded, extension('0008 0101 00064140'))), quote(11, 0, '00000000', join(padded, extension('000c 0101 000fe001 00064140'))), quote(11, 0, '00000000', join(padded, zeros(12))))
frames.push(quote(11, 0, '00200000', join(padded, extension('0008 020f 01020304 0000 0000'))), quote(11, 0, '00200000', join(padded, '10000000 00080101 00000000')), quote(3, 1, '00200000', join(padded, '20001234 00080101 00064140')), quote(11, 0, '00200000', join(padded, extension('0006 0901 0102'))))
// TCP: a conversation (relative numbers), options, flags, oddities
const a = { src: '10.0.0.1', dst: '10.0.0.2', sport: 41000, dport: 7777 }
const b = { src: '10.0.0.2', dst: '10.0.0.1', sport: 7777, dport: 41000 }
const seg = (side, fields, data) => ipv4({ ...side, proto: 6, frag: 0x4000 }, tcp({ ...side, ...fields }, data))
const ts = '0101080a 00000010 00000020'
frames.push(seg(a, { seq: 4294967290, flags: 2, options: '020405b4 0402080a 00000001 00000000 01030307' }), seg(b, { seq: 5000, ack: 4294967291, flags: 0x12, options: '020405b4 0402080a 00000002 00000001 01030307' }))
frames.push(seg(a, { seq: 4294967291, ack: 5001, flags: 0x10, options: ts }), seg(a, { seq: 4294967291, ack: 5001, flags: 0x18, options: ts }, text('GET /')), seg(b, { seq: 5001, ack: 0, flags: 0x10, options: ts }))
frames.push(seg(b, { seq: 5001, ack: 0, flags: 0x18 }, text('answer')), seg(a, { seq: 0, ack: 5001, flags: 0x10, options: '0101050a 00001391 00001399' }), seg(a, { seq: 0, ack: 5001, flags: 0x10, options: '01010512 00001391 00001399 000013a1 000013a9' }))
frames.push(seg(b, { seq: 5007, ack: 0, flags: 0x10, options: '0101050a 00000005 00000009' }), seg(a, { seq: 0, ack: 5007, flags: 0x11 }), seg(b, { seq: 5007, ack: 1, flags: 0x11 }), seg(a, { seq: 1, ack: 5008, flags: 0x10 }))
frames.push(seg(a, { flags: 4 }), seg(a, { flags: 0x14, ack: 1 }, text('No listener here\x01\x7f\xe9')), seg(a, { flags: 4 }, text('a text that is longer than thirty characters')))
for (const flags of [0, 1, 8, 0x20, 0x40, 0x80, 0xff, 0xc2]) frames.push(seg({ ...a, sport: 42000 }, { flags, urg: 5, ack: 77 }))
frames.push(seg({ ...a, sport: 43000, dport: 43000 }, { flags: 0x10, ack: 9 }), seg({ ...b, sport: 43000, dport: 43000 }, { flags: 0x10, seq: 9, ack: 1001 }))
for (const options of ['00000000', '0101fe04', 'fe06f989 0101', 'fe04f989', 'fe0af989 0102030405060708'.slice(0, 18) + '0101', 'fd041234', '1c048003 ', '1c040006', '22020101', '220a 0102030405060708 0101', '22050102 03010101',
  '1306 00000000 0101', '13120102030405060708090a0b0c0d0e0f10 0101', '1d100102 0102030405060708090a0b0c', '1d030101', '14040102', '06060000 00010101', '0706 00000001 0101', '0b06 00000001 0101', '0c06 00000001 0101', '0d06 00000001 0101',
  '02030101', '02050101 01010101', '03020101', '0202 0101', '080a0000 00010000', '05040000', '0512 0000000100000002 0101', '0400 0101', '0401 0101', '04280101', '1e0c 0081 0102030405060708'.slice(0, 24), '020405b4 05', '02', '0101 0206', '63060102 03040101', '63020101']) {
  const clean = options.replace(/\s/g, '')
  if (clean.startsWith('1e')) continue
  const fill = clean + '01'.repeat((8 - clean.length % 8) % 8 / 2)
  frames.push(seg({ ...a, sport: 44000 }, { flags: 0x10, ack: 3, options: fill }))
}
frames.push(seg(a, { hl: 4, flags: 0x10 }), seg(a, { hl: 15, flags: 0x10 }), seg(a, { checksum: 0xbeef, flags: 0x10, ack: 5 }), ipv4({ proto: 6 }, bytes('a0281e')), ipv4({ proto: 6 }, bytes('a0281e61 000003e8')))
for (const [dport, data] of [[80, 'GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n'], [80, 'get / x\nb'], [80, 'just a body\r\n'], [8080, 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n\x01\x02'],
  [80, '\x00\x01'], [21, '220 ready\r\n'], [25, 'EHLO me\r\nMAIL'], [43, 'example.org\r\n'], [554, 'PLAY rtsp://x RTSP/1.0\r\n'], [22, 'SSH-2.0-OpenSSH_9.2\r\n'], [22, '\x00\x00\x01'], [22, 'SSH'], [80, 'POST'], [80, 'HTTP/1.0 20x no\n']]) {
  frames.push(seg({ ...a, dport }, { flags: 0x18, ack: 1 }, text(data)), seg({ ...b, sport: dport }, { flags: 0x18, ack: 1 }, text(data)))
}
// Other IP protocols, IP in IP, unknown
frames.push(ipv4({ proto: 99 }, zeros(8)), ipv4({ proto: 253 }, zeros(8)), ipv4({ proto: 255 }, zeros(4)), ipv4({ proto: 0 }, zeros(4)), ipv4({ proto: 59 }, []), ipv4({ proto: 77 }, zeros(4)), ipv4({ proto: 58 }, zeros(8)), ipv4({ proto: 143 }, zeros(8)))
frames.push(ipv4({ proto: 4 }, ip({ src: '192.168.0.1', dst: '192.168.0.2' }, udp({ src: '192.168.0.1', dst: '192.168.0.2' }, [1, 2]))))
// VLAN, QinQ, unknown EtherTypes, LLC, STP, SNAP
const tagged = (tci, inner, tpid = 0x8100) => join(inner.slice(0, 12), u16(tpid), u16(tci), inner.slice(12))
frames.push(tagged(10, arp({})), tagged(0xe00a, ipv4({}, udp({}, [1]))), tagged(0x1fff, ipv4({}, udp({}, [1]))), tagged(5, tagged(100, ipv4({}, udp({}, [1])), 0x8100), 0x88a8), tagged(1, tagged(2, arp({})), 0x9100), tagged(7, llc(bytes('aaaa03000000 0800'))))
frames.push(ether(0x1234, text('unknown ethertype')), ether(0x88b5, text('odd')), ether(0x0600, zeros(4)), ether(0x893a, zeros(10)), ether(0x6004, zeros(3)), ether(0x1234, []), tagged(3, ether(0x1234, text('abc'))), ether(1500, zeros(46)), ether(1501, zeros(46)))
const bpdu = '00000000 00 8000020000000001 00000000 8000020000000001 8001 0000 1400 0200 0f00'
const rstp = '00000202 7c 8000020000000001 00000004 8000020000000002 8002 0100 1400 0200 0f00 00'
frames.push(join(llc(join('424203', bpdu)), zeros(8)), llc(join('424203', rstp)), llc(bytes('424203 00000080')), llc(bytes('424203 0000')), llc(bytes('424203 0000 09 00')), llc(bytes('424203 0001 00 00')), llc(join('424203', bpdu.slice(0, 30))), llc(bytes('424203 0000 00 55')))
frames.push(llc(join('424203', '00000000 91 8000020000000001 00000000 8000020000000001 8001 0080 1401 02c0 0fff')))
frames.push(llc(bytes('aaaa03 000000 1234 0102')), llc(bytes('aaaa03 00000c 2999 0102')), llc(join('aaaa03 00000c 010b', bpdu)), llc(bytes('aaaa03 123456 0001 aa')), llc(join('aaaa03 000000 0800', ip({}, udp({}, [1])))), llc(bytes('aaaa03 0000')), llc(bytes('aaaa03 080007 1234 00')))
frames.push(llc(bytes('0000af 8101 02')), llc(bytes('0001af 810102')), llc(bytes('000000 01 2233')), llc(bytes('0401 0100')), llc(bytes('0404 05 01')), llc(bytes('1011 7f 01 02')), llc(bytes('4242 e3')), llc(bytes('0000 f3')), llc(bytes('00')), llc(bytes('0000 02')), llc(bytes('0000af')), llc(bytes('00017f')), llc(bytes('0608 03 00')))
frames.push(llc(join('060603', ip({}, udp({}, [1])))))
// Too short for anything
frames.push(bytes('ffffffffffff02000000'), bytes('ffffffffffff0200000000018100'), bytes('ffffffffffff02000000000181000001'))

function pcap(records) {
  const parts = [bytes('d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000')]
  const le = value => [value & 255, value >>> 8 & 255, value >>> 16 & 255, value >>> 24]
  records.forEach(({ frame, length }, index) => {
    parts.push(Uint8Array.from([...le(946684800 + Math.floor(index / 7)), ...le(index * 137_911 % 1_000_000), ...le(frame.length), ...le(length)]), frame)
  })
  return Buffer.concat(parts)
}

writeFileSync(`${here}/crafted.pcap`, pcap(frames.map(frame => ({ frame, length: frame.length }))))

const originals = [
  arp({}), tagged(10, arp({ op: 2 })), ipv4({}, udp({}, text('hello, world'))), seg({ ...a, sport: 45000 }, { flags: 0x18, ack: 5, options: ts }, text('data')),
  seg({ ...a, sport: 46000 }, { flags: 2, options: '020405b4 0402080a 00000001 00000000 01030307' }), ipv4({ proto: 1 }, icmp(8, 0, '04d20001', text('abcdefgh'))),
  quote(3, 3, '00000000'), quote(11, 0, '00200000', join(padded, extension('0008 0101 00064140'))), ipv4({ options: '070b08 0a000009 00000000 00' }, udp({}, [1])),
  llc(join('424203', rstp)), ether(0x1234, text('unknown')), llc(join('aaaa03 000000 0800', ip({}, udp({}, [1])))), seg({ ...a, dport: 80 }, { flags: 0x18, ack: 1 }, text('GET / HTTP/1.1\r\n\r\n')),
]
const cut = originals.flatMap(frame => Array.from({ length: frame.length - 1 }, (_, i) => ({ frame: frame.slice(0, i + 1), length: frame.length })))
writeFileSync(`${here}/cut.pcap`, pcap(cut))

// What filters of tunnels and chains of headers look into: tunnels.pcap, for record-filters.mjs alone.
const mac = '020000000002 020000000001'
const ip6 = (next, payload) => join('60000000', u16(payload.length), [next, 64], 'fe80', zeros(13), [1], 'fe80', zeros(13), [2], payload)
const eth6 = (next, payload) => join(mac, '86dd', ip6(next, payload))
const geneve = ({ vni = 5, type = 0x6558, options = '', first = null }, inner) => {
  const extra = bytes(options)
  return join([first ?? extra.length / 4, 0], u16(type), [vni >> 16 & 255, vni >> 8 & 255, vni & 255, 0], extra, inner)
}
const over4 = (fields, inner, outer = {}) => ipv4(outer, udp({ sport: 50000, dport: 6081 }, geneve(fields, inner)))
const over6 = (fields, inner) => eth6(17, join(u16(50000), u16(6081), u16(8 + 8), '0000', geneve(fields, inner)))
const inners = [ipv4({}, udp({}, text('inner'))), ipv4({ proto: 6, src: '10.1.0.2' }, tcp({ dport: 80 })), arp({}), tagged(3, ipv4({}, udp({ dport: 53 }, [1]))),
  eth6(6, tcp({ dport: 80 })), join('ffffffffffff 020000000001 0800', ip({ options: '01010100' }, tcp({ sport: 80 }))), llc(join('424203', rstp)),
  join(mac, '8847 00003140', ip({}, udp({}, [2]))), join(mac, '8864 1100 0003 0020 0021', ip({}, udp({}, [3]))), ether(0x1234, text('odd'))]
const tunnels = inners.flatMap((inner, i) => [over4({ vni: i }, inner), over6({ vni: 5, options: '01020304 00000000' }, inner)])
tunnels.push(over4({ type: 0x0800 }, ip({}, tcp({ dport: 80 }))), over4({ type: 0x86dd, options: '0102030401020304' }, ip6(17, udp({}, [1]))), over6({ type: 0x0800, vni: 0xffffff }, ip({}, udp({}, [1]))),
  over4({ first: 0x40 }, inners[0]), over4({ first: 0x3f }, inners[0]), over4({}, inners[0], { options: '0101010101010100' }), over4({}, inners[0], { frag: 5 }),
  ipv4({}, udp({ sport: 6081, dport: 6082 }, geneve({}, inners[0]))), ipv4({ proto: 6 }, tcp({ dport: 6081 })), tagged(9, over4({}, inners[1])),
  over4({ vni: 7 }, over4({ vni: 3 }, inners[1])), over4({ vni: 7 }, over6({ vni: 3 }, inners[0])), over6({ vni: 7 }, over4({ vni: 3, type: 0x0800 }, ip({}, tcp({})))),
  over4({ vni: 7 }, join(mac, '8864 1100 0003 0020 0021', ip({}, udp({ dport: 6081 }, geneve({}, inners[1]))))), join(mac, '8847 00003140', ip({}, udp({ dport: 6081 }, geneve({}, inners[0])))))
const ah = (next, length, data) => join([next, length], '0000 00000100 00000001', zeros((length + 2) * 4 - 12), data)
const extensionHeader = (next, length, data) => join([next, length], zeros(6 + 8 * length), data)
tunnels.push(ipv4({ proto: 51 }, ah(6, 4, tcp({}))), ipv4({ proto: 51 }, ah(17, 1, udp({}, [1]))), ipv4({ proto: 51 }, ah(51, 4, ah(6, 4, tcp({})))), ipv4({ proto: 51, options: '01010100' }, ah(6, 4, tcp({}))), ipv4({ proto: 59 }, []), tagged(4, ipv4({ proto: 51 }, ah(6, 4, tcp({})))),
  eth6(0, extensionHeader(6, 0, tcp({}))), eth6(0, extensionHeader(60, 1, extensionHeader(43, 0, extensionHeader(44, 2, extensionHeader(17, 0, udp({}, [1])))))), eth6(60, extensionHeader(59, 0, [])), eth6(51, ah(6, 4, tcp({}))), eth6(0, extensionHeader(51, 0, ah(17, 4, udp({}, [1])))), eth6(43, extensionHeader(0, 3, extensionHeader(50, 0, zeros(8)))), eth6(44, extensionHeader(6, 0, tcp({}))), eth6(58, zeros(8)),
  join(mac, '8847 00003140', ip({ proto: 51 }, ah(6, 4, tcp({})))), join(mac, '8864 1100 0003 0020 0057', ip6(0, extensionHeader(6, 0, tcp({})))))
const whole = tunnels.map(frame => ({ frame, length: frame.length }))
const shortened = [tunnels[2], tunnels[3], tunnels[20], tunnels[35], tunnels[42]].flatMap(frame => Array.from({ length: frame.length - 15 }, (_, i) => ({ frame: frame.slice(0, i + 15), length: frame.length })))
writeFileSync(`${here}/tunnels.pcap`, pcap([...whole, ...shortened]))
console.log(`crafted.pcap: ${frames.length} frames; cut.pcap: ${cut.length} frames; tunnels.pcap: ${whole.length + shortened.length} frames`)
