// The rules by which others accept a kernel's output, on the cases of this suite: `npm run conformance:rules`. Writes
// docs/conformance-rules.md.
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { createNaive } from '@convkit/backend-naive'
import {
  acceptsAtOneShape,
  allMutants,
  allRules,
  illusionMutants,
  illusions,
  impostorMutants,
  measure,
  museum,
  rulesMarkdown,
} from '@convkit/mutants'
import { createGpu } from '../../backend-gpu/dist/index.js'
import { createWasm } from '../../backend-wasm/dist/index.js'

const start = Date.now()
const write = (line) => process.stderr.write(`${Math.round((Date.now() - start) / 1000)} s ${line}\n`)
const [seed, runs] = [231, 40]
const backends = [
  { name: 'naive', backend: createNaive() },
  { name: 'wasm, 1 thread', backend: await createWasm({ threads: 1 }) },
  { name: 'wasm, 2 threads', backend: await createWasm({ threads: 2 }) },
  { name: 'wasm, no fma', backend: await createWasm({ threads: 1, fma: false }) },
  { name: 'wasm, Winograd', backend: await createWasm({ threads: 1, winograd: true }) },
  { name: 'gpu on the processor', backend: await createGpu({ provider: 'cpu', threads: 2 }) },
]
const parts = [allMutants, museum, impostorMutants, illusionMutants]
const { mutants, backends: measured } = await measure({
  rules: allRules,
  mutants: parts.flat(),
  backends,
  seed,
  runs,
  onLayer: (layer) => write(layer),
})
write('measured')
const taken = parts.map((part, i) => {
  const from = parts.slice(0, i).flat().length
  return mutants.slice(from, from + part.length)
})
const [bank, exhibits, impostors, faults] = taken
const atOneShape = async (mutant) =>
  Object.fromEntries(
    await Promise.all(allRules.map(async (rule) => [rule.name, await acceptsAtOneShape(rule, mutant)])),
  )
const report = rulesMarkdown({
  rules: allRules,
  collections: [
    { name: 'The bank of mutants', mutants: bank },
    { name: 'The museum', mutants: exhibits },
  ],
  impostors,
  illusions: await Promise.all(
    illusions.map(async (illusion, i) => ({
      illusion,
      measured: faults[i],
      atOneShape: await atOneShape(illusion.mutant),
    })),
  ),
  backends: measured,
  counted: ['naive', 'wasm, 1 thread', 'wasm, no fma', 'gpu on the processor'],
  seed,
  runs,
  minutes: Math.ceil((Date.now() - start) / 60_000),
  command: 'npm run conformance:rules',
  machine: `${availableParallelism()} cores, Node ${process.versions.node}`,
})
await writeFile(fileURLToPath(new URL('../../../docs/conformance-rules.md', import.meta.url)), report)
for (const { backend } of backends) await backend.close?.()
write('done')
// Some mutants never answer.
process.exit(0)
