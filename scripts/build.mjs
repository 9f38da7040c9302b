// npm run build: packages, then dist/.
import { build, installPackages } from './setup.mjs'

installPackages()
build()
