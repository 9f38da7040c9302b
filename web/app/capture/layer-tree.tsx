import { useEffect, useRef } from 'preact/hooks'
import { useSignal } from '@preact/signals'
import type { LayerView } from '../../messages.ts'

/** Bytes [start, end) of the frame. */
export interface Range {
  readonly start: number
  readonly end: number
}

/** A line of a tree of layers and fields. */
export interface TreeNode extends LayerView {
  /** The same in every frame, so that what was folded stays so; default its name. */
  readonly id?: string
  /** Folded at first. */
  readonly folded?: boolean
  readonly children: readonly TreeNode[]
}

interface Props {
  readonly label: string
  readonly layers: readonly TreeNode[]
  readonly range: Range | null
  readonly point: (range: Range | null) => void
}

interface Line {
  readonly node: TreeNode
  readonly path: string
  readonly level: number
  readonly open: boolean
  readonly marked: boolean
}

/**
 * The layers of a frame, outermost first, each with its fields; what is pointed at is marked in the bytes too, and the
 * other way round. Arrows go from line to line, fold and unfold.
 */
export function LayerTree({ label, layers, range, point }: Props) {
  const tree = useRef<HTMLDivElement>(null)
  const turned = useSignal<ReadonlySet<string>>(new Set())
  const focused = useSignal('')
  const lines = linesOf(layers, turned.value, range)
  const current = lines.find(({ path }) => path === focused.value) ?? lines[0]
  const marked = lines.findIndex((line) => line.marked)
  useEffect(() => {
    const element = tree.current?.children[marked]
    if (element !== undefined && !tree.current?.matches(':hover')) element.scrollIntoView({ block: 'nearest' })
  }, [marked])
  const turn = (path: string): void => {
    const next = new Set(turned.value)
    if (!next.delete(path)) next.add(path)
    turned.value = next
  }
  const go = (line: Line | undefined): void => {
    if (line === undefined) return
    focused.value = line.path
    const element = tree.current?.children[lines.indexOf(line)]
    if (element instanceof HTMLElement) element.focus()
  }
  const key = (event: KeyboardEvent): void => {
    const at = lines.indexOf(current)
    const { node, path, open, level } = current
    const folds = node.children.length > 0
    switch (event.key) {
      case 'ArrowDown': go(lines[at + 1]); break
      case 'ArrowUp': go(lines[at - 1]); break
      case 'Home': go(lines[0]); break
      case 'End': go(lines.at(-1)); break
      case 'ArrowRight':
        if (open) go(lines[at + 1])
        else if (folds) turn(path)
        break
      case 'ArrowLeft':
        if (open) turn(path)
        else go(lines.slice(0, at).reverse().find((line) => line.level < level))
        break
      case 'Enter': case ' ':
        if (folds) turn(path)
        break
      default: return
    }
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div ref={tree} class="capture-layers" role="tree" aria-label={label} onKeyDown={key} onPointerLeave={() => point(null)}>
      {lines.map((line) => (
        <div
          key={line.path} class="capture-field" role="treeitem" aria-level={line.level} data-marked={line.marked}
          data-level={Math.min(line.level, 8)} aria-selected={line.path === focused.value}
          aria-expanded={line.node.children.length > 0 ? line.open : undefined} tabIndex={line === current ? 0 : -1}
          onPointerEnter={() => point(line.node)}
          onFocus={() => {
            focused.value = line.path
            point(line.node)
          }}
          onClick={() => {
            if (line.node.children.length > 0) turn(line.path)
          }}
        >
          <span class="capture-name">{line.node.name}</span>
          {line.node.value !== '' && <span class="capture-value mono">{line.node.value}</span>}
        </div>
      ))}
    </div>
  )
}

/** The lines that are not folded away. A field that is marked but folded away marks the line that it is in. */
function linesOf(nodes: readonly TreeNode[], turned: ReadonlySet<string>, range: Range | null, above = '', level = 1): Line[] {
  return nodes.flatMap((node, place) => {
    const path = `${above}/${node.id ?? node.name}${nodes.findIndex((other) => idOf(other) === idOf(node)) === place ? '' : `#${place}`}`
    const open = node.children.length > 0 && (node.folded === true) === turned.has(path)
    const marked = range !== null && (node === range || !open && holds(node, range))
    const line: Line = { node, path, level, open, marked }
    return open ? [line, ...linesOf(node.children, turned, range, path, level + 1)] : [line]
  })
}

function idOf({ id, name }: TreeNode): string {
  return id ?? name
}

function holds({ children }: TreeNode, range: Range): boolean {
  return children.some((child) => child === range || holds(child, range))
}
