import { ConfigError, ConvkitError } from '@convkit/api'
import type { Communicator } from '../communicator.js'
import { gatherTexts } from './texts.js'

const shared = new WeakSet<Error>()

/** Whether every rank of the run has thrown this error, so that one of them is enough to report it. */
export function isShared(error: unknown): boolean {
  return error instanceof Error && shared.has(error)
}

/** For an error that every rank is about to throw. */
export function share<E extends Error>(error: E): E {
  shared.add(error)
  return error
}

/**
 * Every rank carries out `task`, which makes no collective call, or none goes on: when it fails on any rank, it throws on
 * all of them, what the first of these threw. Without a communicator it is the task alone.
 */
export async function agree<T>(communicator: Communicator | null, task: () => T | Promise<T>): Promise<T> {
  if (!communicator) return task()
  const outcome = await attempt(task)
  const failures = await gatherTexts(communicator, 'error' in outcome ? describe(outcome.error) : '')
  const first = failures.findIndex((failure) => failure !== '')
  if (first === -1 && 'value' in outcome) return outcome.value
  const { usage, message }: Description = JSON.parse(failures[first] ?? '')
  const everywhere = failures.every((failure) => failure === failures[first])
  const text = everywhere ? message : `rank ${first} of ${communicator.size}: ${message}`
  const cause = 'error' in outcome ? { cause: outcome.error } : {}
  throw share(usage ? new ConfigError(text, cause) : new ConvkitError(text, cause))
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown }

async function attempt<T>(task: () => T | Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await task() }
  } catch (error) {
    return { error }
  }
}

interface Description {
  /** Whether it is the user's configuration that is wrong. */
  readonly usage: boolean
  readonly message: string
}

function describe(error: unknown): string {
  const message = error instanceof ConvkitError ? error.message : String(error)
  return JSON.stringify({ usage: error instanceof ConfigError, message } satisfies Description)
}
