import type { Remote } from 'comlink'
import { useCallback, useEffect, useReducer, useRef, useState } from 'preact/hooks'
import { connectTrainer } from './connect.js'
import type { RecipeInfo } from './network.js'
import { idle, reduce, type TrainState } from './state.js'
import type { SavedInfo, Trainer } from './trainer.js'

export interface TrainerHandle {
  readonly state: TrainState
  /** A run that the page was left with, until it is resumed or forgotten. */
  readonly saved: SavedInfo | null
  /** Those that come along; none before they are known. */
  readonly recipes: readonly RecipeInfo[]
  /** Waits for the worker; an error is shown, and gives null. */
  ask<T>(work: (trainer: Remote<Trainer>) => Promise<T>): Promise<T | null>
  /** The same for what begins a run. */
  begin(work: (trainer: Remote<Trainer>) => Promise<void>): Promise<void>
  /** Drops the offer to resume. */
  settle(): void
}

export function useTrainer(): TrainerHandle {
  const [state, dispatch] = useReducer(reduce, idle)
  const [saved, setSaved] = useState<SavedInfo | null>(null)
  const [recipes, setRecipes] = useState<readonly RecipeInfo[]>([])
  const trainer = useRef<Promise<Remote<Trainer>> | null>(null)

  const ask = useCallback(async <T>(work: (trainer: Remote<Trainer>) => Promise<T>): Promise<T | null> => {
    try {
      trainer.current ??= connectTrainer(dispatch)
      return await work(await trainer.current)
    } catch (error) {
      dispatch({ type: 'failed', message: error instanceof Error ? error.message : String(error) })
      return null
    }
  }, [])

  const settle = useCallback(() => setSaved(null), [])

  const begin = useCallback(
    async (work: (trainer: Remote<Trainer>) => Promise<void>) => {
      dispatch({ type: 'starting' })
      settle()
      await ask(work)
    },
    [ask, settle],
  )

  useEffect(() => {
    void ask((remote) => remote.saved()).then(setSaved)
    void ask((remote) => remote.recipes()).then((found) => setRecipes(found ?? []))
    void ask((remote) => remote.useSample())
  }, [ask])

  return { state, saved, recipes, ask, begin, settle }
}
