import type { OnProgress } from '@convkit/datasets'
import { type Bar, note, progressBar } from './terminal.js'

/** Shows a fetch on stderr: a bar on a terminal, a line a phase otherwise. */
export function fetchProgress(quiet: boolean): { readonly onProgress: OnProgress; stop(): void } {
  let phase = ''
  let bar: Bar | undefined
  const stop = () => {
    bar?.stop()
    bar = undefined
  }
  return {
    stop,
    onProgress(progress) {
      if (progress.phase !== phase) {
        phase = progress.phase
        stop()
        if (!quiet)
          note(
            {
              wait: 'waiting for another process that fetches',
              download: 'downloading CIFAR-10',
              write: 'writing the batches',
            }[progress.phase],
          )
      }
      const { received, total } = progress
      if (total === null) return
      bar ??= progressBar(total, quiet)
      bar.update(
        received,
        phase === 'download' ? `${(received / 1e6).toFixed(0)} of ${(total / 1e6).toFixed(0)} MB` : '',
      )
    },
  }
}
