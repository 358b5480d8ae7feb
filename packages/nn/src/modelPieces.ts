import type { Model } from './model.js'
import { cardMetadata, cardTensors, checkCard, type ModelCard } from './modelCard.js'
import { encodePieces } from './safetensors/pieces.js'
import { modelTensors, readTensors } from './solver/tensors.js'

/** The file of `encodeModel`: its head, then the bytes of each tensor. */
export async function modelPieces(model: Model, card: ModelCard): Promise<Uint8Array[]> {
  const { layersText, inputShape } = model
  const described = { ...(layersText && { layers: layersText, input: inputShape }), ...card }
  checkCard(described)
  const tensors = new Map([...(await readTensors(modelTensors(model))), ...cardTensors(card)])
  return encodePieces(tensors, { model: model.name, ...cardMetadata(described) })
}
