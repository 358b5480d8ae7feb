import { notInTfjs } from './layers.js'
import { everywhere, type Rule } from './rule.js'

const epsilon = 1e-3

export const tfjs: Rule = {
  name: 'tfjs expectArraysClose',
  source: 'https://github.com/tensorflow/tfjs/blob/1521ad915f0a94c3205f92e7830e872c17645638/tfjs-core/src/test_util.ts',
  says: '|got - expected| <= 1e-3, where the backend has 32 bits',
  scope: 'outputs, gradients and steps of all layers but group norm, SVM loss and AdamW, float32: tfjs has no float64',
  reference: 'constants in the source of the tests; here the definition, rounded to float32',
  draws: 'constants, few and mostly small whole numbers, in the source of the tests',
  nonFinite: 'whatever is not finite agrees with whatever is not finite: NaN with infinity, infinity with -infinity',
  judge(judged) {
    if (judged.dtype !== 'float32' || notInTfjs.has(judged.layer)) return null
    return everywhere(judged, (got, expected) => {
      if (!Number.isFinite(got) && !Number.isFinite(expected)) return true
      return !Number.isNaN(got) && !Number.isNaN(expected) && !(Math.abs(got - expected) > epsilon)
    })
  },
}
