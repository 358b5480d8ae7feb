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
const file: fc.Arbitrary<Omit<SafetensorsFile, 'skipped'>> = fc.record({
  tensors: fc.array(fc.tuple(name, tensor), { maxLength: 5 }).map((list) => new Map(list)),
  metadata: fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true }),
})

function bytesOf({ data }: HostTensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

function expectSame(got: SafetensorsFile, wanted: Omit<SafetensorsFile, 'skipped'>): void {
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

function info(dtype: string, shape: string, offsets: string): string {
  return `{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}`
}

/** As large as it has to be for the format to refuse the header for its size. */
function announcing(length: number): Uint8Array {
  const bytes = new Uint8Array(8 + length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
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

describe('a file of others', () => {
  /** One tensor `x` of these bytes. */
  const one = (dtype: string, size: number, body: ArrayBufferView) => {
    const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength)
    const header = JSON.stringify({ x: { dtype, shape: [bytes.length / size], data_offsets: [0, bytes.length] } })
    const file = handmade(header, bytes.length)
    file.set(bytes, file.length - bytes.length)
    return readSafetensors(file)
  }
  const numbersOf = (file: SafetensorsFile) => [...(file.tensors.get('x')?.data ?? [])]

  test.each([
    ['I8', Int8Array.of(-128, 127)],
    ['U8', Uint8Array.of(0, 255)],
    ['I16', Int16Array.of(-32768, 32767)],
    ['U16', Uint16Array.of(0, 65535)],
    ['I32', Int32Array.of(-(2 ** 31), 2 ** 31 - 1)],
    ['U32', Uint32Array.of(0, 2 ** 31 - 1)],
    ['BOOL', Uint8Array.of(0, 1)],
  ] as const)('has its %s read as int32', (dtype, values) => {
    const file = one(dtype, values.BYTES_PER_ELEMENT, values)
    expect(file.tensors.get('x')?.dtype).toBe('int32')
    expect(numbersOf(file)).toEqual([...values])
  })

  test('has 64-bit integers read as int32 where they fit, as float64 where that is exact, and named where nothing is', () => {
    const cases = [
      [BigInt64Array.of(-(2n ** 31n), 3n), 'int32'],
      [BigInt64Array.of(-(2n ** 31n) - 1n, 2n ** 53n - 1n), 'float64'],
      [BigUint64Array.of(2n ** 31n), 'float64'],
    ] as const
    for (const [values, dtype] of cases) {
      const file = one(values instanceof BigInt64Array ? 'I64' : 'U64', 8, values)
      expect(file.tensors.get('x')?.dtype).toBe(dtype)
      expect(numbersOf(file).map(BigInt)).toEqual([...values])
    }
    expect(one('U32', 4, Uint32Array.of(2 ** 32 - 1)).tensors.get('x')?.data).toEqual(Float64Array.of(2 ** 32 - 1))
    const { tensors, skipped } = one('U64', 8, BigUint64Array.of(2n ** 64n - 1n))
    expect(tensors.size).toBe(0)
    expect([...skipped]).toEqual([['x', 'it holds 18446744073709551615, which float64 does not hold exactly']])
  })

  test('has every F16 and BF16 widened exactly', () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, bits) => bits)
    const [half, brain] = [numbersOf(one('F16', 2, halves)), numbersOf(one('BF16', 2, halves))]
    for (const bits of halves) {
      const exponent = (bits >> 10) & 31
      const fraction = (bits & 1023) / 1024
      const size = exponent === 0 ? 2 ** -14 * fraction : 2 ** (exponent - 15) * (1 + fraction)
      const special = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN
      expect(half[bits]).toBe((bits & 0x8000 ? -1 : 1) * (exponent === 31 ? special : size))
      expect(brain[bits]).toBe(new Float32Array(Uint32Array.of(bits << 16).buffer)[0])
    }
  })

  test.each(['F8_E4M3', 'F8_E5M2', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'])('has its %s named, not read', (dtype) => {
    const { tensors, skipped } = one(dtype, 1, Uint8Array.of(1, 2))
    expect([tensors.size, ...skipped]).toEqual([0, ['x', `${dtype} is not read`]])
  })

  test('has tensors of 4 and 6 bits and complex ones left out, and those between them read', () => {
    const header = `{"a":${info('F4', '[4]', '[0,2]')},"b":${info('F6_E2M3', '[4]', '[2,5]')},"c":${info('U8', '[]', '[5,6]')},"d":${info('C64', '[1]', '[6,14]')}}`
    const { tensors, skipped } = readSafetensors(handmade(header, 14))
    expect([...tensors]).toEqual([['c', { dtype: 'int32', shape: [], data: Int32Array.of(0) }]])
    expect([...skipped.keys()]).toEqual(['a', 'b', 'd'])
  })

  test('may have metadata of its own, names of every sort, no tensors, and spaces', () => {
    const header = `{ "__metadata__" : {"format":"pt","__proto__":"x"}, "__proto__" :\n${info('F32', '[0, 5]', '[ 0,0 ]')}}   `
    const { tensors, metadata } = readSafetensors(handmade(header))
    expect(Object.entries(metadata)).toEqual([
      ['format', 'pt'],
      ['__proto__', 'x'],
    ])
    expect([...tensors]).toEqual([['__proto__', { dtype: 'float32', shape: [0, 5], data: new Float32Array() }]])
    expect(readSafetensors(handmade('{}')).tensors.size).toBe(0)
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

  test.each([
    ['too short for a length', new Uint8Array(5), /5 bytes, too few/],
    ['a header longer than the file', handmade('{}').subarray(0, 9), /said to have 2 bytes but only 1/],
    ['a header that is not JSON', handmade('{"a'), /string at character 1 of the header is not valid JSON/],
    ['a header that is not UTF-8', handmade(Uint8Array.of(0x7b, 0xff, 0x7d)), /not UTF-8/],
    ['a header that is a list', handmade('[]'), /does not begin with {/],
    ['a tensor that is a number', handmade('{"x":1}'), /tensor "x": wanted a JSON object at character 5 .* got "1}"/],
    [
      'metadata that is not text',
      handmade('{"__metadata__":{"a":1}}'),
      /the metadata: wanted a string at character 21 .* got "1}}"/,
    ],
    ['a number type of no format', handmade(`{"x":${info('I128', '[1]', '[0,8]')}}`, 8), /"x" has dtype "I128"/],
    [
      'a negative axis',
      handmade(`{"x":${info('F32', '[-1]', '[0,4]')}}`, 4),
      /shape of tensor "x": wanted whole numbers .* got "-1\]/,
    ],
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
    ['a space before its header', handmade(' {}'), /does not begin with {/],
    ['a byte order mark', handmade('\ufeff{}'), /does not begin with {/],
    ['something behind its header', handmade('{}{}'), /something other than spaces follows/],
    ['a line end behind its header', handmade('{}\n'), /something other than spaces follows/],
    [
      'one tensor twice',
      handmade(`{"x":${info('F32', '[1]', '[0,4]')},"\\u0078":${info('F32', '[1]', '[4,8]')}}`, 8),
      /the header has the key "x" twice/,
    ],
    ['one shape twice', handmade(`{"x":{"shape":[1],"shape":[1]}}`, 4), /tensor "x" has the key "shape" twice/],
    ['its metadata twice', handmade('{"__metadata__":{},"__metadata__":{}}'), /key "__metadata__" twice/],
    [
      'one key twice in its metadata',
      handmade('{"__metadata__":{"a":"","a":""}}'),
      /the metadata has the key "a" twice/,
    ],
    ['metadata that is null', handmade('{"__metadata__":null}'), /the metadata: wanted a JSON object/],
    [
      'a field too many',
      handmade('{"x":{"strides":[1]}}'),
      /"x" has a "strides"; wanted dtype, shape and data_offsets/,
    ],
    ['no dtype', handmade('{"x":{"shape":[],"data_offsets":[0,0]}}'), /"x" has no dtype/],
    ['no shape', handmade('{"x":{"dtype":"F32","data_offsets":[0,0]}}'), /"x" has no shape/],
    ['no offsets', handmade('{"x":{"dtype":"F32","shape":[]}}'), /"x" has data_offsets missing/],
    [
      'half a surrogate pair',
      handmade('{"__metadata__":{"a":"\\ud800"}}'),
      /string at character 21 .* is not valid JSON/,
    ],
    ['a control character', handmade('{"__metadata__":{"a":"\u0001"}}'), /string at character 21 .* is not valid JSON/],
    ['a comma too many', handmade('{"__metadata__":{},}'), /the header: wanted a string at character 19/],
    ['half a byte', handmade(`{"x":${info('F4', '[1]', '[0,1]')}}`, 1), /more or less than a whole number of bytes/],
    [
      'more elements than can be counted',
      handmade(`{"x":${info('F32', '[9007199254740991,9007199254740991,0]', '[0,0]')}}`),
      /more or less than a whole number of bytes/,
    ],
    ...['1.0', '1e0', '-0', '01', '9007199254740992', 'true', 'null', '"1"', '[1]', '1 1', ''].map(
      (axis): [string, Uint8Array, RegExp] => [
        `an axis of ${axis}`,
        handmade(`{"x":${info('F32', `[${axis},1]`, '[0,4]')}}`, 4),
        /the shape of tensor "x": wanted/,
      ],
    ),
    ['a nested header', handmade(`${'{"a":'.repeat(1e6)}1${'}'.repeat(1e6)}`), /tensor "a" has a "a"; wanted/],
    ['nested lists', handmade(`{"x":${'['.repeat(1e6)}`), /tensor "x": wanted a JSON object/],
    ['nested shapes', handmade(`{"x":{"shape":${'['.repeat(1e6)}`), /the shape of tensor "x": wanted whole numbers/],
    ['a header above 100 MB', announcing(100_000_001), /the header has 100000001 bytes; the format allows 100000000/],
    ['bytes that belong to no tensor', handmade(`{"x":${info('F32', '[1]', '[0,4]')}}`, 8), /take 4 bytes .* has 8/],
  ])('with %s says so', (_, bytes, message) => {
    expect(() => readSafetensors(bytes)).toThrow(message)
    expectRefusedOrWellFormed(bytes)
  })
})
