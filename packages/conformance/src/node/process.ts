import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Reply, Request } from './protocol.js'

export type Answer =
  | { readonly type: 'reply'; readonly reply: Reply }
  /** How the process ended, and the last it said on stderr. */
  | { readonly type: 'ended'; readonly how: string; readonly said: string }
  | { readonly type: 'late' }

/** A process that answers one request at a time, until it ends or is too late, when it is killed. */
export interface BackendProcess {
  readonly alive: boolean
  ask(request: Request, limit: number): Promise<Answer>
  kill(): void
}

/** Of what a process says on stderr, in characters. */
const kept = 4000
/** Built, even where this file itself is not: plain Node has to run it. */
const entry = fileURLToPath(new URL('../../dist/node/child.js', import.meta.url))

export function startProcess(onOutput: (text: string) => void, execArgv: readonly string[]): BackendProcess {
  const child = fork(entry, {
    execArgv: [...execArgv],
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let said = ''
  let killed = false
  child.stdout?.setEncoding('utf8').on('data', onOutput)
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-kept)
    onOutput(text)
  })
  // Once the streams have given all they had.
  const end = once(child, 'close').then(
    (): Answer => ({ type: 'ended', how: howItEnded(child, said), said: said.trim() }),
    (error: unknown): Answer => ({ type: 'ended', how: `the process could not be started: ${error}`, said: '' }),
  )

  function kill(): void {
    // It may take a while to end.
    killed = true
    child.kill('SIGKILL')
  }

  return {
    get alive() {
      return !killed && child.exitCode === null && child.signalCode === null && child.connected
    },

    async ask(request, limit) {
      const cancel = new AbortController()
      let timer: NodeJS.Timeout | undefined
      try {
        const reply = once(child, 'message', { signal: cancel.signal }).then(
          ([reply]: Reply[]): Answer => ({ type: 'reply', reply }),
          () => end,
        )
        const late = new Promise<Answer>((resolve) => {
          timer = setTimeout(() => resolve({ type: 'late' }), limit)
        })
        if (child.connected) child.send(request, () => {})
        const answer = await Promise.race([reply, end, late])
        if (answer.type === 'late') kill()
        return answer
      } finally {
        clearTimeout(timer)
        cancel.abort()
      }
    },

    kill,
  }
}

function howItEnded({ exitCode, signalCode }: ChildProcess, said: string): string {
  if (/out of memory/i.test(said)) return 'the process ran out of memory'
  if (signalCode === 'SIGKILL') return 'the process was killed (SIGKILL), perhaps for want of memory'
  return signalCode ? `the process was ended by ${signalCode}` : `the process ended with exit code ${exitCode}`
}
