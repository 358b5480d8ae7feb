import { fault, quoted } from './fault.js'

/**
 * Reads the JSON of a safetensors header from the front. Stricter than `JSON.parse`: a key stands once in its object,
 * numbers are whole and written in plain digits, as the format's own reader wants them. No value is nested deeper than
 * the format needs, so neither is the reading.
 */
export class HeaderText {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Calls `readValue` at each value of an object. */
  object(label: string, readValue: (key: string) => void): void {
    const keys = new Set<string>()
    this.#list(label, '{', '}', 'a JSON object', () => {
      const key = this.string(label)
      if (keys.has(key)) throw fault(`${label} has the key ${quoted(key)} twice`)
      keys.add(key)
      if (!this.#take(':')) throw this.#unlike(label, `":" after ${quoted(key)}`)
      readValue(key)
    })
  }

  /** A list of whole numbers from 0 to 2^53 - 1. */
  wholeNumbers(label: string): number[] {
    const numbers: number[] = []
    this.#list(label, '[', ']', 'a list of whole numbers', () => numbers.push(this.#wholeNumber(label)))
    return numbers
  }

  string(label: string): string {
    this.#skipSpace()
    const start = this.#at
    if (this.#text[start] !== '"') throw this.#unlike(label, 'a string')
    let end = start + 1
    for (; end < this.#text.length; end++) {
      const character = this.#text[end]
      if (character === '"') break
      if (character === '\\') end++
    }
    this.#at = end + 1
    const value = parseString(this.#text.slice(start, this.#at))
    if (value === null) throw fault(`${label}: the string at character ${start} of the header is not valid JSON`)
    return value
  }

  /** Nothing but spaces may be left. */
  end(): void {
    const rest = this.#text.slice(this.#at)
    if (/[^ ]/.test(rest)) throw fault('something other than spaces follows the JSON object of the header')
  }

  #list(label: string, open: string, close: string, wanted: string, readItem: () => void): void {
    if (!this.#take(open)) throw this.#unlike(label, wanted)
    if (this.#take(close)) return
    do readItem()
    while (this.#take(','))
    if (!this.#take(close)) throw this.#unlike(label, `"," or "${close}"`)
  }

  #wholeNumber(label: string): number {
    this.#skipSpace()
    const start = this.#at
    while (/[-+.\deE]/.test(this.#text[this.#at] ?? '')) this.#at++
    const token = this.#text.slice(start, this.#at)
    const value = /^(?:0|[1-9]\d*)$/.test(token) ? Number(token) : Number.NaN
    if (Number.isSafeInteger(value)) return value
    this.#at = start
    throw this.#unlike(label, 'whole numbers from 0 to 2^53 - 1')
  }

  #take(character: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #unlike(label: string, wanted: string) {
    const got = this.#at < this.#text.length ? quoted(this.#text.slice(this.#at, this.#at + 20)) : 'the end'
    return fault(`${label}: wanted ${wanted} at character ${this.#at} of the header, got ${got}`)
  }
}

function parseString(token: string): string | null {
  try {
    const value: unknown = JSON.parse(token)
    // Half of a surrogate pair stands for no character, and no UTF-8 spells it.
    return typeof value === 'string' && !/\p{Surrogate}/u.test(value) ? value : null
  } catch {
    return null
  }
}
