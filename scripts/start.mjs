// npm start: sets up, shows the journey of the first lab's packet, then the lab itself in a page, until Ctrl-C.
// npm start -- --headless: the same without the page: the lab's checks in the terminal; then it exits.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { build, buildPage, installPackages, root, run } from './setup.mjs'

const headless = process.argv.includes('--headless')
const netarium = path.join(root, 'bin', 'netarium')

installPackages()
build()
if (!headless) buildPage()
run(process.execPath, [netarium, 'why', 'first-ping', 'alice', 'bob'])
console.log()
if (headless) {
  run(process.execPath, [netarium, 'run', 'first-ping'])
  console.log(`
Next:  bin/netarium labs
       bin/netarium exec first-ping alice -- ping -c 3 10.0.0.2
       bin/netarium run first-ping --pcap first-ping.pcapng`)
} else {
  const others = process.argv.slice(2)
  const page = spawn(process.execPath, [netarium, 'up', 'first-ping', ...others], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => page.kill(signal))
  page.on('exit', (status) => { process.exitCode = status ?? 1 })
}
