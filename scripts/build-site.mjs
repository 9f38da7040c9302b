// npm run build:site: the page as a static site in dist/site, for any file server and any folder; it works offline.
import { buildSite, installPackages } from './setup.mjs'

installPackages()
buildSite()
console.log(`The site is in dist/site. To look at it:  npx vite preview --outDir dist/site
(Any file server will do. Opened as a file it does not start: browsers refuse modules and workers there.)`)
