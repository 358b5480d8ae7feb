import { readFile } from 'node:fs/promises'
import asc from 'assemblyscript/asc'
import { describe, expect, it } from 'vitest'
import { platform } from '../src/platform/node.js'
import { hasRelaxedSimd } from '../src/variant.js'

const root = new URL('..', import.meta.url).pathname
const source = (name: string) => `
import { ${name} } from './assembly/lib/${name}'
export function exps(x: usize, y: usize, bytes: i32): void {
  for (let i = 0; i < bytes; i += 16) v128.store(y + i, ${name}(v128.load(x + i)))
}`

type Exps = (x: number, y: number, bytes: number) => void

/** A function of assembly/lib, on arrays. */
async function compile(
  dtype: 'float32' | 'float64',
  fma: boolean,
  name = 'exp',
): Promise<(z: Float64Array) => Float64Array> {
  const modules: Uint8Array<ArrayBuffer>[] = []
  const { error, stderr } = await asc.main(
    [
      'exps.ts',
      ...['--baseDir', root, '--outFile', 'exps.wasm', '--use', `real=${dtype === 'float32' ? 'f32' : 'f64'}`],
      ...['-O3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd'],
      ...(fma ? ['--enable', 'relaxed-simd'] : []),
    ],
    {
      readFile: (file, base) =>
        file === 'exps.ts' ? source(name) : readFile(`${base}/${file}`, 'utf8').catch(() => null),
      writeFile: (_, contents) => void modules.push(Uint8Array.from(contents as Uint8Array)),
    },
  )
  if (error) throw new Error(stderr.toString())
  const memory = new WebAssembly.Memory({ initial: 257 })
  const { instance } = await WebAssembly.instantiate(modules[0], { env: { memory } })
  const exps = instance.exports.exps as Exps
  const View = dtype === 'float32' ? Float32Array : Float64Array
  return (z) => {
    const [x, y] = [65536, 65536 + 128 * 65536].map((address) => new View(memory.buffer, address, z.length))
    x.set(z)
    exps(x.byteOffset, y.byteOffset, x.byteLength)
    return Float64Array.from(y)
  }
}

if (!hasRelaxedSimd()) platform.enableRelaxedSimd()
const variants = [false, ...(hasRelaxedSimd() ? [true] : [])]

describe.each(variants)('exp of what is not positive (fused multiply-add: %j)', (fma) => {
  it('is within 3 unit roundoffs of float32', async () => {
    const exps = await compile('float32', fma)
    const chunk = 2 ** 18
    const z = new Float32Array(chunk)
    const words = new Uint32Array(z.buffer)
    const last = new Uint32Array(Float32Array.of(-106).buffer)[0]
    let worst = 0
    // From -0 down to -106, every 251st float32.
    for (let from = 0x80000000; from <= last; from += 251 * chunk) {
      for (let i = 0; i < chunk; i++) words[i] = Math.min(from + 251 * i, last)
      const got = exps(Float64Array.from(z))
      for (let i = 0; i < chunk; i++) {
        const exact = Math.exp(z[i])
        worst = Math.max(worst, beyondRounding(got[i] - exact, 2 ** -126, exact) / (2 ** -24 * exact))
      }
    }
    expect(worst).toBeLessThan(3)
    expect(worst).toBeGreaterThan(0.5)
  })

  it('is within 3 unit roundoffs of float64', async () => {
    const exps = await compile('float64', fma)
    const z = Float64Array.from(points())
    const got = exps(z)
    let worst = 0
    for (let i = 0; i < z.length; i++) worst = Math.max(worst, roundoffs(z[i], got[i]))
    expect(worst).toBeLessThan(3)
    expect(worst).toBeGreaterThan(0.5)
  })

  it.each(['float32', 'float64'] as const)('has the limits of IEEE 754 in %s', async (dtype) => {
    const exps = await compile(dtype, fma)
    const [lowest, least] = dtype === 'float32' ? [-103.97, 2 ** -149] : [-745.13, 2 ** -1074]
    const z = Float64Array.of(0, -0, Number.NaN, Number.NEGATIVE_INFINITY, -1e30, 1.002 * lowest, lowest, 0)
    expect([...exps(z)]).toEqual([1, 1, Number.NaN, 0, 0, 0, least, 1])
  })
})

describe.each(variants)('log(1 + e) of e in [0, 1] (fused multiply-add: %j)', (fma) => {
  it.each(['float32', 'float64'] as const)('is within 4 unit roundoffs of %s', async (dtype) => {
    const logs = await compile(dtype, fma, 'log1p')
    const round = dtype === 'float32' ? Math.fround : (value: number) => value
    const golden = (Math.sqrt(5) - 1) / 2
    const places = Array.from({ length: 2000 }, (_, i) => ((i + 1) * golden) % 1)
    const e = Float64Array.from([1, ...places.flatMap((t) => [t, 2 ** (-60 * t)])], round)
    const got = logs(e)
    const unit = dtype === 'float32' ? 2 ** -24 : 2 ** -53
    const errors = got.map((value, i) => {
      const exact = log1pOf(fixed(e[i], 0))
      return Math.abs(Number(((fixed(value, 0) - exact) << 80n) / exact)) / 2 ** 80 / unit
    })
    expect(Math.max(...errors)).toBeLessThan(4)
    expect(Math.max(...errors)).toBeGreaterThan(0.5)
  })

  it.each(['float32', 'float64'] as const)('is 0 at 0, and a NaN stays, in %s', async (dtype) => {
    const logs = await compile(dtype, fma, 'log1p')
    expect([...logs(Float64Array.of(0, Number.NaN, 0, 0))]).toEqual([0, Number.NaN, 0, 0])
  })
})

/** log(1 + e), in fixed point: 2 artanh(e / (2 + e)). */
function log1pOf(e: bigint): bigint {
  const s = (e << fraction) / (2n * one + e)
  const square = (s * s) >> fraction
  let [sum, power] = [0n, s]
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k
    power = (power * square) >> fraction
  }
  return 2n * sum
}

describe.each(variants)('tanh (fused multiply-add: %j)', (fma) => {
  it.each([
    ['float32', 2 ** -24, 2 ** -126],
    ['float64', 2 ** -53, 2 ** -1022],
  ] as const)('is within 8 unit roundoffs of %s, near 0 too', async (dtype, u, least) => {
    const tanhs = await compile(dtype, fma, 'tanh')
    const round = dtype === 'float32' ? Math.fround : (value: number) => value
    const golden = (Math.sqrt(5) - 1) / 2
    const x = Float64Array.from({ length: 2 ** 17 }, (_, i) => {
      const t = (i * golden) % 1
      const size = i % 2 === 0 ? 22 * t : least ** t
      return round(i % 3 === 0 ? -size : size)
    })
    const got = tanhs(x)
    const off = got.map((value, i) => (x[i] === 0 ? 0 : Math.abs(value / Math.tanh(x[i]) - 1) / u))
    const worst = off.reduce((a, b) => Math.max(a, b))
    expect(worst).toBeLessThan(8)
    expect(worst).toBeGreaterThan(0.5)
  })

  it.each(['float32', 'float64'] as const)('has the limits of IEEE 754 in %s', async (dtype) => {
    const tanhs = await compile(dtype, fma, 'tanh')
    const { POSITIVE_INFINITY, NEGATIVE_INFINITY, NaN: none } = Number
    const x = Float64Array.of(0, -0, none, POSITIVE_INFINITY, NEGATIVE_INFINITY, 1e30, -1e30, 2 ** -149)
    expect([...tanhs(x)]).toEqual([0, -0, none, 1, -1, 1, -1, 2 ** -149])
  })
})

/** What of an error the last rounding does not explain, where the result is subnormal. */
function beyondRounding(error: number, leastNormal: number, exact: number): number {
  return exact >= leastNormal ? Math.abs(error) : Math.max(0, Math.abs(error) - leastNormal * 2 ** -24)
}

/** All over the range, next to 0, between two powers of 2, and where results are subnormal. */
function* points(): Generator<number> {
  const golden = (Math.sqrt(5) - 1) / 2
  for (let i = 1; i <= 10_000; i++) {
    const t = (i * golden) % 1
    yield -746 * t
    yield -(2 ** (-60 * t))
    yield -Math.LN2 * (Math.floor(1075 * t) + 0.5) * (1 + (t - 0.5) * 2 ** -30)
    yield -708 - 37.2 * t
  }
}

const fraction = 220n
const one = 1n << fraction
// log(2) = sum_k 1 / (k 2^k)
const log2 = Array.from({ length: 230 }, (_, i) => one / (BigInt(i + 1) << BigInt(i + 1))).reduce((a, b) => a + b)

/** A float64 times 2^shift, in fixed point; exact where the point allows. */
function fixed(value: number, shift: number): bigint {
  if (value === 0) return 0n
  const exponent = Math.max(Math.floor(Math.log2(Math.abs(value))) - 53, -1074)
  const scaled = exponent < -1000 ? value * 2 ** 600 * 2 ** (-exponent - 600) : value / 2 ** exponent
  return shifted(BigInt(scaled), fraction + BigInt(exponent + shift))
}

function shifted(value: bigint, by: bigint): bigint {
  return by >= 0n ? value << by : value >> -by
}

/** |got - exp(z)| in unit roundoffs of exp(z), less what the last rounding explains where that is subnormal. */
function roundoffs(z: number, got: number): number {
  const n = Math.round(z / Math.LN2)
  const r = fixed(z, 0) - BigInt(n) * log2
  let [sum, term] = [0n, one]
  for (let k = 1n; term !== 0n; k++) {
    sum += term
    term = (term * r) / (k << fraction)
  }
  const error = fixed(got, -n) - sum
  const size = error < 0n ? -error : error
  const rounding = n <= -1022 ? shifted(one, BigInt(-1075 - n)) : 0n
  return size <= rounding ? 0 : Number(((size - rounding) << 73n) / sum) / 2 ** 20
}
