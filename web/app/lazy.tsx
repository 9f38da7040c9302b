import type { ComponentType } from 'preact'
import { useSignal, useSignalEffect } from '@preact/signals'

/** A component whose code is loaded when it is first shown. */
export function lazy(load: () => Promise<ComponentType>): ComponentType {
  let loading: Promise<ComponentType> | null = null
  let loaded: ComponentType | null = null
  return function Lazy() {
    const shown = useSignal(loaded !== null)
    useSignalEffect(() => {
      if (shown.value) return
      loading ??= load()
      void loading.then((component) => {
        loaded = component
        shown.value = true
      })
    })
    const Loaded = shown.value ? loaded : null
    return Loaded === null ? <p class="loading" aria-busy="true" /> : <Loaded />
  }
}
