import { describe, expect, test } from 'vitest'
import { RecordedNetwork } from '../../test/support/recorded.ts'
import { Simulation } from '../engine/simulation.ts'
import type { RandomStream } from '../engine/random.ts'
import { SIGKILL } from '../host/signals.ts'
import { PROGRAMS } from './registry.ts'

/*
 * Whatever a user types, a program answers: two thousand seeded lists of arguments for each that there is. What it may
 * not do is throw inside Netarium, or keep anybody waiting outside of virtual time. A list is words that the program
 * knows, broken ones, and noise.
 */
const LISTS = 2000
/** Virtual time after which a program that still runs is ended. */
const PATIENCE_NS = 200e6

const COMMON = [
  '', '-', '--', '-h', '--help', '-V', '-n', '-v', '-a', '-q', '-x', '-4', '-6', '--frob', '-Z9', '0', '1', '-1', '1.5',
  '65536', '4294967296', '99999999999999999999', '0x10', '1e9', 'NaN', 'eth1', 'eth9', 'lo', '10.0.0.1', '10.0.0.254',
  '10.0.0.0/24', '10.0.0.0/33', '0.0.0.0', '255.255.255.255', '224.0.0.1', '10.0.1.2', '300.1.1.1', '::1', 'nosuch',
  '02:00:00:00:01:02', 'zz:zz', 'all', 'default', 'a'.repeat(70), '\u00e9\u{1f642}', '%s%n', "'", '\\', '\n', '\t', ' ',
  '=', 'x=y', '/', '/proc/net', '[', '(', '*',
]

const WORDS: Readonly<Record<string, string>> = {
  arp: '-e -d -s -i -A -H -D -t -f --device --set inet ether temp pub dev',
  '[': 'a = != -eq 1 2 -n -z -f -d ( ) ! -a -o -t ] -nt < /etc -l',
  arping: '-f -b -D -U -A -c -w -i -I -s',
  awk: '-F -v -f -W : x=1 {print} {print$1} BEGIN{print} END{print\tNR} /a/ BEGIN{while(i<999)i++} BEGIN{print"a"|"cat"} '
    + 'NR==1,/x/ BEGIN{for(k\tin\ta);} {gsub(/a/,"&&");print} BEGIN{getline<"f";printf"%d%s%c",1,2} BEGIN{f(} '
    + 'function\tf(x){return\tf(x)} BEGIN{"date"|getline\tx;print\tx} BEGIN{$5="x";NF=2;print} '
    + 'BEGIN{print\tsubstr("abc",-1),1/0,2^0.5} version dump',
  bridge: '-j -s -d -p link fdb show set add del replace append get dev br br0 master self vlan dst static permanent '
    + 'learning on off cost priority state help brport dynamic monitor all -c -n -t -batch',
  base64: '-d -i -w 0 /etc/hosts',
  cat: '/proc/net/dev /proc/net/route /sys/class/net/eth1/mtu /etc/hosts /nosuch',
  cksum: '-a crc md5 --tag --untagged /etc/hosts',
  clear: '-T xterm -x -V',
  column: '-t -s : -o | -N A,B -R 1 -c 40 -x /etc/hosts',
  cp: '-r -v -n -f -t /etc/hosts /tmp/x /tmp',
  cut: '-d : -f 1 2- -c 1-3 -b -s --complement --output-delimiter=x /etc/hosts',
  date: '+%s +%F +%Q +% -u -d @0 now +1\\thour 2024-02-30T12:00+1 -I -R -r /etc/hosts --rfc-3339=ns next\\tday 12:00',
  echo: '-e -E -ne \\0101 \\x41 \\c',
  ethtool: '-i -S -k -P -a -c --version --driver --statistics',
  env: '-i -u A A=1 echo x env timeout',
  expr: '1 2 0 a abc + - * / % ( ) | & < = != : match length index substr a.*c \\(b\\) 99999999999999999999',
  find: '/etc /tmp -name -iname *s -type f d -path -maxdepth 1 -mindepth -size +1k -newer -empty -print -print0 -exec echo {} ; + '
    + '-delete ! -o -a ( ) , -prune -quit -depth',
  grep: '-E -F -i -v -c -n -o -w -x -e a.* (a|b)+ [[:alpha:]] \\(x\\)\\1 -A 1 -r /etc/hosts /etc',
  head: '-n -c 3 +2 -5 /etc/hosts',
  hexdump: '-C -c -b -d -o -x -v -n 5 -s 3 /etc/hosts',
  hostname: '-s -f -i',
  ifconfig: '-s up down netmask broadcast hw ether mtu txqueuelen promisc -promisc allmulti -arp arp eth1:1 add del metric',
  ip: '-j -p -d -s -br -o -4 -c -batch link address route rule neigh netns show add del change replace append set flush get '
    + 'save dev via src table main local metric proto static kernel scope host type veth bridge vlan id peer name up down mtu '
    + 'master nomaster lladdr nud permanent stale from to iif oif fwmark 0x1/0xff lookup priority blackhole unreachable '
    + 'nexthop weight onlink mark tos brd + label eth1:1 help list proxy scope link uidrange 1-2 ipproto udp sport '
    + 'nhid 1 group 1,2/3 fdb onlink groups bucket index resilient mpath encap monitor maddr identify pids exec attach '
    + 'list-id nsid 3 -all -n n1 n2 restore showdump -N -c=always -t -ts neigh all-nsid -force',
  join: '-t : -1 2 -a -v -e - -o 0,1.2 auto -i -j --header --check-order /etc/hosts /etc/hosts -',
  mawk: '-W -f -v {print} BEGIN{x=y=z} x y=1 {$0=$1} {NF=NF+1} {delete\ta[1]}',
  mtr: '-r -c -i -s -b -w --report 1 2 -m -f -u -C -j -x -l -n -o '
    + 'LSRNBAWVGJMXI -z -y -P -L 5000 -Q -B -a -I -U -G -Z -M -T -e 0.1',
  netstat: '-r -i -s -u -w -t -l -p -e -g -c -A inet --route --statistics',
  nstat: '-z -s -r -j IpInReceives Icmp* Udp%',
  md5sum: '-c -b -t -w -z --tag --status --quiet --strict /etc/hosts',
  od: '-A x -t x1z c d8 a -N 5 -j 3 -w 4 -v -An -c --endian=big /etc/hosts',
  ping: '-c -i -s -t -W -w -I -Q -M do want -p ff -f -R -T tsonly -b -L -D -O -A -l 3 -S -m -e',
  printf: '%d %s\\n %5.2f| %*d %.*f %q %b a\\tb %c %% %z % -5 1e3 0x1f %a %e %g %99999999d \\x41 \\c \'a',
  route: '-e -ee -F -C -A inet add del flush -net -host gw netmask dev metric reject mss window irtt mod',
  sed: '-n -e -E -i -s s/a/b/g /x/,$p 1,3d $!N;P;D y/abc/xyz/ a\\ q5 :a;ba /etc/hosts',
  sleep: '0.01 0 1s 2m infinity',
  ss: '-u -w -0 -a -n -l -H -p -t -x -e -m -i -o -O -s -r -f -A udp,raw inet sport dport src dst dev fwmark = '
    + '!= > <= :53 and or not ( ) state exclude established closed all 10.0.0.0/8 10.0.0.1:53 link:arp [::1]:1 0x1/0x1',
  sysctl: '-a -w -e -N -r -p -b --system net.ipv4.ip_forward net.ipv4.ip_forward=1 net.ipv4.conf.eth1.rp_filter '
    + 'net/ipv4/ip_forward net.ipv4.nosuch net.ipv4.ip_default_ttl=x',
  sort: '-n -r -k 2 1,1 -t : -u -h -V -M -c /etc/hosts',
  tail: '-n -c +3 -f -5 /etc/hosts',
  tcpdump: '-i -c -e -nn -X -XX -A -w -r -s -d -dd -p -t -tttt -l -U host port 53 icmp and or not ip arp tcp src dst net '
    + 'ether proto udp[0] > < less greater 100 vlan broadcast ip[8]=64',
  test: 'a = != -eq 1 2 -n -z -f -d ( ) ! -a -o -t ] -nt < /etc -l /proc/net/dev /dev/null -c -s',
  timeout: '-s -k KILL 0.1 5 sleep 1 --preserve-status -v',
  tr: '-d -s -c a-z A-Z [:lower:] [:upper:] [x*]',
  tracepath: '-n -b -m -l -p -4 -6 -V 1 100 1500 10.0.1.2/99',
  traceroute: '-I -U -T -q -m -w -f -N -p -z -s -i -g -t -F -A -e --mtu 3 60',
}

function listFor(program: string, random: RandomStream): string[] {
  const own = (WORDS[program] ?? '').split(' ').filter((word) => word !== '')
  const pick = (words: readonly string[]): string => words[random.below(words.length)]
  const words: string[] = []
  for (let count = random.below(9); count > 0; count--) {
    const kind = random.below(10)
    if (kind < 6 && own.length > 0) words.push(pick(own))
    else if (kind < 9) words.push(pick(COMMON))
    else {
      const word = pick(own.length > 0 ? own : COMMON)
      const at = random.below(word.length + 1)
      words.push(word.slice(0, at) + pick(COMMON) + word.slice(at + random.below(2)))
    }
  }
  return words
}

describe(`${LISTS} random lists of arguments`, () => {
  for (const name of PROGRAMS.keys()) {
    test(`${name} never throws`, async () => {
      const random = new Simulation(1).random.stream(`fuzz ${name}`)
      const failures: unknown[] = []
      let network = new RecordedNetwork(PROGRAMS)
      for (let list = 0; list < LISTS; list++) {
        // What was set up goes on to the next lists, for a while.
        if (list % 50 === 0) network = new RecordedNetwork(PROGRAMS)
        const argv = [name, ...listFor(name, random)]
        const host = network.host('a')
        const process = host.spawn(argv)
        const result = await host.finish(process, network.simulation.nowNs + PATIENCE_NS)
        if (!process.exited) process.kill(SIGKILL)
        if (result.failure !== null) failures.push({ argv, failure: String(result.failure), stderr: result.stderr })
      }
      expect(failures.slice(0, 5)).toEqual([])
    })
  }
})
