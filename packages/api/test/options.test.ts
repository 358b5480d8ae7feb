import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  avgPool2d,
  type Backend,
  batchNorm,
  ConfigError,
  checkOptions,
  checkSwitches,
  conv2d,
  dropout,
  groupNorm,
  layerNorm,
  maxPool2d,
  Scope,
  withFallback,
} from '../src/index.js'
import { Recorder } from './recorder.js'

const known = { alpha: true, betaMax: true } as const
interface Options {
  readonly alpha?: number
  readonly betaMax?: number
}

describe('options', () => {
  it('are given back without those that are undefined', () => {
    const values = fc.option(fc.oneof(fc.integer(), fc.constant(0)), { nil: undefined })
    fc.assert(
      fc.property(values, values, (alpha, betaMax) => {
        const set = checkOptions<Options>('f', Object({ alpha, betaMax, gamma: undefined }), known)
        expect(set).toStrictEqual(JSON.parse(JSON.stringify({ alpha, betaMax })))
      }),
      { seed: 1 },
    )
  })

  it('of a name that is not known are refused, names of every object too', () => {
    const names = fc.oneof(fc.string(), fc.constantFrom('constructor', 'toString', '__proto__', 'hasOwnProperty'))
    fc.assert(
      fc.property(names, (name) => {
        fc.pre(!Object.hasOwn(known, name))
        const options = Object.fromEntries([[name, 1]])
        expect(() => checkOptions<Options>('f', options, known)).toThrow(ConfigError)
        expect(() => checkOptions<Options>('f', options, known)).toThrow(`f: there is no option ${name}`)
      }),
      { seed: 2 },
    )
    expect(() => checkOptions<Options>('f', Object({ bettaMax: 1 }), known)).toThrow(
      new ConfigError('f: there is no option bettaMax; did you mean betaMax? (known: alpha, betaMax)'),
    )
  })

  it('that are no object are refused', () => {
    for (const [value, got] of [
      [null, 'null'],
      ['auto', 'string'],
      [4, 'number'],
    ] as const)
      expect(() => checkOptions('f', value as unknown as object, {})).toThrow(
        new ConfigError(`f: options must be an object, got ${got}`),
      )
  })

  it('that are switches are true or false and nothing else', () => {
    checkSwitches('f', { on: true, off: false, absent: undefined })
    for (const value of ['no', 0, 1, null, {}])
      expect(() => checkSwitches('f', Object({ on: value }))).toThrow(
        new ConfigError(`f: on must be true or false, got ${value}`),
      )
  })

  it('of layers are refused where their name is not known', () => {
    using scope = new Scope(new Recorder())
    const [x, w, c] = [
      scope.alloc([1, 2, 3, 3], 'float32'),
      scope.alloc([1, 2, 1, 1], 'float32'),
      scope.alloc([2], 'float32'),
    ]
    const [gamma, beta, runningMean, runningVar] = [c, c, c, c]
    const features = scope.alloc([2, 3, 3], 'float32')
    const norm = { x, gamma, beta }
    const calls: readonly (readonly [string, (options: object) => unknown])[] = [
      ['conv2d', (options) => conv2d.forward(scope, { x, w }, options)],
      ['maxPool2d', (options) => maxPool2d.forward(scope, { x }, { kernel: 2, ...options })],
      ['avgPool2d', (options) => avgPool2d.forward(scope, { x }, { kernel: 2, ...options })],
      ['dropout', (options) => dropout.forward(scope, { x }, { mode: 'test', p: 0, random: () => 0, ...options })],
      [
        'batchNorm',
        (options) => batchNorm.forward(scope, { ...norm, runningMean, runningVar }, { mode: 'test', ...options }),
      ],
      ['layerNorm', (options) => layerNorm.forward(scope, { x, gamma: features, beta: features }, options)],
      ['groupNorm', (options) => groupNorm.forward(scope, norm, { groups: 1, ...options })],
    ]
    for (const [name, call] of calls) {
      expect(() => call({ strides: 2 })).toThrow(ConfigError)
      expect(() => call({ strides: 2 })).toThrow(`${name}: there is no option strides`)
    }
  })

  it('of withFallback are refused where their name is not known', () => {
    const backend = { name: 'none', kernels: {} } as Backend
    for (const name of ['strict', 'onFallback'])
      expect(() => withFallback(backend, backend, Object({ [`${name}s`]: true }))).toThrow(
        `withFallback: there is no option ${name}s; did you mean ${name}?`,
      )
  })
})
