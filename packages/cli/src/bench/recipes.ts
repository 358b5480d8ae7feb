import { ConfigError } from '@convkit/api'
import { dataOfLayer, parseWorkload, type Workload } from '@convkit/bench'
import { losses } from '@convkit/nn'
import type { Recipe } from 'convkit'
import { defaults } from '../config/schema.js'
import { loadRecipe } from '../recipes.js'

/** CIFAR-10's. */
const input = [3, 32, 32]
const classes = 10
/** Images on which naive, which the others are held against, does not take long. */
const heldImages = 2
/** So small that a thousand steps on the same random images change nothing that time depends on. */
const learningRate = 1e-5

/**
 * A step of a recipe's net for each batch size, as a workload's file says it; first values that functions give are drawn
 * anew, and all parameters have one learning rate: neither takes more time. Throws `ConfigError` for one that is no data.
 */
export async function recipeWorkloads(name: string, batchSizes: readonly number[] | undefined): Promise<Workload[]> {
  const recipe = await loadRecipe(name, process.cwd())
  const { layers, reg = defaults.reg, batchSize = defaults.batchSize, optimizer = defaults.optimizer } = recipe
  if (!layers) throw new ConfigError(`--recipe ${name}: its ThreeLayerConvNet is the workload W7`)
  if (recipe.targets === 'images')
    throw new ConfigError(
      `--recipe ${name}: the benchmark trains nets that tell classes apart, and this one's targets are images`,
    )
  const given = Object.entries(recipe.hyperparameters ?? {}).filter(([, value]) => typeof value === 'number')
  const own = layers({ input, classes, train: null }).map(dataOfLayer)
  const model = { sequential: { input, layers: own, loss: lossOf(name, recipe), reg } }
  return (batchSizes ?? [batchSize]).flatMap((size) =>
    parseWorkload(
      `${name}.json`,
      JSON.stringify({
        kind: 'training',
        name: `${name} x ${size}`,
        title: `${name}, ${size} images`,
        group: 'training',
        batchSize: size,
        model,
        optimizer: { ...Object.fromEntries(given), name: optimizer, learningRate },
        heldBatchSize: size % heldImages === 0 ? heldImages : 1,
      }),
    ),
  )
}

function lossOf(recipe: string, { loss = 'softmaxCrossEntropy' }: Recipe) {
  if (typeof loss === 'string') return { kind: loss }
  if (!Object.hasOwn(losses, loss.name))
    throw new ConfigError(`--recipe ${recipe}: a loss of its own cannot be handed over as data`)
  return { kind: loss.name, ...loss.hyperparameters }
}
