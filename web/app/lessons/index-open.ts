import { signal } from '@preact/signals'

/** Whether the list of labs lies over the page: at first when the address asks for it (`?labs`). */
export const indexOpen = signal(new URLSearchParams(location.search).has('labs'))
