import type { ComponentType } from 'preact'
import { lazy } from './lazy.tsx'
import { NetworkCanvas } from './canvas/network-canvas.tsx'
import { CrashBar } from './crash-bar.tsx'
import { DropTarget } from './drop/drop-target.tsx'
import { Header } from './header.tsx'
import { t } from './i18n/words.ts'
import { KeysHelp } from './keys.tsx'
import { Tabs } from './tabs.tsx'
import { TimeBar } from './time/time-bar.tsx'
import { bottomRoom, type BottomRoom, notice, sideRoom, type SideRoom } from './state.ts'

/**
 * The house of the page: the canvas with the time bar, a room at the side, a room at the bottom. Rooms are loaded when
 * they are first opened; each lies in a folder of its own and knows the others only by state.ts and actions.ts.
 */
const SIDE: Readonly<Record<SideRoom, ComponentType>> = {
  lesson: lazy(() => import('./lessons/lesson-room.tsx').then((room) => room.LessonRoom)),
  node: lazy(() => import('./panels/node-room.tsx').then((room) => room.NodeRoom)),
  link: lazy(() => import('./panels/link-room.tsx').then((room) => room.LinkRoom)),
  journey: lazy(() => import('./journey/journey-room.tsx').then((room) => room.JourneyRoom)),
  why: lazy(() => import('./journey/why-room.tsx').then((room) => room.WhyRoom)),
  editor: lazy(() => import('./editor/editor-room.tsx').then((room) => room.EditorRoom)),
  share: lazy(() => import('./share/share-room.tsx').then((room) => room.ShareRoom)),
}
const BOTTOM: Readonly<Record<BottomRoom, ComponentType>> = {
  console: lazy(() => import('./console/console-room.tsx').then((room) => room.ConsoleRoom)),
  capture: lazy(() => import('./capture/capture-room.tsx').then((room) => room.CaptureRoom)),
  checks: lazy(() => import('./checks/checks-room.tsx').then((room) => room.ChecksRoom)),
  branches: lazy(() => import('./branches/branches-room.tsx').then((room) => room.BranchesRoom)),
}

export function App() {
  const Side = sideRoom.value === null ? null : SIDE[sideRoom.value]
  const Bottom = bottomRoom.value === null ? null : BOTTOM[bottomRoom.value]
  return (
    <div class="app">
      <Header />
      <CrashBar />
      <main class="stage" aria-label={t('app.title')}>
        <NetworkCanvas />
        <TimeBar />
      </main>
      <section class="bottom" aria-label={t('app.bottom')} data-open={Bottom !== null}>
        <Tabs rooms={['console', 'capture', 'checks', 'branches']} open={bottomRoom} side="bottom" />
        {Bottom !== null && (
          <div class="room" role="tabpanel" tabIndex={0} aria-labelledby={`tab-bottom-${bottomRoom.value}`}><Bottom /></div>
        )}
      </section>
      <aside class="side" data-open={Side !== null}>
        <Tabs rooms={['lesson', 'node', 'link', 'journey', 'why', 'editor', 'share']} open={sideRoom} side="side" />
        {Side !== null && (
          <div class="room" role="tabpanel" tabIndex={0} aria-labelledby={`tab-side-${sideRoom.value}`}><Side /></div>
        )}
      </aside>
      <div class="notice" role="status" aria-live="polite" data-shown={notice.value !== ''}>{notice.value}</div>
      <DropTarget />
      <KeysHelp />
    </div>
  )
}
