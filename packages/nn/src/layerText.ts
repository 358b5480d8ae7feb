import { ConfigError } from '@convkit/api'
import type { LayerSpec } from './layer.js'
import { createLayer, isLibraryLayer, layerKinds, takesOptions } from './layerCatalog.js'

/**
 * Layers as calls in code: `conv2d({ filters: 8, kernel: 3, pad: 'same' })`, one a line or with commas between them;
 * inside a layer of layers as a list, `residual([relu(), conv2d({ filters: 8, kernel: 1 })])`. `classes` is the number of
 * classes. Read, never run. Throws `ConfigError` with the line's number.
 */
export function parseLayers(text: string, classes: number): LayerSpec[] {
  const reader = new Reader(text, classes)
  const layers: LayerSpec[] = []
  while (!reader.ended) {
    layers.push(reader.call(0))
    while (reader.took(',') || reader.took(';'));
  }
  return layers
}

interface Token {
  readonly code: string
  readonly line: number
}

const tokens =
  /\/\/.*|\s+|'[^'\n]*'|"[^"\n]*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\w)|(?:layers\.)?[A-Za-z_]\w*|\S/g

const deepest = 50

class Reader {
  readonly #classes: number
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string, classes: number) {
    this.#classes = classes
    let line = 1
    const all = [...text.matchAll(tokens)].map(([code]) => {
      const token = { code, line }
      line += code.split('\n').length - 1
      return token
    })
    this.#tokens = all.filter(({ code }) => !/^(?:\s|\/\/)/.test(code))
  }

  get ended(): boolean {
    return this.#at === this.#tokens.length
  }

  took(code: string): boolean {
    if (this.#peek().code !== code) return false
    this.#at++
    return true
  }

  call(depth: number): LayerSpec {
    const start = this.#next()
    const kind = start.code.replace('layers.', '')
    if (!/^\w+$/.test(kind) || !this.took('('))
      throw fault(start, `wanted a layer as a call, like relu() or affine({ units: 10 }), got ${this.#lineOf(start)}`)
    if (!isLibraryLayer(kind)) throw fault(start, `there is no layer ${kind}; there are ${layerKinds.join(', ')}`)
    const args = this.#items(')', depth)
    if (takesOptions(kind) && (args.length > 1 || args.some(Array.isArray) || args.some((arg) => Object(arg) !== arg)))
      throw this.#unlike(start)
    try {
      // What they say is checked by the layers themselves.
      return createLayer(kind, args)
    } catch (error) {
      throw fault(start, error instanceof Error ? error.message : String(error))
    }
  }

  #value(depth: number): unknown {
    const token = this.#next()
    const { code } = token
    if (depth > deepest) throw fault(token, `nested more than ${deepest} deep`)
    if (code === '[') return this.#items(']', depth)
    if (code === '{') return this.#fields(depth)
    if (code === 'classes') return this.#classes
    if (code === 'true' || code === 'false') return code === 'true'
    if (/^['"]./.test(code)) return code.slice(1, -1)
    if (/^-?\d/.test(code)) return Number(code)
    throw this.#unlike(token)
  }

  /** Values and layers up to the end; a comma may be missing behind a layer. */
  #items(end: string, depth: number): unknown[] {
    const items: unknown[] = []
    while (!this.took(end)) {
      const isCall = this.#tokens[this.#at + 1]?.code === '('
      items.push(isCall ? this.call(depth + 1) : this.#value(depth + 1))
      if (!this.took(',') && !isCall && this.#peek().code !== end) throw this.#unlike(this.#next())
    }
    return items
  }

  #fields(depth: number): object {
    const fields: [string, unknown][] = []
    while (!this.took('}')) {
      const name = this.#next()
      if (!/^["']?\w+["']?$/.test(name.code) || !this.took(':')) throw this.#unlike(name)
      fields.push([name.code.replaceAll(/["']/g, ''), this.#value(depth + 1)])
      if (!this.took(',') && this.#peek().code !== '}') throw this.#unlike(this.#next())
    }
    return Object.fromEntries(fields)
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { code: 'nothing more', line: this.#tokens.at(-1)?.line ?? 1 }
  }

  #next(): Token {
    const token = this.#peek()
    this.#at++
    return token
  }

  #unlike(token: Token): ConfigError {
    return fault(token, `wanted options like { filters: 8, kernel: 3 }, got ${this.#lineOf(token)}`)
  }

  /** The token and what follows it on its line. */
  #lineOf({ line, code }: Token): string {
    const rest = this.#tokens.slice(this.#at).filter((token) => token.line === line)
    return [code, ...rest.map((token) => token.code)].join(' ').slice(0, 80)
  }
}

function fault({ line }: Token, what: string): ConfigError {
  return new ConfigError(`line ${line}: ${what}`)
}
