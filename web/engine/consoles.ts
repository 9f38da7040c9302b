import type { Lab } from '../../src/lab/lab.ts'
import type { Event } from '../messages.ts'

export class Consoles {
  constructor(readonly lab: Lab, readonly tellEvent: (event: Event) => void) {}
  open(_node: string, _columns: number, _rows: number): { readonly console: number } { return { console: 0 } }
  type(_console: number, _text: string): void {}
  resize(_console: number, _columns: number, _rows: number): void {}
  close(_console: number): void {}
  tell(): void {}
  tellAll(): void {}
}
