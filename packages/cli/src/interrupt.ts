import { constants } from 'node:os'
import { reasonOf } from '@convkit/files'

/** Why a process is to end before its work is done: a signal came, or its output cannot be written. */
export interface Interruption {
  readonly says: string
  readonly signal: boolean
  readonly exitCode: number
}

type Stop = (interruption: Interruption) => void

let stop: Stop | null = null
let interrupted = false

/** Ends the process in good order from now on. To be called before anything large is loaded: a signal may come early. */
export function listenForInterruptions(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      const exitCode = 128 + constants.signals[signal]
      if (interrupted) process.exit(exitCode)
      interrupt({ says: signal, signal: true, exitCode })
    })
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // What is still printed until the process has ended cannot be written either.
    if (interrupted) return
    if (error.code === 'EPIPE')
      // As the system ends a process whose reader, such as `head`, has seen enough.
      interrupt({ says: 'nobody reads the output any more', signal: false, exitCode: 128 + constants.signals.SIGPIPE })
    else interrupt({ says: `the output cannot be written: ${reasonOf(error)}`, signal: false, exitCode: 1 })
  })
  // There is nowhere left to say so.
  process.stderr.on('error', () => {})
}

/** `onInterruption` stops the work in order, instead of the process at once, until it is disposed of. */
export function interruptible(onInterruption: Stop): Disposable {
  stop = onInterruption
  return {
    [Symbol.dispose]() {
      stop = null
    },
  }
}

function interrupt(interruption: Interruption): void {
  interrupted = true
  process.exitCode = interruption.exitCode
  if (stop) {
    stop(interruption)
    return
  }
  // Whoever closed a pipe knows.
  if (interruption.exitCode === 1) process.stderr.write(`convkit: ${interruption.says}\n`)
  process.exit(interruption.exitCode)
}
