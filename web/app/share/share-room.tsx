import { useEffect, useState } from 'preact/hooks'
import { engine, tellRefusal } from '../actions.ts'
import { t } from '../i18n/words.ts'
import { branches, clock, labName, links, model, notice, source } from '../state.ts'
import { clockText } from '../time/format.ts'
import { baseName, LONG_LINK, type SharedRun, toFragment, toJson } from './link.ts'
import { proof } from './open-shared.ts'
import './share.css'

/** This run for somebody else: as a link, as a file, as a capture. */

async function shared(): Promise<SharedRun> {
  const { source: run, hash } = await engine.call('share', {})
  const { open, branches: all } = branches.value
  return { source: run, hash, lab: labName.value, branch: all.find(({ branch }) => branch === open)?.name ?? '' }
}

function save(name: string, content: string | Uint8Array, type: string): void {
  const bytes = typeof content === 'string' ? content : new Uint8Array(content)
  const address = URL.createObjectURL(new Blob([bytes], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

const name = (): string => baseName(source.value?.fileName ?? 'lab')

async function saveRun(): Promise<void> {
  save(`${name()}.netarium.json`, toJson(await shared()), 'application/json')
}

function saveLab(): void {
  save(`${name()}.yaml`, source.value?.text ?? '', 'application/yaml')
}

async function saveCapture(): Promise<void> {
  save(`${name()}.pcapng`, (await engine.call('pcapng', {})).bytes, 'application/x-pcapng')
}

export function ShareRoom() {
  const [link, setLink] = useState('')
  const [hash, setHash] = useState('')
  const { playing, nowNs, events } = clock.value
  useEffect(() => {
    if (playing || source.value === null) return undefined
    let gone = false
    void shared().then(async (run) => {
      const address = `${location.origin}${location.pathname}${await toFragment(run)}`
      if (gone) return
      setLink(address)
      setHash(run.hash)
    }).catch(tellRefusal)
    return () => { gone = true }
  }, [playing, nowNs, events, source.value, branches.value.open, links.value])
  if (model.value === null) return <p>{t('share.none')}</p>
  const copy = async (): Promise<void> => {
    const run = await shared()
    const address = `${location.origin}${location.pathname}${await toFragment(run)}`
    setLink(address)
    setHash(run.hash)
    try {
      await navigator.clipboard.writeText(address)
      notice.value = t('share.copied', { time: clockText(run.source.atNs ?? 0) })
    } catch {
      notice.value = t('share.cannotCopy')
    }
  }
  const act = (work: Promise<void>): void => { work.catch(tellRefusal) }
  return (
    <div class="share">
      <ProofLine />
      <section>
        <h3>{t('share.link')}</h3>
        <p>{t('share.about')}</p>
        <div class="share-line">
          <input
            class="mono" readOnly value={playing ? '' : link} aria-label={t('share.link')}
            placeholder={t('share.whilePlaying')} onFocus={(event) => event.currentTarget.select()}
          />
          <button type="button" class="primary" onClick={() => act(copy())}>{t('share.copy')}</button>
        </div>
        {!playing && hash !== '' && (
          <p class="share-hash">
            {clockText(nowNs)} · <span class="mono">{hash}</span> ·{' '}
            {t('share.size', { kb: Math.ceil(link.length / 102.4) / 10 })}
          </p>
        )}
        {!playing && link.length > LONG_LINK && <p class="share-long">{t('share.long')}</p>}
      </section>
      <section>
        <h3>{t('share.files')}</h3>
        <ul class="share-files">
          <li>
            <button type="button" onClick={() => act(saveRun())}>{name()}.netarium.json</button>
            <span>{t('share.runFile')}</span>
          </li>
          <li>
            <button type="button" onClick={() => act(saveCapture())}>{name()}.pcapng</button>
            <span>{t('share.capture')}</span>
          </li>
          <li>
            <button type="button" onClick={saveLab}>{name()}.yaml</button>
            <span>{t('share.labFile')}</span>
          </li>
        </ul>
      </section>
      <p class="share-drop">{t('share.drop')}</p>
    </div>
  )
}

/** Whether what was opened is the very run that was shared. */
function ProofLine() {
  const told = proof.value
  if (told === null) return null
  const same = told.expected === told.found
  return (
    <div class="share-proof" data-same={same} role="status">
      <strong>{same ? '✓' : '✗'} {t(same ? 'share.same' : 'share.differs')}</strong>
      <span class="mono">{told.found}</span>
      {!same && <span>{t('share.expected')} <span class="mono">{told.expected}</span>. {t('share.why')}</span>}
      {told.branch !== '' && <span>{t('share.branch', { name: told.branch })}</span>}
    </div>
  )
}
