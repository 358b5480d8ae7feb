/** A time limit that begins anew with every sign of life. */
export interface Timer {
  /** Resolves once so much time has passed without a restart; never after `stop`. */
  readonly over: Promise<void>
  restart(): void
  stop(): void
}

export function createTimer(limit: number): Timer {
  let last = performance.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    // A restart moves the moment alone: a timer for every case would cost more than the case.
    const check = () => {
      const left = last + limit - performance.now()
      if (left > 0) timer = setTimeout(check, left)
      else resolve()
    }
    timer = setTimeout(check, limit)
  })
  return {
    over,
    restart() {
      last = performance.now()
    },
    stop: () => clearTimeout(timer),
  }
}
