import type { Program, ProgramRegistry } from '../host/process.ts'
import { arping } from './arping.ts'
import { awk } from './awk/awk.ts'
import { bash } from './bash/bash.ts'
import { bridge } from './bridge.ts'
import { clear } from './clear.ts'
import { date } from './date.ts'
import { ethtool } from './ethtool.ts'
import { expr } from './expr.ts'
import { FILE_PROGRAMS } from './files/programs.ts'
import { hostname } from './hostname.ts'
import { ip } from './ip/ip.ts'
import { mtr } from './mtr/mtr.ts'
import { arp } from './net-tools/arp.ts'
import { ifconfig } from './net-tools/ifconfig.ts'
import { netstat } from './net-tools/netstat.ts'
import { route } from './net-tools/route.ts'
import { nstat } from './nstat.ts'
import { ping } from './ping/ping.ts'
import { printf } from './printf.ts'
import { echo, falsehood, sleep, truth } from './small.ts'
import { ss } from './ss/ss.ts'
import { PROCESS_PROGRAMS } from './proc/programs.ts'
import { sysctl } from './sysctl.ts'
import { tcpdump } from './tcpdump.ts'
import { test } from './test.ts'
import { tracepath } from './tracepath.ts'
import { TEXT_PROGRAMS } from './text/programs.ts'
import { traceroute } from './traceroute/traceroute.ts'

/** All programs that Netarium has, by the name they are called by. Each room of programs/ adds its own here. */
export const PROGRAMS: ProgramRegistry = new Map<string, Program>([
  ['[', test],
  ['arp', arp],
  ['arping', arping],
  ['awk', awk],
  ['bash', bash],
  ['bridge', bridge],
  ['clear', clear],
  ['date', date],
  ['echo', echo],
  ['ethtool', ethtool],
  ['expr', expr],
  ['false', falsehood],
  ['hostname', hostname],
  ['ifconfig', ifconfig],
  ['ip', ip],
  ['mawk', awk],
  ['mtr', mtr],
  ['netstat', netstat],
  ['nstat', nstat],
  ['ping', ping],
  ['printf', printf],
  ['route', route],
  ['sh', bash],
  ['sleep', sleep],
  ['ss', ss],
  ['sysctl', sysctl],
  ['tcpdump', tcpdump],
  ['tracepath', tracepath],
  ['test', test],
  ['traceroute', traceroute],
  ['true', truth],
  ...TEXT_PROGRAMS,
  ...FILE_PROGRAMS,
  ...PROCESS_PROGRAMS,
])
