/** A convolution of a known network, on an image that is just large enough to show its borders. */
export interface NetworkLayer {
  readonly channels: number
  readonly filters: number
  readonly kernel: readonly [number, number]
  readonly image: readonly [number, number]
  readonly stride?: readonly [number, number]
  readonly pad?: readonly [number, number, number, number]
  readonly dilation?: readonly [number, number]
  readonly groups?: number
}

type Pair = readonly [number, number]
type More = Omit<NetworkLayer, 'channels' | 'filters' | 'kernel' | 'image'>

const around = (pad: number) => ({ pad: [pad, pad, pad, pad] }) as const
const by = (stride: number) => ({ stride: [stride, stride] }) as const
const every = (dilation: number) => ({ dilation: [dilation, dilation] }) as const

function layer(
  channels: number,
  filters: number,
  kernel: number | Pair,
  image: number | Pair,
  ...more: More[]
): NetworkLayer {
  const pair = (size: number | Pair): Pair => (typeof size === 'number' ? [size, size] : size)
  return { channels, filters, kernel: pair(kernel), image: pair(image), ...Object.assign({}, ...more) }
}

/** A filter for each channel, or several. */
function depthwise(channels: number, kernel: number | Pair, image: number, ...more: More[]): NetworkLayer {
  return layer(channels, channels, kernel, image, { groups: channels }, ...more)
}

/** Before, behind: what TensorFlow's padding `same` comes to at stride 2. */
const behind: More = { pad: [0, 0, 1, 1] }

/**
 * What users run, and report when it is wrong: kernels have paths of their own for these channels, kernels and strides, and
 * random geometry seldom meets all three at once.
 */
export const networkLayers: readonly NetworkLayer[] = [
  // LeNet-5 (LeCun et al. 1998), whose last kernel is as large as its image.
  layer(1, 6, 5, 9, around(2)),
  layer(6, 16, 5, 8),
  layer(16, 120, 5, 5),
  layer(320, 8, 5, 5),
  // AlexNet (Krizhevsky et al. 2012).
  layer(3, 64, 11, 15, by(4), around(2)),
  layer(96, 32, 5, 4, around(2), { groups: 2 }),
  // VGG (Simonyan and Zisserman 2014), also its dense layer as a convolution.
  layer(3, 64, 3, 8, around(1)),
  layer(64, 64, 3, 3, around(1)),
  layer(128, 64, 3, 3, around(1)),
  layer(512, 4, 7, 7),
  // Inception (Szegedy et al. 2015 and 2016).
  layer(48, 32, 5, 4, around(2)),
  layer(64, 96, 3, 5, by(2)),
  layer(64, 48, [1, 7], 4, { pad: [0, 3, 0, 3] }),
  layer(64, 48, [7, 1], 5, { pad: [3, 0, 3, 0] }),
  layer(96, 48, [1, 3], 5, { pad: [0, 1, 0, 1] }),
  layer(48, 96, [3, 1], 4, { pad: [1, 0, 1, 0] }),
  // ResNet (He et al. 2016): the stem, a bottleneck, its downsampling, and the small one of CIFAR-10.
  layer(3, 64, 7, 9, by(2), around(3)),
  layer(256, 64, 1, 3),
  layer(64, 256, 1, 3),
  layer(128, 64, 3, 4, by(2), around(1)),
  layer(256, 128, 1, 5, by(2)),
  layer(128, 256, 1, 4, by(2)),
  layer(16, 32, 3, 8, by(2), around(1)),
  layer(3, 16, 3, 9, around(1)),
  // ResNeXt (Xie et al. 2017), ShuffleNet (Zhang et al. 2018).
  layer(128, 128, 3, 6, around(1), { groups: 32 }),
  layer(256, 256, 3, 5, by(2), around(1), { groups: 32 }),
  layer(96, 48, 1, 4, { groups: 3 }),
  // MobileNet (Howard et al. 2017 and 2019), EfficientNet (Tan and Le 2019).
  ...[24, 32, 58].map((channels) => depthwise(channels, 3, 6, by(2), around(1))),
  ...[16, 72, 144].map((channels) => depthwise(channels, 3, 7, around(1))),
  depthwise(40, 5, 6, by(2), around(2)),
  depthwise(96, 5, 7, around(2)),
  depthwise(64, 3, 8, by(2), behind),
  depthwise(48, 5, 8, by(2), { pad: [1, 1, 2, 2] }),
  layer(24, 48, 3, 6, around(1), { groups: 24 }),
  layer(32, 64, 3, 7, by(2), around(1), { groups: 32 }),
  layer(16, 96, 1, 5),
  // EffNet (Freeman et al. 2018): a filter for each channel along one axis.
  depthwise(32, [1, 3], 6, by(2), { pad: [0, 0, 0, 1] }),
  depthwise(32, [3, 1], 8, by(2), { pad: [0, 0, 1, 0] }),
  // ConvNeXt (Liu et al. 2022), vision transformers (Dosovitskiy et al. 2021).
  depthwise(96, 7, 8, around(3)),
  layer(3, 96, 4, 8, by(4)),
  layer(3, 32, 16, 32, by(16)),
  // DeepLab (Chen et al. 2017): dilated, also a filter for each channel.
  layer(32, 32, 3, 9, around(2), every(2)),
  layer(16, 16, 3, 13, around(4), every(4)),
  depthwise(32, 3, 9, around(2), every(2)),
  // Along one axis: WaveNet (van den Oord et al. 2016), EEGNet (Lawhern et al. 2018), text (Kim 2014).
  layer(16, 32, [1, 2], [1, 24], { dilation: [1, 8] }),
  layer(1, 8, [1, 64], [4, 80], { pad: [0, 31, 0, 32] }),
  depthwise(8, [4, 1], 4),
  layer(1, 16, [3, 50], [9, 50]),
  // DCGAN (Radford et al. 2016), whose dx is the generator; U-Net (Ronneberger et al. 2015), pix2pix (Isola et al. 2017).
  layer(64, 48, 4, 6, by(2), around(1)),
  layer(32, 64, 2, 6, by(2)),
  layer(64, 16, 4, 5, around(1)),
  layer(32, 3, 7, 8, around(3)),
]
