import { DataError } from '@convkit/api'
import { asText, call, Dtype, fill, Global, type Pickled, PickledArray } from './pickled.js'

type Mark = typeof mark
const mark = Symbol('mark')

/**
 * Reads a pickle of plain values and numpy arrays, of protocol 2 to 5. A pickle is a program; nothing of it is run: the
 * few functions that such files call are known here, and every other is refused.
 *
 * Errors: `DataError` for anything else, and for a file that is cut or damaged.
 */
export function readPickle(bytes: Uint8Array): Pickled {
  try {
    return new Reader(bytes).read()
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError('the pickle is cut short or damaged', { cause })
  }
}

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #stack: (Pickled | Mark)[] = []
  readonly #memo = new Map<number, Pickled>()
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  read(): Pickled {
    for (;;) {
      const code = this.#byte()
      if (code === 0x2e) return this.#pop()
      this.#step(code)
    }
  }

  #step(code: number): void {
    switch (code) {
      case 0x80: // PROTO
        this.#byte()
        return
      case 0x95: // FRAME
        this.#take(8)
        return
      case 0x28:
        this.#stack.push(mark)
        return
      case 0x71: // BINPUT
        this.#memo.set(this.#byte(), this.#top())
        return
      case 0x72: // LONG_BINPUT
        this.#memo.set(this.#length(4), this.#top())
        return
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#top())
        return
      case 0x61: // APPEND
        this.#append([this.#pop()])
        return
      case 0x65: // APPENDS
        this.#append(this.#sinceMark())
        return
      case 0x73: // SETITEM
        this.#setItems([this.#pop(), this.#pop()].reverse())
        return
      case 0x75: // SETITEMS
        this.#setItems(this.#sinceMark())
        return
      case 0x62: // BUILD
        this.#build(this.#pop())
        return
      default:
        this.#stack.push(this.#value(code))
    }
  }

  #value(code: number): Pickled {
    switch (code) {
      case 0x4e:
        return null
      case 0x88:
        return true
      case 0x89:
        return false
      case 0x4b: // BININT1
        return this.#byte()
      case 0x4d: // BININT2
        return this.#length(2)
      case 0x4a: // BININT
        return this.#view.getInt32(this.#advance(4), true)
      case 0x8a: // LONG1
        return this.#long(this.#take(this.#byte()))
      case 0x47: // BINFLOAT
        return this.#view.getFloat64(this.#advance(8))
      case 0x55: // SHORT_BINSTRING
      case 0x43: // SHORT_BINBYTES
        return this.#take(this.#byte())
      case 0x54: // BINSTRING
      case 0x42: // BINBYTES
        return this.#take(this.#length(4))
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return this.#take(this.#length(8))
      case 0x8c: // SHORT_BINUNICODE
        return text(this.#take(this.#byte()))
      case 0x58: // BINUNICODE
        return text(this.#take(this.#length(4)))
      case 0x8d: // BINUNICODE8
        return text(this.#take(this.#length(8)))
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        return []
      case 0x74: // TUPLE
        return this.#sinceMark()
      case 0x85:
      case 0x86:
      case 0x87: // TUPLE1, 2, 3
        return Array.from({ length: code - 0x84 }, () => this.#pop()).reverse()
      case 0x7d: // EMPTY_DICT
        return new Map()
      case 0x68: // BINGET
        return this.#recall(this.#byte())
      case 0x6a: // LONG_BINGET
        return this.#recall(this.#length(4))
      case 0x63: // GLOBAL
        return new Global(`${this.#line()}.${this.#line()}`)
      case 0x93: {
        const [name, module] = [this.#pop(), this.#pop()]
        return new Global(`${module}.${name}`)
      }
      case 0x52: {
        const [args, callee] = [this.#pop(), this.#pop()]
        if (!(callee instanceof Global) || !Array.isArray(args)) throw new DataError('the pickle is damaged')
        return call(callee.name, args)
      }
      default:
        throw new DataError(`the pickle holds operation ${code} at byte ${this.#at - 1}, which is not read here`)
    }
  }

  #advance(count: number): number {
    const from = this.#at
    if (count > this.#bytes.length - from) throw new DataError(`the pickle is cut short at byte ${this.#bytes.length}`)
    this.#at += count
    return from
  }

  #take(count: number): Uint8Array {
    const from = this.#advance(count)
    return this.#bytes.subarray(from, from + count)
  }

  #byte(): number {
    return this.#view.getUint8(this.#advance(1))
  }

  #length(bytes: 2 | 4 | 8): number {
    const at = this.#advance(bytes)
    if (bytes === 2) return this.#view.getUint16(at, true)
    if (bytes === 4) return this.#view.getUint32(at, true)
    return Number(this.#view.getBigUint64(at, true))
  }

  #long(bytes: Uint8Array): number {
    if (bytes.length > 6) throw new DataError('the pickle holds a number of more than 48 bits')
    return Buffer.from(bytes).readIntLE(0, bytes.length || 1)
  }

  #line(): string {
    const end = this.#bytes.indexOf(10, this.#at)
    if (end < 0 || end - this.#at > 200) throw new DataError('the pickle names a function without end')
    return text(this.#take(end - this.#at + 1).subarray(0, -1))
  }

  #top(): Pickled {
    const top = this.#stack.at(-1)
    if (top === undefined || top === mark) throw new DataError('the pickle is damaged')
    return top
  }

  #pop(): Pickled {
    const top = this.#top()
    this.#stack.pop()
    return top
  }

  #sinceMark(): Pickled[] {
    const from = this.#stack.lastIndexOf(mark)
    if (from < 0) throw new DataError('the pickle is damaged')
    const values = this.#stack.splice(from + 1).filter((value) => value !== mark)
    this.#stack.pop()
    return values
  }

  #recall(index: number): Pickled {
    const value = this.#memo.get(index)
    if (value === undefined) throw new DataError('the pickle is damaged')
    return value
  }

  #append(values: readonly Pickled[]): void {
    const list = this.#top()
    if (!Array.isArray(list)) throw new DataError('the pickle is damaged')
    for (const value of values) list.push(value)
  }

  #setItems(values: readonly Pickled[]): void {
    const map = this.#top()
    if (!(map instanceof Map) || values.length % 2 !== 0) throw new DataError('the pickle is damaged')
    for (let i = 0; i < values.length; i += 2) map.set(asText(values[i] ?? null), values[i + 1] ?? null)
  }

  #build(state: Pickled): void {
    const built = this.#top()
    if (!Array.isArray(state)) throw new DataError('the pickle is damaged')
    if (built instanceof Dtype) built.order = String(asText(state[1] ?? null))
    else if (built instanceof PickledArray) fill(built, state.slice(1))
    else throw new DataError('the pickle is damaged')
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}
