import type { Inexpressible } from './exhibit.js'

const pytorch = 'https://github.com/pytorch/pytorch'
const mlx = 'https://github.com/ml-explore/mlx'

export const pytorchInexpressible: readonly Inexpressible[] = [
  {
    link: `${pytorch}/issues/192212`,
    says: 'MPS: a convolution reads weights that are a slice of a larger array as if they were contiguous',
    takes: 'strides',
  },
  {
    link: `${pytorch}/issues/118115`,
    says: 'MPS: addcdiv, and with it every optimizer, leaves a transposed array as it is',
    takes: 'strides',
  },
  {
    link: `${pytorch}/issues/131750`,
    says: 'MPS: layer norm of a slice of rows normalizes the first rows of the array instead',
    takes: 'strides',
  },
  {
    link: `${mlx}/issues/1163`,
    says: 'Metal: the product of two slices of a matrix is wrong',
    takes: 'strides',
  },
  {
    link: `${mlx}/pull/4267`,
    says: 'Metal: sums of more than 64 elements of a reversed array read from the wrong place',
    takes: 'strides',
  },
  {
    link: `${pytorch}/issues/180984`,
    says: 'MPS: a convolution of some channels of an image with channels last reads the others, too',
    takes: 'layout',
  },
  {
    link: `${pytorch}/issues/188344`,
    says: 'CUDA: the gradient of a padded average pool is wrong with channels last',
    takes: 'layout',
  },
  {
    link: `${pytorch}/issues/189563`,
    says: 'MPS: a read that converts to a smaller type overwrites what it reads',
    takes: 'dtype',
  },
  {
    link: `${mlx}/issues/3797`,
    says: 'Metal: large bfloat16 products that are split along the sum are garbage, as a kernel is compiled for the wrong type',
    takes: 'dtype',
  },
  {
    link: `${mlx}/pull/3854`,
    says: 'Metal: quantized products that are split along the sum read past their part of it',
    takes: 'dtype',
  },
  {
    link: `${pytorch}/issues/68868`,
    says: 'oneDNN: the weight gradient of a strided and grouped convolution in three dimensions is wrong',
    takes: 'three dimensions',
  },
  {
    link: `${pytorch}/pull/36820`,
    says: 'CUDA: the gradient of a max pool in three dimensions takes the height of the output for its width',
    takes: 'three dimensions',
  },
  {
    link: `${pytorch}/pull/72157`,
    says: 'cuDNN: where a batch is too large for 32-bit indices and split, weight gradients are added to what memory holds',
    takes: 'size',
  },
  {
    link: `${mlx}/issues/3822`,
    says: 'Metal: rows of a product are 0 from where their offset in the left matrix reaches 2^31',
    takes: 'size',
  },
  {
    link: `${pytorch}/issues/10584`,
    says: 'CUDA: dropout still drops in test mode',
    takes: 'the mode of a layer',
  },
]
