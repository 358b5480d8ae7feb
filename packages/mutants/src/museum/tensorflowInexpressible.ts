import type { Inexpressible } from './exhibit.js'

export const tensorflowInexpressible: readonly Inexpressible[] = [
  {
    link: 'https://github.com/openxla/xla/issues/49123',
    says: 'an int8 convolution in two groups gets the last output channel wrong',
    takes: 'dtype',
  },
  {
    link: 'https://github.com/openxla/xla/issues/7112',
    says: 'a minimum over 16,385 ones in float16 is 0',
    takes: 'dtype',
  },
  {
    link: 'https://github.com/jax-ml/jax/issues/11678',
    says: 'a product of float32 matrices that is asked for in float64 gives numbers of the order of 1e-8',
    takes: 'dtype',
  },
  {
    link: 'https://github.com/jax-ml/jax/issues/40409',
    says: 'the gradient of log_softmax over more than 2^16 numbers in float16 is NaN',
    takes: 'dtype',
  },
  {
    link: 'https://github.com/google-deepmind/optax/pull/1755',
    says: 'epsilon is 0 in float16, and Adam with a gradient of 0 gives NaN',
    takes: 'dtype',
  },
  {
    link: 'https://github.com/tensorflow/tfjs/issues/5641',
    says: 'sums of int32 numbers are added up in float32',
    takes: 'dtype',
  },
  {
    link: 'https://github.com/tensorflow/tensorflow/issues/22123',
    says: 'reductions of more than 2^28 elements on GPU read memory that is not theirs',
    takes: 'size',
  },
  {
    link: 'https://github.com/tensorflow/tensorflow/issues/109515',
    says: 'the bias gradient of more than 2^31 elements reads outside of its input',
    takes: 'size',
  },
  {
    link: 'https://github.com/tensorflow/tensorflow/issues/22095',
    says: 'a three-dimensional convolution of a large batch gives its last images wrong',
    takes: '3-D',
  },
  {
    link: 'https://github.com/tensorflow/tfjs/pull/7062',
    says: 'a batched matrix product whose sides have batches of different rank takes the wrong matrix of the second',
    takes: 'broadcasting',
  },
  {
    link: 'https://github.com/keras-team/keras/pull/20815',
    says: 'masked batch norm counts a mask that is broadcast too few times, so that means are not 0',
    takes: 'masks',
  },
  {
    link: 'https://github.com/jax-ml/jax/issues/17117',
    says: 'the gradient of a softmax over some classes is NaN where one that is left out is large',
    takes: 'masks',
  },
  {
    link: 'https://github.com/keras-team/keras/issues/19990',
    says: 'while gradients are accumulated weights decay at every batch, and Adam counts every batch as a step',
    takes: 'a training loop',
  },
  {
    link: 'https://github.com/google-deepmind/optax/pull/1752',
    says: 'gradients of 0 that are clipped to a norm of 0 become NaN',
    takes: 'a training loop',
  },
  {
    link: 'https://github.com/jax-ml/jax/issues/39025',
    says: 'the gradient of a gather along the middle axis is 0 in some rows of the batch on TPU',
    takes: 'gather',
  },
]
