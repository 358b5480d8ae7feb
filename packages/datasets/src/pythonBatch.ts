import { DataError } from '@convkit/api'
import { readPickle } from './pickle.js'
import { numbersOf, type Pickled, PickledArray } from './pickled.js'
import { imageBytes, recordBytes } from './release.js'

/**
 * The records of a batch of CIFAR-10's Python version: a dictionary of `data`, uint8 (N, 3072), and `labels`.
 *
 * Errors: `DataError` for any other content.
 */
export function pythonToBatch(file: Uint8Array): Buffer {
  const content = readPickle(file)
  if (!(content instanceof Map)) throw new DataError('holds no dictionary; expected one of data and labels')
  if (content.has('fine_labels')) throw new DataError('is CIFAR-100, with 100 classes; expected CIFAR-10')
  const labels = numbersOf(content.get('labels'))
  const pixels = pixelsOf(content.get('data'), labels.length)
  const batch = Buffer.alloc(labels.length * recordBytes)
  for (const [n, label] of labels.entries()) {
    if (!Number.isInteger(label) || label < 0 || label > 9)
      throw new DataError(`image ${n}: wanted a label of 0 to 9, got ${label}`)
    batch[n * recordBytes] = label
    batch.set(pixels.subarray(n * imageBytes, (n + 1) * imageBytes), n * recordBytes + 1)
  }
  return batch
}

function pixelsOf(data: Pickled | undefined, n: number): Uint8Array {
  const expected = `expected ${n} x ${imageBytes} values of uint8, as there are ${n} labels`
  if (data instanceof PickledArray) {
    const layouts = [
      [n, imageBytes],
      [n, 3, 32, 32],
    ]
    const got = `${data.dtype} [${data.shape}]${data.fortran ? ' in column order' : ''}`
    if (data.dtype !== '|u1' || data.fortran || !layouts.some((shape) => String(shape) === String(data.shape)))
      throw new DataError(`data is ${got}; ${expected}`)
  }
  const bytes = data instanceof PickledArray ? data.data : data
  if (!(bytes instanceof Uint8Array)) throw new DataError(`holds no data; ${expected}`)
  if (bytes.length !== n * imageBytes) throw new DataError(`data has ${bytes.length} bytes; ${expected}`)
  return bytes
}
