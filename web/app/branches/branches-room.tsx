import { useState } from 'preact/hooks'
import type { BranchComparison, BranchList } from '../../messages.ts'
import { engine, fork, switchBranch, tellRefusal } from '../actions.ts'
import { Icon } from '../icon.tsx'
import { t } from '../i18n/words.ts'
import { branches, clock } from '../state.ts'
import { clockText } from '../time/format.ts'
import './branches.css'

type Branch = BranchList['branches'][number]

/** The futures of this lab: fork, switch, compare. */
export function BranchesRoom() {
  const [name, setName] = useState('')
  const [comparison, setComparison] = useState<{ readonly with: Branch, readonly found: BranchComparison } | null>(null)
  const { open, branches: all } = branches.value
  const submit = (event: Event): void => {
    event.preventDefault()
    void fork(name.trim()).catch(tellRefusal)
    setName('')
  }
  const compare = (branch: Branch): void => {
    void engine.call('compareBranches', { a: open, b: branch.branch })
      .then((found) => setComparison({ with: branch, found })).catch(tellRefusal)
  }
  return (
    <div class="branches">
      <div>
        <p class="branches-about">{t('branches.about')}</p>
        <form onSubmit={submit}>
          <input
            value={name} aria-label={t('branches.name')} placeholder={t('branches.name')}
            onInput={(event) => setName(event.currentTarget.value)}
          />
          <button type="submit" class="primary"><Icon name="fork" />{t('branches.fork', { time: clockText(clock.value.nowNs) })}</button>
        </form>
        <ul>
          {all.map((branch) => (
            <li key={branch.branch} data-open={branch.branch === open}>
              <strong>{nameOf(branch)}</strong>
              <span>{originOf(branch, all)}</span>
              {branch.branch === open ? <em>{t('branches.isOpen')}</em> : (
                <>
                  <button type="button" onClick={() => void switchBranch(branch.branch).catch(tellRefusal)}>
                    {t('branches.open')}
                  </button>
                  <button type="button" onClick={() => compare(branch)}>{t('branches.compare')}</button>
                </>
              )}
            </li>
          ))}
        </ul>
      </div>
      {comparison !== null && <Comparison {...comparison} />}
    </div>
  )
}

function Comparison({ with: other, found }: { readonly with: Branch, readonly found: BranchComparison }) {
  const same = found.rows.filter(({ a, b }) => a !== b)
  return (
    <div class="branches-comparison">
      <p>{found.differsAtNs === null ? t('branches.alike') : t('branches.differ', { time: clockText(found.differsAtNs) })}</p>
      {same.length > 0 && (
        <table>
          <thead><tr><td /><th>{t('branches.isOpen')}</th><th>{nameOf(other)}</th></tr></thead>
          <tbody>
            {same.map(({ what, a, b }) => (
              <tr key={`${what}${a}${b}`}><th>{what}</th><td class="mono">{a}</td><td class="mono">{b}</td></tr>
            ))}
          </tbody>
        </table>
      )}
    </div>
  )
}

function nameOf({ branch, name }: Branch): string {
  return name !== '' ? name : branch === 0 ? t('branches.first') : t('branches.unnamed', { number: branch })
}

function originOf({ forkedFrom, forkedAtNs, endNs }: Branch, all: readonly Branch[]): string {
  const parent = all.find(({ branch }) => branch === forkedFrom)
  const end = clockText(endNs)
  return parent === undefined ? end : `${t('branches.from', { name: nameOf(parent), time: clockText(forkedAtNs) })}${t('canvas.comma')}${end}`
}
