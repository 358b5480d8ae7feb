import { download } from '../ui/download.js'
import type { RunInfo } from './events.js'
import type { TrainState } from './state.js'
import type { TrainerHandle } from './useTrainer.js'

export function Exports({ trainer, run }: { readonly trainer: TrainerHandle; readonly run: RunInfo }) {
  const { parameters } = run.table
  return (
    <section aria-labelledby="export">
      <h2 id="export">Take it with you</h2>
      <p class="small quiet">The model as it is now: {parameters.toLocaleString('en')} parameters.</p>
      <p class="buttons">
        <button
          type="button"
          onClick={() =>
            void trainer.ask((remote) => remote.exportSafetensors()).then((bytes) => save('model.safetensors', bytes))
          }
        >
          Download safetensors
        </button>
        <button
          type="button"
          onClick={() => void trainer.ask((remote) => remote.exportOnnx()).then((bytes) => save('model.onnx', bytes))}
        >
          Download ONNX
        </button>
        <button type="button" onClick={() => download('run.json', spell(run, trainer.state), 'application/json')}>
          Download the curves
        </button>
      </p>
    </section>
  )
}

/** Losses in full precision, accuracies and what they came from. */
function spell({ config, backend, data }: RunInfo, { losses, epochs, tested }: TrainState): string {
  return `${JSON.stringify({ config, backend, data, losses, epochs, tested }, null, 2)}\n`
}

function save(name: string, bytes: Uint8Array | null): void {
  if (bytes) download(name, bytes as BlobPart, 'application/octet-stream')
}
