import { Scope } from '@convkit/api'
import { type SamplingBudget, sampleInTurns } from '@convkit/conformance'
import type { Contender } from './contender.js'
import { estimate, giga } from './statistics/estimate.js'

/** How fast values get to a contender and back, apart from any computing. */
export interface Transfer {
  readonly contender: string
  readonly bytes: number
  /** GB/s. */
  readonly upload: number
  readonly download: number
}

const bytes = 16 * 2 ** 20

export async function measureTransfers(
  { name, instance, dtype }: Contender,
  budget: SamplingBudget,
): Promise<Transfer> {
  using scope = new Scope(instance)
  const data = dtype === 'float32' ? new Float32Array(bytes / 4) : new Float64Array(bytes / 8)
  const into = data.slice()
  const tensor = scope.from(data, [data.length])
  const speed = async (call: () => unknown) => {
    const sync = async () => instance.sync?.()
    const [samples = []] = await sampleInTurns([{ name, call, sync }], budget)
    return giga(bytes, estimate(samples).median)
  }
  return {
    contender: name,
    bytes,
    upload: await speed(() => instance.write(tensor.storage, data)),
    download: await speed(() => instance.read(tensor.storage, into)),
  }
}
