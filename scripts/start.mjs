// npm start: sets up, then shows the first lab: the journey of its packet, and its checks.
import path from 'node:path'
import { build, installPackages, root, run } from './setup.mjs'

installPackages()
build()
const netarium = path.join(root, 'bin', 'netarium')
run(process.execPath, [netarium, 'why', 'first-ping', 'alice', 'bob'])
console.log()
run(process.execPath, [netarium, 'run', 'first-ping'])
console.log(`
Next:  bin/netarium labs
       bin/netarium exec first-ping alice -- ping -c 3 10.0.0.2
       bin/netarium run first-ping --pcap first-ping.pcapng`)
