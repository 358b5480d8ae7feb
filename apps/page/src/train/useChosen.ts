import { useCallback, useEffect, useState } from 'preact/hooks'
import type { Frame } from '../data/pixels.js'
import type { TrainerHandle } from './useTrainer.js'

/** The image whose way through the network is shown. */
export interface Chosen {
  /** Of the test images that are shown; null for the visitor's own. */
  readonly index: number | null
  readonly own: { readonly name: string; readonly frame: Frame } | null
  choose(index: number): void
  chooseFile(file: File): void
}

/** Pictures can be dropped anywhere on the page. */
export function useChosen({ ask, state }: TrainerHandle): Chosen {
  const [index, setIndex] = useState<number | null>(0)
  const [own, setOwn] = useState<Chosen['own']>(null)
  const { run } = state

  const choose = useCallback(
    (next: number) => {
      setIndex(next)
      void ask((trainer) => trainer.choose(next))
    },
    [ask],
  )

  const chooseFile = useCallback(
    (file: File) => {
      void ask((trainer) => trainer.classify(file)).then((frame) => {
        if (!frame) return
        setOwn({ name: file.name, frame })
        setIndex(null)
      })
    },
    [ask],
  )

  // A new run follows its first image.
  useEffect(() => setIndex(0), [run])

  useEffect(() => {
    const allow = (event: DragEvent) => event.preventDefault()
    const drop = (event: DragEvent) => {
      event.preventDefault()
      const file = [...(event.dataTransfer?.files ?? [])].find(({ type }) => type.startsWith('image/'))
      if (file && run) chooseFile(file)
    }
    addEventListener('dragover', allow)
    addEventListener('drop', drop)
    return () => {
      removeEventListener('dragover', allow)
      removeEventListener('drop', drop)
    }
  }, [chooseFile, run])

  return { index, own, choose, chooseFile }
}
