import { ConfigError, ofActivations, Scope } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { type Augment, alternatingFlip, compose, defineAugment, randomCrop, randomFlip } from '@convkit/data'
import { describe, expect, it } from 'vitest'
import {
  createOptimizer,
  type Hyperparameters,
  type LayerSpec,
  layers,
  losses,
  type Model,
  type OptimizerConfig,
  optimizerNames,
  type RunProgress,
  type Schedule,
  type Sequential,
  type SequentialOptions,
  Solver,
  type SolverOptions,
  schedules,
  ThreeLayerConvNet,
  type ThreeLayerConvNetOptions,
} from '../../src/index.js'
import type { LayerKind } from '../../src/layerCatalog.js'
import { build, small as data } from '../solver/fixture.js'

/** Why a run does not go on from another's checkpoint; null where it does. */
async function refusal(
  [first, second]: readonly [Model, Model],
  options: readonly [SolverOptions, SolverOptions] = [{}, {}],
): Promise<string | null> {
  using from = first
  using to = second
  using saved = new Solver(from, data, options[0])
  using own = new Solver(to, data, options[1])
  const state = await saved.state()
  try {
    own.restore(state)
    return null
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return String(error)
  }
}

type Factories = Pick<typeof layers, LayerKind>
type OptionsOf<K extends keyof Factories> =
  Parameters<Factories[K]> extends [] ? Record<never, never> : NonNullable<Parameters<Factories[K]>[0]>
/** Other values of each option there is. */
type Others<T> = { readonly [O in keyof Required<T>]: readonly Required<T>[O][] }

const conv = { filters: 4, kernel: 3, pad: 1 } as const
const weighted = { bias: [false], weightScale: [0.5], init: ['dirac' as const], frozen: [true] }
const otherConv = {
  ...weighted,
  filters: [2],
  kernel: [[3, 1] as const, 1],
  stride: [2, [1, 2] as const],
  pad: [0, [1, 0] as const, [1, 1, 1, 0] as const],
  dilation: [2],
  groups: [2],
}
const otherBn = [{ eps: 0.1 }, { momentum: 0.5 }]
const otherPool = [{ kernel: 3 }, { kernel: 2, stride: 1 }, { kernel: 2, pad: 1 }]
const otherWindow = { kernel: [3], stride: [1], pad: [1] }
const cases: {
  readonly [K in keyof Factories]: readonly [options: OptionsOf<K>, others: Others<OptionsOf<K>>]
} = {
  affine: [{ units: 3 }, { ...weighted, units: [4] }],
  affineRelu: [{ units: 3 }, { ...weighted, units: [4] }],
  avgPool2d: [{ kernel: 2 }, { ...otherWindow, countIncludePad: [false] }],
  batchNorm: [{}, { eps: [0.1], momentum: [0.5] }],
  conv2d: [conv, otherConv],
  convBnRelu: [conv, { ...otherConv, bias: [true], bn: otherBn }],
  convBnReluPool: [conv, { ...otherConv, bias: [true], bn: otherBn, pool: otherPool }],
  convRelu: [conv, otherConv],
  convReluPool: [conv, { ...otherConv, pool: otherPool }],
  dropout: [{ p: 0.3 }, { p: [0.4] }],
  groupNorm: [{ groups: 1 }, { groups: [2], eps: [0.1] }],
  layerNorm: [{}, { eps: [0.1] }],
  maxPool2d: [{ kernel: 2 }, otherWindow],
  globalAvgPool2d: [{}, {}],
  relu: [{}, {}],
  scale: [{ factor: 2 }, { factor: [3] }],
  upsampleNearest2d: [{ factor: 1 }, { factor: [2] }],
  standardise: [{}, { mean: [1, [0, 1]], deviation: [2, [64, 65]] }],
  ...ofActivations(() => [{}, {}] as const),
  leakyRelu: [{}, { slope: [0.2] }],
}

function withLayer(kind: string, options: object): Sequential {
  const create = layers[kind as keyof Factories] as (options: object) => LayerSpec
  return build([create(options), layers.affine({ units: 2 })])
}

describe('a checkpoint is of another run', () => {
  it('when any option of any layer differs, and says which', async () => {
    for (const [kind, [options, others]] of Object.entries(cases)) {
      expect(await refusal([withLayer(kind, options), withLayer(kind, options)])).toBeNull()
      for (const [name, values] of Object.entries(others))
        for (const value of values) {
          const why = await refusal([withLayer(kind, options), withLayer(kind, { ...options, [name]: value })])
          const byShape = ['filters', 'units', 'bias'].includes(name) || (name === 'kernel' && kind.startsWith('conv'))
          expect(why, `${kind} ${name}`).toContain(byShape ? `shape of ${kind}1.` : `${kind}1.${name}`)
        }
    }
  })

  it('when any option of an inner layer differs, or where it stands', async () => {
    const inner = (p: number) => [layers.dropout({ p }), layers.relu()]
    const stacks: readonly (readonly [LayerSpec, string])[] = [
      [layers.sequence(inner(0.3)), 'layer 1 was residual1 and is sequence1'],
      [
        layers.residual(inner(0.3), { shortcut: [layers.relu()] }),
        'residual1.shortcut.layer 1 was absent and is relu1',
      ],
      [layers.branch([inner(0.3)]), 'layer 1 was residual1 and is branch1'],
      [layers.residual(inner(0.4)), 'residual1.dropout1.p was 0.3 and is 0.4'],
      [layers.residual(inner(0.3).toReversed()), 'residual1.layer 1 was dropout1 and is relu1'],
    ]
    const own = () => build([layers.residual(inner(0.3)), layers.affine({ units: 2 })])
    expect(await refusal([own(), own()])).toBeNull()
    const paths = (...of: LayerSpec[][]) => build([layers.branch(of), layers.affine({ units: 2 })])
    const other = await refusal([paths([], inner(0.3)), paths(inner(0.3), [])])
    expect(other).toContain('branch1.path1.layer 1 was absent and is dropout1')
    expect(await refusal([paths([]), paths([], [])])).toContain('branch1.paths was 1 and is 2')
    for (const [spec, why] of stacks)
      expect(await refusal([own(), build([spec, layers.affine({ units: 2 })])])).toContain(why)
  })

  it('when the layers, the loss or anything else of a Sequential differs', async () => {
    const stack = [layers.affine({ units: 2 })]
    const others: { readonly [O in keyof Required<SequentialOptions>]: readonly [object, string] | null } = {
      layers: [{ layers: [...stack, layers.relu()] }, 'layer 2 was absent and is relu1'],
      loss: [{ loss: losses.svmLoss() }, 'loss was softmaxCrossEntropy and is svmLoss'],
      reg: [{ reg: 0.1 }, 'reg was 0 and is 0.1'],
      dtype: [{ dtype: 'float64' }, 'dtype was float32 and is float64'],
      input: [{ input: [32] }, 'input was [2,4,4] and is [32]'],
      // First weights are the checkpoint's.
      seed: null,
      values: null,
    }
    for (const other of Object.values(others))
      if (other) expect(await refusal([build(stack), build(stack, other[0])])).toContain(`of another run: ${other[1]}`)
    expect(await refusal([build(stack), build(stack, { seed: 1 })])).toBeNull()
    expect(await refusal([build(stack), build(stack, { loss: losses.softmaxCrossEntropy() })])).toBeNull()
  })

  it("when a hyperparameter of a loss of one's own differs", async () => {
    const margin = (hyperparameters: Hyperparameters) =>
      build([layers.affine({ units: 2 })], { loss: { ...losses.svmLoss(), name: 'margin', hyperparameters } })
    expect(await refusal([margin({ margin: 1 }), margin({ margin: 1 })])).toBeNull()
    expect(await refusal([margin({ margin: 1 }), margin({ margin: 2 })])).toContain('margin.margin was 1 and is 2')
  })

  it('when any option of a ThreeLayerConvNet differs', async () => {
    const small = { inputDim: [2, 4, 4], numFilters: 2, filterSize: 3, hiddenDim: 3, numClasses: 2 } as const
    const others: { readonly [O in keyof Required<ThreeLayerConvNetOptions>]: readonly [object, string] | null } = {
      numFilters: [{ numFilters: 3 }, 'shape of W1'],
      filterSize: [{ filterSize: 5 }, 'shape of W1'],
      hiddenDim: [{ hiddenDim: 4 }, 'shape of W2'],
      numClasses: [{ numClasses: 3 }, 'shape of W3'],
      weightScale: [{ weightScale: 0.1 }, 'weightScale was 0.001 and is 0.1'],
      reg: [{ reg: 0.1 }, 'reg was 0 and is 0.1'],
      dtype: [{ dtype: 'float64' }, 'dtype was float32 and is float64'],
      // Other images are another set.
      inputDim: null,
      seed: null,
      values: null,
    }
    const net = (options: ThreeLayerConvNetOptions = {}) =>
      new ThreeLayerConvNet(createNaive(), { ...small, ...options })
    expect(await refusal([net(), net({ seed: 3 })])).toBeNull()
    for (const other of Object.values(others))
      if (other) expect(await refusal([net(), net(other[0])])).toContain(other[1])
  })

  it("when any of the optimizer's hyperparameters differs", async () => {
    for (const name of optimizerNames) {
      using scope = new Scope(createNaive())
      const { hyperparameters } = createOptimizer(name, [], scope)
      for (const [hyperparameter, value] of Object.entries(hyperparameters)) {
        const other = { name, [hyperparameter]: value === 0 ? 0.1 : Number(value) * 0.9 }
        const why = await refusal([build(), build()], [{ optimizer: name }, { optimizer: other }])
        expect(why).toContain(`of another run: ${name}.${hyperparameter} was ${value} and is `)
      }
      expect(
        await refusal([build(), build()], [{ optimizer: name }, { optimizer: { name, ...hyperparameters } }]),
      ).toBeNull()
    }
  })

  it('when a group of parameters or a setting of it differs, or the order of groups', async () => {
    type Groups = NonNullable<Exclude<OptimizerConfig, string>['groups']>
    const own = [{ match: '*.b', learningRate: 0.5 }, { match: 'affine*' }]
    const why = (groups: Groups) =>
      refusal([build(), build()], [{ optimizer: { name: 'sgd', groups: own } }, { optimizer: { name: 'sgd', groups } }])
    expect(await why(own)).toBeNull()
    expect(await why([{ match: '*.b', learningRate: 0.25 }, { match: 'affine*' }])).toContain(
      'run: sgd.group 1.learningRate was 0.5 and is 0.25',
    )
    expect(await why([{ match: 'affine*' }, { match: '*.b', learningRate: 0.5 }])).toContain(
      'sgd.group 1 was *.b and is affine*',
    )
    expect(await why(own.slice(0, 1))).toContain('sgd.group 2 was affine* and is absent')
    const peak = [{ match: '*.b', learningRate: schedules.oneCycle({ peak: 0.5 }) }]
    expect(await why(peak)).toContain('epochs of the schedules was absent and is 10')
  })

  it('when a schedule or a setting of it differs, and for one that stretches over the run when that is longer', async () => {
    const { oneCycle, stepDecay, plateau } = schedules
    const rate = (learningRate: number | Schedule, epochs = 10): SolverOptions => ({
      epochs,
      optimizer: { name: 'sgd', learningRate },
    })
    const why = (first: SolverOptions, second: SolverOptions) => refusal([build(), build()], [first, second])
    const cycle = () => oneCycle({ peak: 0.5 })
    expect(await why(rate(cycle()), rate(oneCycle({ peak: 0.5, warmUp: 0.3, final: 0 })))).toBeNull()
    expect(await why(rate(cycle()), rate(0.5))).toContain('sgd.learningRate was oneCycle and is 0.5')
    expect(await why(rate(cycle()), rate(oneCycle({ peak: 0.5, warmUp: 0.2 })))).toContain(
      'run: sgd.learningRate.warmUp was 0.3 and is 0.2',
    )
    expect(await why(rate(cycle()), rate(cycle(), 11))).toContain('run: epochs of the schedules was 10 and is 11')
    const ofEpochs = () => stepDecay({ initial: 0.5, every: 2 })
    const ofChecks = () => plateau({ initial: 0.5, patience: 2 })
    for (const schedule of [ofEpochs, ofChecks]) expect(await why(rate(schedule()), rate(schedule(), 11))).toBeNull()
    const own = ({ step }: RunProgress) => 1 / (step + 1)
    expect(await why(rate(own), rate(own))).toBeNull()
    expect(
      await why(
        rate(own),
        rate(({ step }) => 1 / (step + 2)),
      ),
    ).toMatch(/learningRate was function .* and is/)
  })

  it('when any option of the Solver differs that changes a step or a check, and no other', async () => {
    const others: { readonly [O in keyof Required<SolverOptions>]: SolverOptions[O] } = {
      batchSize: 4,
      optimizer: 'adam',
      lrDecay: 0.5,
      seed: 1,
      trainSamples: 5,
      validationSamples: 4,
      keepBest: false,
      averageWeights: { decay: 0.5 },
      monitor: 'validationLoss',
      patience: 3,
      clipNorm: 1,
      gradientNorm: true,
      metrics: { margin: (scores) => scores[0] ?? 0 },
      accumulate: 2,
      augment: randomFlip,
      epochs: 3,
      lossEvery: 2,
      snapshotEvery: 7,
      communicator: null,
      onWarning() {},
    }
    const without = ['patience', 'gradientNorm', 'epochs', 'lossEvery', 'snapshotEvery', 'communicator', 'onWarning']
    for (const [name, value] of Object.entries(others)) {
      const why = await refusal([build(), build()], [{}, { [name]: value }])
      if (without.includes(name)) expect(why).toBeNull()
      else expect(why).toContain(name === 'metrics' ? 'metric margin was absent' : `of another run: ${name} was`)
    }
  })

  it('when an augmentation differs in name, options or code', async () => {
    const scaled = (by: number) =>
      defineAugment({ name: 'scaled', options: { by } }, (images) => images.map((value) => by * value))
    const own: Augment = (images) => images.slice()
    const same: { readonly own: Augment } = { own: (images) => images.slice().reverse() }
    const distinct: readonly Augment[] = [
      randomFlip,
      randomCrop({ pad: 1 }),
      randomCrop({ pad: 2 }),
      compose(randomFlip, randomCrop({ pad: 1 })),
      compose(randomCrop({ pad: 1 }), randomFlip),
      randomCrop({ pad: 1, mode: 'reflect' }),
      alternatingFlip(),
      alternatingFlip({ seed: 1 }),
      scaled(2),
      scaled(3),
      own,
      same.own,
      compose(randomFlip, own),
      compose(randomFlip, same.own),
      (images) => images.map((value) => value / 2),
      (images) => images.map((value) => value / 4),
    ]
    for (const [i, first] of distinct.entries())
      for (const [j, second] of distinct.entries()) {
        const why = await refusal([build(), build()], [{ augment: first }, { augment: second }])
        if (i === j) expect(why).toBeNull()
        else expect(why).toMatch(/augment was .* and is /)
      }
    const again = compose(randomFlip, randomCrop({ pad: 1 }))
    expect(
      await refusal([build(), build()], [{ augment: compose(randomFlip, randomCrop({ pad: 1 })) }, { augment: again }]),
    ).toBeNull()
  })

  it("when the hyperparameters of one's own layer or model differ, or which parameters decay", async () => {
    const scaled = (by: number, decay = true): LayerSpec => ({
      kind: 'scaled',
      build(context) {
        const { params, ...layer } = layers.affine({ units: 2 }).build(context)
        return { ...layer, params: params.map((parameter) => ({ ...parameter, decay })), hyperparameters: { by } }
      },
    })
    expect(await refusal([build([scaled(2)]), build([scaled(2)])])).toBeNull()
    expect(await refusal([build([scaled(2)]), build([scaled(3)])])).toContain('run: scaled1.by was 2 and is 3')
    expect(await refusal([build([scaled(2)]), build([scaled(2, false)])])).toContain('decay of scaled1.w was')
    const model = (hyperparameters: Hyperparameters) =>
      Object.defineProperty(build(), 'hyperparameters', { value: hyperparameters })
    expect(await refusal([model({ steep: true }), model({ steep: false })])).toContain(
      'run: steep was true and is false',
    )
  })
})

describe('a checkpoint is of the same run', () => {
  it('however its options are spelled', async () => {
    const spellings: readonly (readonly [LayerSpec, LayerSpec])[] = [
      [layers.conv2d({ filters: 4, kernel: 3 }), layers.conv2d({ filters: 4, kernel: [3, 3], stride: 1, pad: 0 })],
      [layers.conv2d(conv), layers.conv2d({ ...conv, pad: 'same', dilation: [1, 1], groups: 1, bias: true })],
      [layers.convBnRelu(conv), layers.convBnRelu({ ...conv, bias: false, bn: { eps: 1e-5 } })],
      [layers.convReluPool(conv), layers.convReluPool({ ...conv, pool: { kernel: [2, 2], stride: 2 } })],
      [layers.maxPool2d({ kernel: 2 }), layers.maxPool2d({ kernel: [2, 2], pad: [0, 0] })],
      [layers.avgPool2d({ kernel: 2 }), layers.avgPool2d({ kernel: 2, countIncludePad: true })],
      [layers.standardise(), layers.standardise({ mean: [0, 0], deviation: 64 })],
      [layers.batchNorm(), layers.batchNorm({ momentum: 0.9 })],
      [layers.affine({ units: 2 }), layers.affine({ units: 2, weightScale: Math.sqrt(2 / 32) })],
    ]
    for (const pair of spellings) {
      const [first, second] = pair.map((spec) => build([spec, layers.affine({ units: 2 })]))
      if (first && second) expect(await refusal([first, second])).toBeNull()
    }
  })
})
