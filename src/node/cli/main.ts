import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { conclude, EXIT_BAD_INPUT } from './context.ts'
import { exec } from './exec.ts'
import { kernel } from './kernel.ts'
import { labs } from './labs.ts'
import { run } from './run.ts'
import { sh } from './sh.ts'
import { up } from './up.ts'
import { why } from './why.ts'

/** The command line: `netarium VERB LAB …`. A file per verb. */
const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }

const program = new Command('netarium')
  .description('The Linux network in one process: describe a network in a file, run it, and ask each packet why.')
  .version(version)
  .addHelpText('after', `
LAB is the path of a lab file (or of a folder with a lab.yaml), or the name of a bundled lab.
Times are like 500ms, 3s, 2m. Exit status: 0 done and all checks hold, 1 a check failed (why: the packet or its
answer was lost; kernel: they differ), 2 bad input.`)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => { write(`netarium: ${text}`) } })

program.command('labs')
  .description('list the bundled labs')
  .option('--json', 'print one JSON document')
  .action((options) => conclude(() => labs(options)))

program.command('run')
  .description('run a lab\'s script and checks; ends with a table of checks, figures and the journal hash')
  .argument('<lab>')
  .option('--seed <n>', 'a seed instead of the lab\'s own')
  .option('--until <time>', 'end the run at this virtual time; checks that are due later are skipped')
  .option('--pcap <file.pcapng>', 'write every frame of every interface to one capture')
  .option('--junit <file.xml>', 'write the checks for a build server')
  .option('--json', 'print one JSON document')
  .action((lab, options) => conclude(() => run(lab, options)))

program.command('exec')
  .description('start a lab, run a command on a node in virtual time, print what Linux would; exits with its status')
  .argument('<lab>')
  .argument('<node>')
  .argument('<cmd...>', 'the command, after --')
  .option('--at <time>', 'run the lab\'s script until this time first')
  .option('--seed <n>', 'a seed instead of the lab\'s own')
  .option('--json', 'print one JSON document')
  .addHelpText('after', `
On a terminal, CMD "bash" is a console: line editing, history, Tab, Ctrl-C, Ctrl-Z, job control. Virtual time keeps pace
with real time while a program runs, and stands still while the shell waits at its prompt.`)
  .action((lab, node, words, options) => conclude(() => exec(lab, node, words, options)))

program.command('sh')
  .description('run an unchanged Linux script on a simulated machine, or on a node of a lab; exits with its status')
  .usage('[LAB] [--on NODE] [--seed N] [--json] -- bash SCRIPT [ARG…]')
  .argument('[words...]', 'a lab, if any, and behind -- the command')
  .option('--on <node>', 'the node of the lab; default its first host')
  .option('--seed <n>', 'a seed instead of the lab\'s own')
  .option('--json', 'print one JSON document')
  .addHelpText('after', `
Without LAB: one machine, root, with a loopback and nothing else, on which the script makes what it needs: ip netns,
veth, bridge, ping, sysctl, tcpdump … The script's folder can be read; what it writes is gone at the end.`)
  .action((words: string[], options) => {
    const dashes = process.argv.indexOf('--')
    const command = dashes < 0 ? [] : process.argv.slice(dashes + 1)
    return conclude(() => sh(words.slice(0, words.length - command.length), command, options))
  })

program.command('why')
  .description('send a packet and tell its journey, decision by decision; if it dies: where, of what, and what helps')
  .argument('<lab>')
  .argument('<from>', 'a node')
  .argument('<to>', 'a node or an address; with :PORT/udp a datagram, else an echo request')
  .option('--at <time>', 'run the lab\'s script until this time first')
  .option('--size <bytes>', 'send that much data, not to be fragmented (DF)')
  .option('--seed <n>', 'a seed instead of the lab\'s own')
  .option('--json', 'print one JSON document')
  .action((lab, from, to, options) => conclude(() => why(lab, from, to, options)))

program.command('kernel')
  .description('build the lab from network namespaces too, run the same commands, compare frames and outputs')
  .argument('<lab>')
  .option('--keep <dir>', 'write the captures of every link end, and what the commands printed')
  .option('--json', 'print one JSON document')
  .addHelpText('after', `
Needs root on Linux, iproute2, ethtool, tcpdump, and the programs that the lab runs; takes as long as the lab's script.
Hidden are: IP identifications, ICMP ids, ephemeral ports, ping's time stamps and measured times, tcpdump's stamps,
random MAC addresses, the order of neighbour tables. Nothing is left behind, also after Ctrl-C.
Exit status: 0 equal, 1 different, 2 bad input or it cannot be built here (says what is missing).`)
  .action((lab, options) => conclude(() => kernel(lab, options)))

program.command('up')
  .description('show the lab in a page: watch packets, open consoles, ask why, take time back')
  .argument('<lab>')
  .option('--port <n>', 'the port (4680, or a free one if that is taken); 0: a free one')
  .option('--listen <addr>', 'an address other than 127.0.0.1; then the page needs the token that is printed')
  .option('--token <text>', 'that token, instead of one made by chance')
  .action((lab, options) => conclude(() => up(lab, options)))

try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_BAD_INPUT
}
