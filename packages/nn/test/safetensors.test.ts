import { DataError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type HostTensor, readSafetensors, type SafetensorsFile, writeSafetensors } from '../src/index.js'

const seed = 20_240_601
const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array } as const

const tensor: fc.Arbitrary<HostTensor> = fc
  .tuple(
    fc.constantFrom('float32', 'float64', 'int32'),
    fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }),
    fc.infiniteStream(fc.integer({ min: 0, max: 255 })),
  )
  .map(([dtype, shape, stream]) => {
    const array = arrays[dtype]
    const size = shape.reduce((product, length) => product * length, 1)
    // Random bytes, so that every bit pattern (NaN payloads, -0, subnormals) is tried.
    const bytes = Uint8Array.from({ length: size * array.BYTES_PER_ELEMENT }, () => stream.next().value ?? 0)
    return { dtype, shape, data: new array(bytes.buffer) }
  })
const name = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__metadata__')
const file: fc.Arbitrary<SafetensorsFile> = fc.record({
  tensors: fc.array(fc.tuple(name, tensor), { maxLength: 5 }).map((list) => new Map(list)),
  metadata: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
})

function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function expectSame(got: SafetensorsFile, wanted: SafetensorsFile): void {
  expect(got.metadata).toEqual(wanted.metadata)
  expect(new Set(got.tensors.keys())).toEqual(new Set(wanted.tensors.keys()))
  for (const [name, want] of wanted.tensors) {
    const have = got.tensors.get(name)
    expect(have?.dtype).toBe(want.dtype)
    expect(have?.shape).toEqual(want.shape)
    expect(have && Buffer.from(bytesOf(have)).equals(bytesOf(want))).toBe(true)
  }
}

/** A file with the given header text and body size. */
function handmade(header: string | Uint8Array, body = 0): Uint8Array {
  const json = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const bytes = new Uint8Array(8 + json.length + body)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

/** Damaged bytes may only be refused in one line, or read as something well-formed. */
function expectRefusedOrWellFormed(bytes: Uint8Array): void {
  let result: SafetensorsFile
  try {
    result = readSafetensors(bytes)
  } catch (error) {
    expect(error).toBeInstanceOf(DataError)
    expect((error as DataError).message).toMatch(/^safetensors: [^\n]+$/)
    return
  }
  for (const { shape, dtype, data } of result.tensors.values()) {
    expect(data).toBeInstanceOf(arrays[dtype])
    expect(data.length).toBe(shape.reduce((product, length) => product * length, 1))
  }
  expect(Object.values(result.metadata).every((text) => typeof text === 'string')).toBe(true)
}

describe('a written file', () => {
  test('reads back bit for bit, from any alignment', () => {
    fc.assert(
      fc.property(file, fc.integer({ min: 0, max: 7 }), (content, shift) => {
        const written = writeSafetensors(content.tensors, content.metadata)
        const shifted = new Uint8Array(written.length + shift).subarray(shift)
        shifted.set(written)
        expectSame(readSafetensors(shifted), content)
      }),
      { seed },
    )
  })

  test('does not depend on the order of tensors or metadata', () => {
    fc.assert(
      fc.property(file, ({ tensors, metadata }) => {
        const reversed = new Map([...tensors].reverse())
        const backwards = Object.fromEntries(Object.entries(metadata).reverse())
        expect(writeSafetensors(reversed, backwards)).toEqual(writeSafetensors(tensors, metadata))
      }),
      { seed },
    )
  })

  test('starts its values, and every tensor, at a multiple of the element size', () => {
    fc.assert(
      fc.property(file, ({ tensors, metadata }) => {
        const bytes = writeSafetensors(tensors, metadata)
        const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
        expect(length % 8).toBe(0)
        const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)))
        for (const [name, { data }] of tensors) {
          const [begin] = header[name].data_offsets
          expect(begin % data.BYTES_PER_ELEMENT).toBe(0)
        }
      }),
      { seed },
    )
  })

  test('is a copy both ways: later changes do not show', () => {
    const data = Float32Array.of(1, 2)
    const bytes = writeSafetensors(new Map([['x', { shape: [2], data }]]))
    data.fill(9)
    const first = readSafetensors(bytes)
    bytes.fill(0)
    expect(first.tensors.get('x')?.data).toEqual(Float32Array.of(1, 2))
  })

  test('is refused where a shape does not fit its values or a name is reserved', () => {
    const data = Float32Array.of(1, 2)
    expect(() => writeSafetensors(new Map([['x', { shape: [3], data }]]))).toThrow(DataError)
    expect(() => writeSafetensors(new Map([['x', { shape: [-1, -2], data }]]))).toThrow(DataError)
    expect(() => writeSafetensors(new Map([['__metadata__', { shape: [2], data }]]))).toThrow(DataError)
  })
})

describe('a damaged file', () => {
  test('cut anywhere is refused', () => {
    fc.assert(
      fc.property(file, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (content, fraction) => {
        const bytes = writeSafetensors(content.tensors, content.metadata)
        const length = Math.floor(fraction * bytes.length)
        expect(() => readSafetensors(bytes.subarray(0, length))).toThrow(DataError)
      }),
      { seed, numRuns: 300 },
    )
  })

  test('with anything appended is refused', () => {
    fc.assert(
      fc.property(file, fc.uint8Array({ minLength: 1 }), (content, extra) => {
        const bytes = writeSafetensors(content.tensors, content.metadata)
        expect(() => readSafetensors(Uint8Array.of(...bytes, ...extra))).toThrow(DataError)
      }),
      { seed },
    )
  })

  test('with header bytes overwritten is refused in one line, or still well-formed', () => {
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(file, flips, (content, changes) => {
        const bytes = writeSafetensors(content.tensors, content.metadata)
        const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))
        for (const [at, value] of changes) bytes[at % header] = value
        expectRefusedOrWellFormed(bytes)
      }),
      { seed, numRuns: 1000 },
    )
  })

  test('made of any JSON whatever is refused in one line, or well-formed', () => {
    const info = fc.record(
      {
        dtype: fc.constantFrom('F32', 'F64', 'I32', 'I64', 'toString', 7),
        shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }), fc.jsonValue()),
        data_offsets: fc.oneof(fc.array(fc.integer({ min: -4, max: 32 }), { maxLength: 3 }), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    const header = fc.oneof(fc.dictionary(fc.constantFrom('a', 'b', '__metadata__', '__proto__'), info), fc.jsonValue())
    fc.assert(
      fc.property(header, fc.integer({ min: 0, max: 32 }), (value, body) =>
        expectRefusedOrWellFormed(handmade(JSON.stringify(value), body)),
      ),
      { seed, numRuns: 1000 },
    )
  })

  const info = (dtype: string, shape: string, offsets: string) =>
    `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`
  test.each([
    ['too short for a length', new Uint8Array(5), /5 bytes, too few/],
    ['a header longer than the file', handmade('{}').subarray(0, 9), /said to have 2 bytes but only 1/],
    ['a header that is not JSON', handmade('{"a'), /not JSON/],
    ['a header that is not UTF-8', handmade(Uint8Array.of(0x7b, 0xff, 0x7d)), /not JSON/],
    ['a header that is a list', handmade('[]'), /header is not a JSON object/],
    ['a tensor that is a number', handmade('{"x":1}'), /tensor "x" is not a JSON object/],
    ['metadata that is not text', handmade('{"__metadata__":{"a":1}}'), /metadata "a" is not a string/],
    ['64-bit integers', handmade(`{"x":${info('I64', '[1]', '[0,8]')}}`, 8), /"x" has dtype "I64"; F32, F64 and I32/],
    ['a negative axis', handmade(`{"x":${info('F32', '[-1]', '[0,4]')}}`, 4), /"x" has shape \[-1\]/],
    ['one offset', handmade(`{"x":${info('F32', '[1]', '[0]')}}`, 4), /"x" has data_offsets \[0\]/],
    ['offsets that run backwards', handmade(`{"x":${info('F32', '[1]', '[4,0]')}}`, 4), /data_offsets \[4,0\]/],
    ['shape and bytes that disagree', handmade(`{"x":${info('F32', '[2]', '[0,4]')}}`, 4), /takes 8 bytes .* span 4/],
    ['an offset out of range', handmade(`{"x":${info('F32', '[2]', '[0,8]')}}`, 4), /ends at byte 8 of a body of 4/],
    [
      'overlapping tensors',
      handmade(`{"x":${info('F32', '[2]', '[0,8]')},"y":${info('F32', '[1]', '[4,8]')}}`, 8),
      /"y" overlaps/,
    ],
    ['a gap', handmade(`{"x":${info('F32', '[1]', '[4,8]')}}`, 8), /"x" leaves a gap/],
    ['bytes that belong to no tensor', handmade(`{"x":${info('F32', '[1]', '[0,4]')}}`, 8), /take 4 bytes .* has 8/],
  ])('with %s says so', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(message)
    expectRefusedOrWellFormed(bytes)
  })
})
