import type { Inexpressible } from './exhibit.js'

export const runtimesInexpressible: readonly Inexpressible[] = [
  {
    link: 'https://github.com/tracel-ai/burn/issues/5604',
    says: 'Burn: the backward pass of average pooling divides a window over the end by the whole kernel, the forward pass by what is padded',
    takes: 'windows over the end',
  },
  {
    link: 'https://github.com/microsoft/onnxruntime/pull/29629',
    says: 'ONNX Runtime: averages count cells behind the padding where the number of windows is rounded up',
    takes: 'windows over the end',
  },
  {
    link: 'https://github.com/microsoft/onnxruntime/issues/6543',
    says: 'ONNX Runtime: an average over no pixel at all is NaN',
    takes: 'windows over the end',
  },
  {
    link: 'https://github.com/microsoft/onnxruntime/issues/29637',
    says: 'ONNX Runtime: dilated maxima begin at the wrong tap where there is padding at the top or the left',
    takes: 'dilated pooling',
  },
  {
    link: 'https://github.com/microsoft/onnxruntime/issues/12498',
    says: 'ONNX Runtime: a convolution with groups and the sum behind it are fused wrong',
    takes: 'graph passes',
  },
  {
    link: 'https://github.com/huggingface/candle/pull/3836',
    says: 'Candle: a filter that is a strided view is copied, and the copy is not used',
    takes: 'strides',
  },
  {
    link: 'https://github.com/Tencent/ncnn/issues/7019',
    says: 'ncnn: a strided 3 x 3 convolution reads four channels at once where padding has changed how many are packed',
    takes: 'layout',
  },
  {
    link: 'https://github.com/uxlfoundation/oneDNN/issues/6035',
    says: 'oneDNN: the weight gradient of a strided 1 x 1 convolution, channels last, writes past its workspace',
    takes: 'layout',
  },
  {
    link: 'https://github.com/uxlfoundation/oneDNN/issues/5717',
    says: 'oneDNN: a NaN in one row of a bfloat16 product gets into others where the inner dimension is not a multiple of 32',
    takes: 'dtype',
  },
  {
    link: 'https://github.com/ROCm/rocm-libraries/issues/9055',
    says: 'hipBLASLt: a bfloat16 product that is split along its inner dimension adds to an output that was not cleared',
    takes: 'dtype',
  },
  {
    link: 'https://github.com/tinygrad/tinygrad/issues/12296',
    says: 'tinygrad: equal maxima are counted in float16, and their gradient is zero where there are too many',
    takes: 'dtype',
  },
  {
    link: 'https://github.com/apache/mxnet/issues/15659',
    says: 'MXNet: the mask that dropout gives is all zeros, whatever it has dropped',
    takes: 'masks drawn by kernels',
  },
  {
    link: 'https://github.com/apache/mxnet/issues/18499',
    says: 'MXNet: gradients of batch normalization that are to be accumulated are not',
    takes: 'gradients that accumulate',
  },
  {
    link: 'https://github.com/OpenMathLib/OpenBLAS/issues/1755',
    says: 'OpenBLAS: products that several threads ask for at the same time are wrong',
    takes: 'threads that call',
  },
  {
    link: 'https://github.com/apache/tvm/issues/20105',
    says: 'TVM: averages over windows of a size that depends on the image are wrong',
    takes: 'adaptive pooling',
  },
  {
    link: 'https://github.com/ROCm/rocm-libraries/pull/9184',
    says: 'rocBLAS: a grid has 65,536 blocks of 32 rows of float64, or 64 of float32, and the rows behind it are not written',
    takes: 'millions of rows',
  },
  {
    link: 'https://github.com/openxla/xla/issues/13054',
    says: 'XLA on CPU: with a million rows and one output the first weight stands for all in the gradient of x',
    takes: 'millions of rows',
  },
  {
    link: 'https://github.com/OpenMathLib/OpenBLAS/issues/340',
    says: 'the product with a single column ends after 2^23 rows',
    takes: 'millions of rows',
  },
]
