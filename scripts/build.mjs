// npm run build: packages, then dist/, the page too.
import { build, buildPage, installPackages } from './setup.mjs'

installPackages()
build()
buildPage()
