import type { Model } from './model.js'
import { cardMetadata, cardTensors, checkCard, type ModelCard } from './modelCard.js'
import { encodePieces } from './safetensors/pieces.js'
import { modelTensors, readTensors } from './solver/tensors.js'

/** The file of `encodeModel`: its head, then the bytes of each tensor. */
export async function modelPieces(model: Model, card: ModelCard): Promise<Uint8Array[]> {
  const described = { ...descriptionOf(model), ...card }
  checkCard(described)
  const tensors = new Map([...(await readTensors(modelTensors(model))), ...cardTensors(card)])
  return encodePieces(tensors, { model: model.name, ...cardMetadata(described) })
}

/** Of a `Sequential` of the library's layers. Without its loss, one of values would be read as a classifier. */
function descriptionOf({ layersText, lossDescription: loss, inputShape: input, numClasses }: Model): ModelCard {
  if (!layersText || (!loss && numClasses === null)) return {}
  return { layers: layersText, input, ...(loss && { loss }) }
}
