import { render } from 'preact'
import { App } from './app.tsx'
import './theme.css'
import './console/outputs.ts'
import { begin } from './begin.ts'
import { hearKeys } from './keys.tsx'

const root = document.getElementById('app')
root?.replaceChildren()
if (root !== null) render(<App />, root)
hearKeys()
void begin()
