import { activations, ConfigError } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, it } from 'vitest'
import { type BuildContext, type LayerSpec, layers, parseLayers, Sequential } from '../src/index.js'

function shapes(text: string): string[] {
  using model = new Sequential(createNaive(), { input: [3, 32, 32], layers: parseLayers(text, 10) })
  return model.layers.map(({ name, outputShape }) => `${name} ${outputShape.slice(1).join('x')}`)
}

describe('layers as text', () => {
  it('are those that the same code would make', () => {
    const text = `convBnReluPool({ filters: 16, kernel: 5, pad: 'same' })
convBnReluPool({ filters: 24, kernel: 3, pad: 'same' })
affine({ units: classes })`
    expect(shapes(text)).toEqual(['convBnReluPool1 16x16x16', 'convBnReluPool2 24x8x8', 'affine1 10'])
  })

  it('may have comments, blank lines, commas, lists and options in options', () => {
    const text = `
      // the first
      layers.conv2d({ filters: 4, kernel: [3, 5], pad: [1, 2], }),
      convReluPool({ filters: 4, kernel: 3, pad: 'same', pool: { kernel: 4 } }) // shrinks
      relu()
      affine({ units: classes })`
    expect(shapes(text)).toEqual(['conv2d1 4x32x32', 'convReluPool1 4x8x8', 'relu1 4x8x8', 'affine1 10'])
  })

  it('are spelled as they were made, for a file to say them', () => {
    const convolution = { filters: 4, kernel: 3, pad: 'same' } as const
    const specs = [
      layers.conv2d({
        filters: 4,
        kernel: [3, 5],
        pad: [1, 2],
        stride: 1,
        dilation: 1,
        bias: false,
        weightScale: 1e-7,
      }),
      layers.standardise({ mean: [1, -0.5, 2e-7, 4], deviation: 60.5 }),
      layers.batchNorm(),
      layers.batchNorm({ eps: 1e-3, momentum: 0.5 }),
      layers.relu(),
      ...Object.values(activations).map(({ name }) => layers[name]()),
      layers.leakyRelu({ slope: 0.2 }),
      layers.convRelu({ ...convolution, groups: 2 }),
      layers.convReluPool({ ...convolution, pool: { kernel: [2, 4], stride: 2 } }),
      layers.convBnRelu({ ...convolution, bn: { eps: 0.01 } }),
      layers.convBnReluPool(convolution),
      layers.groupNorm({ groups: 2 }),
      layers.maxPool2d({ kernel: 1 }),
      layers.avgPool2d({ kernel: 2, countIncludePad: false }),
      layers.scale({ factor: 0.5 }),
      layers.upsampleNearest2d({ factor: 2 }),
      layers.dropout({ p: 0.25 }),
      layers.globalAvgPool2d(),
      layers.affineRelu({ units: 7 }),
      layers.layerNorm({ eps: 0.1 }),
      layers.residual([layers.gelu(), layers.sequence([])], { shortcut: [layers.affine({ units: 7 })] }),
      layers.branch([[], [layers.relu(), layers.sequence([])]]),
      layers.sequence([layers.residual([layers.dropout({ p: 0.5 }), layers.relu()])]),
      layers.affine({ units: 3 }),
    ]
    expect(new Set(specs.map(({ kind }) => kind))).toEqual(new Set(Object.keys(layers)))
    using model = new Sequential(createNaive(), { input: [3, 32, 32], layers: specs })
    const text = model.layersText ?? ''
    expect(text.split('\n').slice(2, 5)).toEqual(['batchNorm()', 'batchNorm({ eps: 0.001, momentum: 0.5 })', 'relu()'])
    using again = new Sequential(createNaive(), { input: [3, 32, 32], layers: parseLayers(text, 3) })
    expect(again.layersText).toBe(text)
    const shapesOf = ({ params, buffers }: Sequential) =>
      [...params, ...buffers].map(({ name, tensor }) => [name, tensor.shape])
    expect(shapesOf(again)).toEqual(shapesOf(model))
    const given = ({ options, args }: LayerSpec): unknown => options ?? JSON.stringify(args)
    expect(parseLayers(text, 3).map(given)).toEqual(specs.map(given))
  })

  it('stand inside one another as lists, one layer a line', () => {
    const text = `conv2d({ filters: 4, kernel: 1 })
residual([
  convBnRelu({ filters: 4, kernel: 3, pad: 'same' }),
  sequence([
    relu(),
  ]),
], { shortcut: [
  conv2d({ filters: 4, kernel: 1 }),
] })
branch([[], [
  relu(),
]])
affine({ units: 10 })`
    using model = new Sequential(createNaive(), { input: [3, 8, 8], layers: parseLayers(text, 10) })
    expect(model.layersText).toBe(text)
    const bare = 'conv2d({filters:4,kernel:1}), residual([convBnRelu({ filters: 4, kernel: 3, pad: "same" }) // one\n'
    const rest =
      'sequence([relu()])], {"shortcut": [layers.conv2d({ filters: 4, kernel: 1 })]}); branch([[], [relu()]]) affine({ units: classes })'
    using other = new Sequential(createNaive(), { input: [3, 8, 8], layers: parseLayers(bare + rest, 10) })
    expect(other.layersText).toBe(text)
  })

  it('are spelled without what is not set, or not at all where a value has no text', () => {
    const text = (options: object) => {
      const spec = layers.conv2d({ filters: 4, kernel: 3, ...options })
      using model = new Sequential(createNaive(), { input: [3, 8, 8], layers: [spec, layers.affine({ units: 2 })] })
      return model.layersText
    }
    const plain = text({})
    expect(plain).toBe('conv2d({ filters: 4, kernel: 3 })\naffine({ units: 2 })')
    expect(text({ stride: undefined })).toBe(plain)
    expect(text({ kernel: Int32Array.of(3, 3) })).toBeNull()
  })

  it('are not spelled where one is not of the library', () => {
    const { build } = layers.relu()
    using model = new Sequential(createNaive(), {
      input: [2],
      layers: [{ kind: 'mine', build }, layers.affine({ units: 2 })],
    })
    expect(model.layersText).toBeNull()
    const copies = [
      { ...layers.relu(), kind: 'mine' },
      { ...layers.relu(), build: (context: BuildContext) => layers.dropout({ p: 0.5 }).build(context) },
    ]
    for (const specs of [...copies.map((copy) => [copy]), Array.from({ length: 15_000 }, () => layers.relu())]) {
      using other = new Sequential(createNaive(), { input: [2], layers: specs })
      expect(other.layersText).toBeNull()
    }
  })

  it('know every layer of the library', () => {
    for (const name of Object.keys(layers))
      expect(() => parseLayers(`${name}({ wrong: 1 })`, 10)).toThrow(/there is no option wrong|wanted a list of/)
  })

  it.each([
    ['affine', 'line 1: wanted a layer as a call'],
    ['relu()\nconv3d({})', 'line 2: there is no layer conv3d; there are affine, '],
    ['affine({ units: fetch("x") })', 'line 1: wanted options like'],
    ['affine(10)', 'line 1: wanted options like'],
    ['affine({ unit: 10 })', 'line 1: affine: there is no option unit; did you mean units? (known: units, '],
    ['affine({ units: 10 }, {})', 'line 1: wanted options like'],
    ['affine([10])', 'line 1: wanted options like'],
    ['affine({ units: 10', 'line 1: wanted options like'],
    ['conv2d({ kernel: [3 3] })', 'line 1: wanted options like'],
    ["dropout({ p: 'half })", 'line 1: wanted options like'],
    ['conv2d({ kernel: 03 })', 'line 1: wanted options like'],
    ['residual([\n  relu(),\n  conv3d()\n])', 'line 3: there is no layer conv3d'],
    ['relu()\nresidual([\n  affine({ unit: 10 })])', 'line 3: affine: there is no option unit'],
    [
      'residual(relu())',
      'line 1: residual: wanted a list of layers, like [relu(), affine({ units: 10 })], got [object',
    ],
    ['residual([relu()], { shortcut: 3 })', 'line 1: residual: shortcut: wanted a list of layers'],
    ['branch([relu()])', 'line 1: branch: path: wanted a list of layers'],
    ['branch({})', 'line 1: branch: wanted a list of paths'],
    [
      'sequence([10])',
      'line 1: sequence: wanted a list of layers, like [relu(), affine({ units: 10 })], got a list with 10',
    ],
    ['sequence(['.repeat(60), 'line 1: nested more than 50 deep'],
    ['relu({ slope: 1 })', 'line 1: relu: there is no option slope (known: none)'],
    ['leakyRelu({ slop: 1 })', 'line 1: leakyRelu: there is no option slop; did you mean slope? (known: slope)'],
  ])('%s is an error with its line', (text, message) => {
    expect(() => parseLayers(text, 10)).toThrow(ConfigError)
    expect(() => parseLayers(text, 10)).toThrow(message)
  })
})
