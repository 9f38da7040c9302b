import { ShellError } from './flow.ts'

/** One variable: a value, or the elements of an array, and its attributes. */
export class Variable {
  value: string | undefined = undefined
  indexed: Map<number, string> | null = null
  associative: AssociativeArray | null = null
  exported = false
  readonly = false
  integer = false
  lower = false
  upper = false
  nameref = false
  /** Declared an array that has had no element yet: `declare -p` shows no value. */
  declared = false

  get isArray(): boolean {
    return this.indexed !== null || this.associative !== null
  }

  /** Whether it has a value: an array has, once an element has; `$a` is element 0. */
  get isSet(): boolean {
    return this.isArray ? this.element('0') !== undefined : this.value !== undefined
  }

  element(key: string): string | undefined {
    if (this.associative !== null) return this.associative.get(key)
    if (this.indexed !== null) return this.indexed.get(Number(key))
    return key === '0' ? this.value : undefined
  }

  /** Its keys in the order in which bash lists them. */
  keys(): string[] {
    if (this.associative !== null) return this.associative.keys()
    if (this.indexed !== null) return [...this.indexed.keys()].sort((a, b) => a - b).map(String)
    return this.value === undefined ? [] : ['0']
  }

  /** Its values in the order of its keys. */
  values(): string[] {
    return this.keys().map((key) => this.element(key) ?? '')
  }

  setElement(key: string, value: string): void {
    this.declared = false
    if (this.associative !== null) this.associative.set(key, value)
    else this.toIndexed().set(Number(key), value)
  }

  toIndexed(): Map<number, string> {
    if (this.indexed === null) {
      this.indexed = new Map()
      if (this.value !== undefined) this.indexed.set(0, this.value)
      this.value = undefined
    }
    return this.indexed
  }

  copy(): Variable {
    const copy = Object.assign(new Variable(), this)
    if (this.indexed !== null) copy.indexed = new Map(this.indexed)
    if (this.associative !== null) copy.associative = this.associative.copy()
    return copy
  }
}

/** Lists keys in the order of bash's hash table (hashlib.c): FNV-1 in 1,024 buckets, the newest of a bucket first. */
export class AssociativeArray {
  private entries = new Map<string, string>()

  get(key: string): string | undefined {
    return this.entries.get(key)
  }

  set(key: string, value: string): void {
    this.entries.set(key, value)
  }

  delete(key: string): void {
    this.entries.delete(key)
  }

  keys(): string[] {
    let buckets = 1024
    while (this.entries.size > buckets * 2) buckets *= 4
    const all = [...this.entries.keys()].map((key, age) => ({ key, age, bucket: hash(key) & (buckets - 1) }))
    return all.sort((a, b) => a.bucket - b.bucket || b.age - a.age).map(({ key }) => key)
  }

  copy(): AssociativeArray {
    const copy = new AssociativeArray()
    copy.entries = new Map(this.entries)
    return copy
  }
}

function hash(key: string): number {
  let value = 2166136261 | 0
  for (const byte of unescape(encodeURIComponent(key))) value = Math.imul(value, 16777619) ^ byte.charCodeAt(0)
  return value >>> 0
}

/** A variable whose value is made when it is asked for ($RANDOM, $SECONDS). */
export interface DynamicVariable {
  /** undefined: it is not set now. */
  get(): string | undefined
  set?(value: string): void
}

type Scope = Map<string, Variable>

/** The shell's variables: those of the shell itself, and in front of them the local ones of each function. */
export class Variables {
  private scopes: Scope[] = [new Map()]
  /** By name; one that is unset loses its meaning for good, as in bash. */
  readonly dynamic = new Map<string, DynamicVariable>()

  /** Names that can be read: sorted. */
  names(): string[] {
    const names = new Set(this.dynamic.keys())
    for (const scope of this.scopes) for (const name of scope.keys()) names.add(name)
    return [...names].sort()
  }

  /** Depth of function scopes; 0 in the shell itself. */
  get depth(): number {
    return this.scopes.length - 1
  }

  push(): void {
    this.scopes.push(new Map())
  }

  pop(): void {
    this.scopes.pop()
  }

  /** The variable a name means now, behind name references; undefined: there is none. */
  lookup(name: string): Variable | undefined {
    return this.find(this.follow(name))
  }

  /** Like lookup(), and the reference itself when it is one. */
  find(name: string): Variable | undefined {
    for (let at = this.scopes.length - 1; at >= 0; at--) {
      const found = this.scopes[at].get(name)
      if (found !== undefined) return found
    }
    return undefined
  }

  local(name: string): Variable | undefined {
    return this.scopes[this.scopes.length - 1].get(name)
  }

  /** The name behind name references; it may be one of an element ("a[1]"). */
  follow(name: string): string {
    let at = name
    for (let hops = 0; hops < 8; hops++) {
      const variable = this.find(at)
      if (variable === undefined || !variable.nameref || variable.value === undefined || variable.value === '') return at
      at = variable.value
    }
    throw new ShellError(`warning: ${name}: circular name reference`)
  }

  /** The variable of that name, made where there is none: in the shell itself. */
  ensure(name: string): Variable {
    const real = this.follow(name)
    const found = this.find(real)
    if (found !== undefined) return found
    const made = new Variable()
    this.scopes[0].set(real, made)
    return made
  }

  /** A variable of the present function, made anew where it has none. */
  ensureLocal(name: string): Variable {
    const scope = this.scopes[this.scopes.length - 1]
    let found = scope.get(name)
    if (found === undefined) {
      found = new Variable()
      const outer = this.find(name)
      if (outer?.exported === true) found.exported = true
      scope.set(name, found)
    }
    return found
  }

  /** The value of a plain variable, element 0 of an array; undefined: not set. */
  get(name: string): string | undefined {
    const dynamic = this.dynamic.get(name)
    if (dynamic !== undefined && this.find(name) === undefined) return dynamic.get()
    const variable = this.lookup(name)
    if (variable === undefined) return undefined
    return variable.isArray ? variable.element('0') : variable.value
  }

  /** Sets a plain variable with its attributes (integer ones excepted: the caller evaluates). */
  set(name: string, value: string): void {
    const dynamic = this.dynamic.get(name)
    if (dynamic !== undefined && this.find(name) === undefined) {
      if (dynamic.set !== undefined) dynamic.set(value)
      return
    }
    const variable = this.ensure(name)
    if (variable.readonly) throw new ShellError(`${name}: readonly variable`)
    this.store(variable, '0', value, false)
  }

  /** Writes a value or an element as the attributes have it. */
  store(variable: Variable, key: string, value: string, asElement: boolean): void {
    const cased = variable.lower ? value.toLowerCase() : variable.upper ? value.toUpperCase() : value
    if (asElement || variable.isArray) variable.setElement(key, cased)
    else variable.value = cased
  }

  unset(name: string): void {
    if (this.dynamic.delete(name)) return
    for (let at = this.scopes.length - 1; at >= 0; at--) {
      const found = this.scopes[at].get(name)
      if (found === undefined) continue
      if (at > 0 && at === this.scopes.length - 1) {
        // A local variable that is unset stays local, without value.
        this.scopes[at].set(name, new Variable())
      } else this.scopes[at].delete(name)
      return
    }
  }

  /** Puts a variable in place of the innermost of that name: what follows a temporary assignment. */
  restore(name: string, variable: Variable | undefined): void {
    for (let at = this.scopes.length - 1; at >= 0; at--) {
      if (!this.scopes[at].has(name) && at > 0) continue
      if (variable === undefined) this.scopes[at].delete(name)
      else this.scopes[at].set(name, variable)
      return
    }
  }

  setScoped(name: string, variable: Variable): void {
    this.scopes[this.scopes.length - 1].set(name, variable)
  }

  /** What a child sees: exported variables that have a value, sorted by name. */
  environment(): Record<string, string> {
    const environment: Record<string, string> = {}
    for (const name of this.names()) {
      const variable = this.find(name)
      if (variable?.exported === true && variable.value !== undefined && !variable.isArray) environment[name] = variable.value
    }
    return environment
  }

  copy(): Variables {
    const copy = new Variables()
    copy.scopes = this.scopes.map((scope) => new Map([...scope].map(([name, variable]) => [name, variable.copy()])))
    return copy
  }
}
