import { strerror } from '../base/errno.ts'
import type { Process, Program } from '../host/process.ts'
import { inDeviceOf } from '../inet/in-device.ts'
import { formatIpv4 } from '../wire/address.ts'
import { ProgramError, reporting } from './c-number.ts'
import { getopt } from './getopt.ts'
import { notModelled } from './not-modelled.ts'
import { resolveIpv4 } from './resolve.ts'

/** hostname 3.23: tells the host's name and what goes with it. A host of a lab keeps the name that the lab gave it. */
const SHORT = 'aAbdfF:h?iIsVy'
const LONG: Readonly<Record<string, string>> = {
  alias: 'a', 'all-fqdns': 'A', 'all-ip-addresses': 'I', boot: 'b', domain: 'd', 'file=': 'F', fqdn: 'f', help: 'h',
  'ip-address': 'i', long: 'f', nis: 'y', short: 's', version: 'V', yp: 'y',
}
const VERSION = 'hostname 3.23\n'
const USAGE = `Usage: hostname [-b] {hostname|-F file}         set host name (from file)
       hostname [-a|-A|-d|-f|-i|-I|-s|-y]       display formatted name
       hostname                                 display host name

       {yp,nis,}domainname {nisdomain|-F file}  set NIS domain name (from file)
       {yp,nis,}domainname                      display NIS domain name

       dnsdomainname                            display dns domain name

       hostname -V|--version|-h|--help          print info and exit

Program name:
       {yp,nis,}domainname=hostname -y
       dnsdomainname=hostname -d

Program options:
    -a, --alias            alias names
    -A, --all-fqdns        all long host names (FQDNs)
    -b, --boot             set default hostname if none available
    -d, --domain           DNS domain name
    -f, --fqdn, --long     long host name (FQDN)
    -F, --file             read host name or NIS domain name from given file
    -i, --ip-address       addresses for the host name
    -I, --all-ip-addresses all addresses for the host
    -s, --short            short host name
    -y, --yp, --nis        NIS/YP domain name

Description:
   This command can get or set the host name or the NIS domain name. You can
   also get the DNS domain or the FQDN (fully qualified domain name).
   Unless you are using bind or NIS for host lookups you can change the
   FQDN (Fully Qualified Domain Name) and the DNS domain name (which is
   part of the FQDN) in the /etc/hosts file.
`

/** The program `hostname`. */
export const hostname: Program = reporting(run)

function run(process: Process): number {
  const complaints: string[] = []
  const { options, operands } = getopt(process.argv, { short: SHORT, long: LONG }, (text) => complaints.push(text))
  let shown = ''
  for (const { name, value } of options) {
    switch (name) {
      case '?':
        process.stdout.write(USAGE)
        throw new ProgramError(complaints[0] ?? '', 255)
      case 'h': process.stdout.write(USAGE); return 255
      case 'V': process.stdout.write(VERSION); return 0
      case 'F': return setName(nameInFile(process, value))
      case 'b': break // a default for a machine that has no name; ours have one
      default: shown = name
    }
  }
  if (operands.length > 1) throw new ProgramError(USAGE, 255)
  if (operands.length === 1) return setName(operands[0])
  process.stdout.write(`${answer(process, shown)}\n`)
  return shown === 'y' ? 1 : 0
}

function nameInFile(process: Process, path: string): string {
  const text = process.readFile(path)
  if (typeof text === 'number') throw new ProgramError(`hostname: ${strerror(-text)}\n`, 1)
  const line = text.split('\n').map((each) => each.trim()).find((each) => each !== '' && !each.startsWith('#'))
  return line ?? ''
}

/** Checks a new name as the real one does; then says that names here do not change. */
function setName(name: string): number {
  const label = '[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?'
  if (!new RegExp(`^${label}(\\.${label})*$`).test(name) || name.length > 64) {
    throw new ProgramError('hostname: the specified hostname is invalid\n', 1)
  }
  throw new ProgramError(notModelled('hostname', name), 1)
}

function answer(process: Process, option: string): string {
  const own = process.host.name
  switch (option) {
    case 'a': case 'd': return ''
    case 'i': {
      const address = resolveIpv4(process, own)
      if (address === null) throw new ProgramError('hostname: Temporary failure in name resolution\n', 1)
      return formatIpv4(address)
    }
    case 'I': return `${addresses(process).join(' ')} `
    case 'A': return `${addresses(process).map(() => own).join(' ')} `
    case 's': return own.replace(/\..*/, '')
    case 'y': return 'hostname: Local domain name not set'
    default: return own
  }
}

/** Addresses of all devices that are up, but the loopback's. */
function addresses(process: Process): string[] {
  const { ns } = process.namespace
  return ns.devices.filter((device) => device.up && device !== ns.loopback)
    .flatMap((device) => inDeviceOf(device).addresses.map((each) => formatIpv4(each.local)))
}
