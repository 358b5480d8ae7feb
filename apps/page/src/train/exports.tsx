import { download } from '../ui/download.js'
import type { RunInfo } from './events.js'
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
            void trainer
              .ask((remote) => remote.exportSafetensors())
              .then((bytes) => bytes && download('model.safetensors', bytes as BlobPart, 'application/octet-stream'))
          }
        >
          Download safetensors
        </button>
      </p>
    </section>
  )
}
