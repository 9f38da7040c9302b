import { openConsole, select, tellRefusal } from '../actions.ts'
import { t } from '../i18n/words.ts'
import { bottomRoom, model, selectedNode, sideRoom, tables } from '../state.ts'
import { LiveTable } from './live-table.tsx'
import './panels.css'

/** More nodes are found on the canvas. */
const MOST_OFFERED = 40

/** The selected node: what it is, and its tables, live. */
export function NodeRoom() {
  const name = selectedNode.value
  const node = model.value?.nodes.find((one) => one.name === name)
  if (name === null || node === undefined) {
    const all = model.value?.nodes ?? []
    return (
      <div class="panels">
        <p class="panels-none">{t('node.none')}</p>
        <div class="panels-actions">
          {all.slice(0, MOST_OFFERED).map((one) => (
            <button key={one.name} type="button" onClick={() => select({ kind: 'node', node: one.name })}>{one.name}</button>
          ))}
        </div>
      </div>
    )
  }
  const shown = tables.value?.node === name ? tables.value.tables : []
  return (
    <div class="panels">
      <h2>{name}<span>{t(`kind.${node.kind === 'switch' ? 'switch' : node.kind === 'router' ? 'router' : 'host'}`)}</span></h2>
      <div class="panels-actions">
        <button type="button" class="primary" onClick={() => void openConsole(name).catch(tellRefusal)}>
          {t('node.console')}
        </button>
        <button type="button" onClick={() => { sideRoom.value = 'why' }}>{t('node.why')}</button>
        <button type="button" onClick={() => { bottomRoom.value = 'capture' }}>{t('node.capture')}</button>
      </div>
      {shown.map((table) => <LiveTable key={`${name}/${table.id}`} table={table} />)}
    </div>
  )
}
