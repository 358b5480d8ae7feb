import type { Law } from '../core/spec.js'
import { hold } from './oracle.js'

const check: Law['check'] = async (subject, c) => {
  await hold('long sums', subject, subject.spec.sharpen?.(c, subject.unit) ?? c)
}

/** Sums over the channels, features or elements of one image. */
export const deepSums: Law = {
  name: 'deep sums',
  says: 'sums over thousands of channels, features or elements are exact on whole numbers, or within a bound that shows what is left out',
  check,
}

/** Sums over all images of a batch. */
export const batchSums: Law = {
  name: 'batch sums',
  says: 'sums over all pixels of a large batch are exact on whole numbers, or within a bound that shows what is left out',
  check,
}
