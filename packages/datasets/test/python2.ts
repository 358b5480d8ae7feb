import { imageBytes, recordBytes } from '../src/release.js'

const bytes = (text: string) => Buffer.from(text, 'latin1')
const short = (text: string) => Buffer.concat([bytes('U'), Buffer.of(text.length), bytes(text)])
const long = (content: Uint8Array) => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(content.length)
  return Buffer.concat([bytes('T'), length, content])
}
const whole = (value: number) => Buffer.concat([bytes('M'), Buffer.of(value & 255, value >> 8)])

/** Records as Python 2's cPickle wrote them with protocol 2: the form in which CIFAR-10 is published. */
export function python2Pickle(records: Buffer): Buffer {
  const n = records.length / recordBytes
  const rows = Array.from({ length: n }, (_, i) => records.subarray(i * recordBytes, (i + 1) * recordBytes))
  const pixels = Buffer.concat(rows.map((row) => row.subarray(1)))
  return Buffer.concat([
    bytes('\x80\x02}q\x01('),
    short('batch_label'),
    bytes('q\x02'),
    short('training batch 1 of 5'),
    bytes('q\x03'),
    short('labels'),
    bytes('q\x04]q\x05('),
    ...rows.map((row) => Buffer.of(0x4b, row[0] ?? 0)),
    bytes('e'),
    short('data'),
    bytes('q\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85'),
    short('b'),
    bytes('\x87Rq\x09(K\x01'),
    whole(n),
    whole(imageBytes),
    bytes('\x86cnumpy\ndtype\nq\x0a'),
    short('u1'),
    bytes('K\x00K\x01\x87Rq\x0b(K\x03'),
    short('|'),
    bytes('NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89'),
    long(pixels),
    bytes('tbu.'),
  ])
}
