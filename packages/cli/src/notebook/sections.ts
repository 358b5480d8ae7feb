import type { Section } from './section.js'
import { convBackward } from './sections/convBackward.js'
import { convForward } from './sections/convForward.js'
import { data } from './sections/data.js'
import { epoch } from './sections/epoch.js'
import { fastLayers } from './sections/fastLayers.js'
import { filters } from './sections/filters.js'
import { imageFilters } from './sections/imageFilters.js'
import { maxPool } from './sections/maxPool.js'
import { modelGradients } from './sections/modelGradients.js'
import { overfit } from './sections/overfit.js'
import { sandwiches } from './sections/sandwiches.js'
import { sanityLoss } from './sections/sanityLoss.js'
import { spatialBatchNorm } from './sections/spatialBatchNorm.js'

/** In the notebook's order: a later section may use what an earlier one trained. */
export const sections: readonly Section[] = [
  data,
  convForward,
  imageFilters,
  convBackward,
  maxPool,
  fastLayers,
  sandwiches,
  sanityLoss,
  modelGradients,
  overfit,
  epoch,
  filters,
  spatialBatchNorm,
]
