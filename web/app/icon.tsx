/** The page's icons: 16 by 16, drawn with the colour of the text. */
const PATHS = {
  play: 'M4 2.5v11l9-5.5z',
  pause: 'M4 2.5h3v11H4zM9 2.5h3v11H9z',
  step: 'M3 2.5v11l7-5.5zM11.5 2.5h2v11h-2z',
  back: 'M13 2.5v11L6 8zM2.5 2.5h2v11h-2z',
  start: 'M2.5 2.5h2v11h-2zM13 2.5v11L6 8z',
  fork: 'M4 1.5a2 2 0 0 1 .8 3.8V7h6.4V5.3a2 2 0 1 1 1.6 0V8.6H8.8v2.1a2 2 0 1 1-1.6 0V8.6h-4V5.3A2 2 0 0 1 4 1.5z',
  close: 'm3.5 2.4 4.5 4.5 4.5-4.5 1.1 1.1L9.1 8l4.5 4.5-1.1 1.1L8 9.1l-4.5 4.5-1.1-1.1L6.9 8 2.4 3.5z',
  sun: 'M8 4.5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM7.3.8h1.4v2.4H7.3zM7.3 12.8h1.4v2.4H7.3zM.8 7.3h2.4v1.4H.8zM12.8 7.3h2.4v1.4h-2.4zM2.4 3.4l1-1 1.7 1.7-1 1zM10.9 11.9l1-1 1.7 1.7-1 1zM12.6 2.4l1 1-1.7 1.7-1-1zM4.1 10.9l1 1-1.7 1.7-1-1z',
  moon: 'M6.3 1.6A6.6 6.6 0 1 0 14.4 9.7 5.4 5.4 0 0 1 6.3 1.6z',
  up: 'm8 4.4 5.6 5.6-1.2 1.2L8 6.8l-4.4 4.4L2.4 10z',
  down: 'm8 11.6 5.6-5.6-1.2-1.2L8 9.2 3.6 4.8 2.4 6z',
  right: 'm11.6 8-5.6 5.6-1.2-1.2L9.2 8 4.8 3.6 6 2.4z',
  left: 'M4.4 8 10 2.4l1.2 1.2L6.8 8l4.4 4.4L10 13.6z',
  check: 'm6.4 12.6-4.2-4.2 1.2-1.2 3 3 6.2-6.2 1.2 1.2z',
  labs: 'M2 2h5v5H2zM9 2h5v5H9zM2 9h5v5H2zM9 9h5v5H9z',
} as const
export type IconName = keyof typeof PATHS

/** An icon; what it means stands in the button's label. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill="currentColor" />
    </svg>
  )
}
