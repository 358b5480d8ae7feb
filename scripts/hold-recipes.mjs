// Twenty steps of 16 images of each recipe's net that tells classes apart, every kernel call held to its own derived bound:
// float64 on naive and wasm, float32 on the gpu backend's processor. Some hours on two cores; what is done stands in
// recipes-held.jsonl, so the next call goes on after it: npm run hold:recipes [-- recipe ...]
import { appendFile, readFile } from 'node:fs/promises'
import { holdPasses } from '../packages/bench/dist/index.js'
import { recipeWorkloads } from '../packages/cli/dist/bench/recipes.js'
import { loadBackend } from '../packages/convkit/dist/internal.js'
import { recipes } from '../packages/convkit/dist/training/recipes.js'

const [steps, batchSize, learningRate] = [20, 16, 0.01]
const journal = 'recipes-held.jsonl'
const subjects = [
  ['naive', 'float64'],
  ['wasm', 'float64'],
  ['gpu:provider=cpu', 'float32'],
]

const read = await readFile(journal, 'utf8').catch(() => '')
const done = new Set(
  read
    .split('\n')
    .filter(Boolean)
    .map((line) => keyOf(JSON.parse(line))),
)
const chosen = process.argv.slice(2)
const oracle = await loadBackend('naive')
for (const name of Object.keys(recipes)) {
  const { layers, targets = 'labels' } = (await recipes[name]()).recipe
  if (!layers || targets !== 'labels' || (chosen.length > 0 && !chosen.includes(name))) continue
  const [workload] = await recipeWorkloads(name, [batchSize])
  const held = { ...workload, optimizer: { ...workload.optimizer, learningRate } }
  for (const [backend, dtype] of subjects) {
    const key = keyOf({ name, backend, dtype })
    if (done.has(key)) {
      say(`${key}: held before`)
      continue
    }
    const instance = await loadBackend(backend)
    const start = performance.now()
    const seconds = () => Math.round((performance.now() - start) / 1000)
    const onStep = (step) => say(`${key}: step ${step} of ${steps}, ${seconds()} s`)
    await holdPasses(held, { instance, dtype }, { oracle, steps, onStep })
    await instance.close?.()
    await appendFile(journal, `${JSON.stringify({ name, backend, dtype, steps, batchSize, seconds: seconds() })}\n`)
  }
}

function keyOf({ name, backend, dtype }) {
  return `${name} on ${backend} ${dtype}`
}

function say(line) {
  process.stdout.write(`${line}\n`)
}
