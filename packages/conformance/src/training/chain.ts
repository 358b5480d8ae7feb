import { type FloatTensor, Scope } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import type { Case, NdArray, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { rounded, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import type { Outputs, Subject, Tensors } from '../core/spec.js'
import { readAll, upload } from '../core/subject.js'
import { labels, map, values } from '../core/values.js'
import { affineSpec } from '../layers/affine.js'
import { batchNormSpec } from '../layers/batchNorm.js'
import { conv2dSpec } from '../layers/conv2d.js'
import { maxPool2dSpec } from '../layers/maxPool2d.js'
import { reluSpec } from '../layers/relu.js'
import { softmaxCrossEntropySpec } from '../layers/softmaxCrossEntropy.js'

const specs = {
  conv2d: conv2dSpec,
  batchNorm: batchNormSpec,
  relu: reluSpec,
  maxPool2d: maxPool2dSpec,
  affine: affineSpec,
}

/** A layer of a net, with its parameters; its x is the output of the layer before. */
interface Link {
  readonly layer: keyof typeof specs
  readonly attrs: Case['attrs']
  readonly parameters: Results
}

/** conv - batch norm - relu - pool - affine - softmax, with everything drawn. */
export interface Chain {
  readonly links: readonly Link[]
  readonly x: NdArray
  readonly labels: NdArray
  readonly classes: number
}

export const chains: fc.Arbitrary<Chain> = fc
  .record({
    n: fc.integer({ min: 2, max: 5 }),
    channels: fc.integer({ min: 1, max: 3 }),
    filters: fc.integer({ min: 1, max: 5 }),
    image: fc.tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 2, max: 8 })),
    classes: fc.integer({ min: 2, max: 5 }),
    seed: seeds,
  })
  .map(({ n, channels, filters, image, classes, seed }) => {
    const random = new Random(seed)
    const drawn = (...shape: number[]) => values(random, shape, 'normal')
    const ones = (...shape: number[]) => map(drawn(...shape), () => 1)
    const pooled = filters * Math.floor(image[0] / 2) * Math.floor(image[1] / 2)
    const links: Link[] = [
      {
        layer: 'conv2d',
        attrs: { stride: [1, 1], pad: [1, 1, 1, 1], dilation: [1, 1], groups: 1 },
        parameters: { w: drawn(filters, channels, 3, 3), b: drawn(filters) },
      },
      {
        layer: 'batchNorm',
        attrs: { mode: 'train', eps: 1e-5, momentum: 0.9 },
        parameters: {
          gamma: drawn(filters),
          beta: drawn(filters),
          runningMean: drawn(filters),
          runningVar: ones(filters),
        },
      },
      { layer: 'relu', attrs: {}, parameters: {} },
      { layer: 'maxPool2d', attrs: { kernel: [2, 2], stride: [2, 2], pad: [0, 0, 0, 0] }, parameters: {} },
      { layer: 'affine', attrs: {}, parameters: { w: drawn(pooled, classes), b: drawn(classes) } },
    ]
    return { links, x: drawn(n, channels, ...image), labels: labels(random, n, classes), classes }
  })

/**
 * Queues a whole step, reading nothing before its end, and then holds every layer to the definition on what that layer
 * was given: no bound has to be carried through batch norm.
 */
export async function holdChain(subject: Subject, { links, x, labels, classes }: Chain): Promise<void> {
  const { backend, dtype } = subject
  using scope = new Scope(backend)
  const on = (array: NdArray) => upload(scope, dtype, array, classes)
  const caseOf = ({ layer, attrs }: Link): Case => ({ layer, attrs, inputs: {} })
  // In-place inputs are of one call alone.
  const inputsOf = ({ parameters }: Link, own: FloatTensor): Tensors => ({
    x: own,
    ...Object.fromEntries(Object.entries(parameters).map(([name, array]) => [name, on(array)])),
  })

  const given: FloatTensor[] = [tensorOf({ x: on(x) }, 'x')]
  for (const [k, link] of links.entries())
    given.push(tensorOf(present(specs[link.layer].call(scope, inputsOf(link, given[k]), caseOf(link), null, {})), 'y'))
  const logits = given[links.length]
  const loss: Case = { layer: softmaxCrossEntropySpec.layer, attrs: { classes }, inputs: {} }
  const end = present(softmaxCrossEntropySpec.call(scope, { logits, labels: on(labels) }, loss, null, {}))

  const results: Outputs[] = []
  const upstream: FloatTensor[] = []
  let dy = tensorOf(end, 'dlogits')
  for (const [k, link] of [...links.entries()].reverse()) {
    upstream[k] = dy
    results[k] = present(specs[link.layer].call(scope, inputsOf(link, given[k]), caseOf(link), dy, {}))
    dy = tensorOf(results[k], 'dx')
  }

  const seen = await readAll({ logits })
  await hold(subject.as(softmaxCrossEntropySpec), { ...loss, inputs: { ...seen, labels } }, end)
  for (const [k, link] of links.entries()) {
    const read = await readAll({ x: given[k], dy: upstream[k] })
    const c = { ...caseOf(link), inputs: { x: read.x, ...link.parameters }, dy: read.dy }
    await hold(subject.as(specs[link.layer]), c, results[k])
  }
}

async function hold(subject: Subject, given: Case, results: Outputs): Promise<void> {
  const c = rounded(given, subject.dtype)
  compare('in a net', c, await readAll(results), await subject.exact(c), await subject.bounds(c), subject)
}

function present(outputs: { readonly [name: string]: FloatTensor | null }): Outputs {
  return Object.fromEntries(Object.entries(outputs).flatMap(([name, tensor]) => (tensor ? [[name, tensor]] : [])))
}
