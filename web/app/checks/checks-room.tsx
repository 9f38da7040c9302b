import { Figure } from '../figures/figure.tsx'
import { t, type Word } from '../i18n/words.ts'
import { checks, figures, model, runHash } from '../state.ts'
import { clockText } from '../time/format.ts'
import './checks.css'

/** The lab's checks and what they came to, and the run's figures. */
export function ChecksRoom() {
  return (
    <div class="checks">
      <Results />
      <Figure
        link={null} title={t('figure.labTitle')} unit="frames"
        line={(name) => ({ label: t(`canvas.protocol.${name}` as Word), color: `--${name}` }) /* each protocol has both */}
      />
    </div>
  )
}

function Results() {
  const results = checks.value
  if ((model.value?.checks.length ?? 0) === 0) return <p class="checks-none">{t('checks.none')}</p>
  if (results.length === 0) return <p class="checks-none">{t('checks.running')}</p>
  const holding = results.filter(({ ok }) => ok === true).length
  return (
    <div class="checks-results">
      <p class="checks-sum" data-ok={results.some(({ ok }) => ok === false) ? false : holding === results.length ? true : null}>
        {t('checks.hold', { count: holding, all: results.length })}<FiguresLine />
      </p>
      <table>
        <thead>
          <tr><td /><th>{t('checks.at')}</th><th>{t('checks.on')}</th><th>{t('checks.what')}</th></tr>
        </thead>
        <tbody>
          {results.map((check) => (
            <tr key={check.place} data-ok={check.ok}>
              <td>{check.ok === true ? '✓' : check.ok === false ? '✗' : '–'}</td>
              <td class="mono">{clockText(check.atNs)}</td>
              <td>{check.on}</td>
              <td>
                {check.name}
                {check.reasons.map((reason) => <div key={reason} class="checks-reason">{reason}</div>)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {runHash.value !== '' && <p class="checks-hash">{t('checks.hash')} <code>{runHash.value}</code></p>}
    </div>
  )
}

function FiguresLine() {
  if (figures.value === null) return null
  const { frames, bytes, drops } = figures.value
  const dropped = Object.entries(drops).map(([reason, count]) => `${reason} ${count}`).join(', ')
  return <span>{t('checks.figures', { frames, bytes, drops: dropped === '' ? t('checks.noDrops') : dropped })}</span>
}
