/** Calls in order behind work that takes a while: what a backend does that lets some of its kernels wait. */
export interface Queue {
  /** Whether nothing waits and nothing has failed. */
  idle(): boolean
  /** Runs a call at once while nothing waits before it; otherwise it takes its place in the queue. */
  enqueue(task: () => void): void
  /** After a failure the rest of the queue is dropped until the error is read; tasks to run `always` still do. */
  defer(task: () => void | Promise<void>, always?: boolean): void
  /** A wait's place in the queue: later calls must not overtake it, and an earlier call's error ends here. */
  wait<T>(task: () => Promise<T>): Promise<T>
  /** Done when everything so far is. */
  drained(): Promise<void>
}

export function createQueue(): Queue {
  let pending = 0
  let tail: Promise<void> = Promise.resolve()
  let failure: { readonly error: unknown } | null = null

  /** `task` never rejects. */
  function inTurn(task: () => Promise<void>): void {
    pending++
    tail = tail.then(async () => {
      await task()
      pending--
    })
  }

  function idle(): boolean {
    return pending === 0 && !failure
  }

  function defer(task: () => void | Promise<void>, always = false): void {
    inTurn(async () => {
      try {
        if (!failure || always) await task()
      } catch (error) {
        failure ??= { error }
      }
    })
  }

  return {
    idle,
    defer,

    enqueue(task) {
      if (idle()) task()
      else defer(task)
    },

    wait(task) {
      if (idle()) return task()
      return new Promise((resolve, reject) => {
        inTurn(async () => {
          try {
            if (failure) throw failure.error
            resolve(await task())
          } catch (error) {
            failure = null
            reject(error)
          }
        })
      })
    },

    drained: () => tail,
  }
}
