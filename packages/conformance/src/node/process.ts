import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer, Beat, Host, Reply } from '../isolation/host.js'
import { createTimer } from '../timer.js'
import type { Request } from './protocol.js'

/** Of what a process says on stderr, in characters. */
const kept = 4000
/** Built, even where this file itself is not: plain Node has to run it. */
const entry = fileURLToPath(new URL('../../dist/node/child.js', import.meta.url))

/** A process; `said` of an answer is from its stderr. */
export function startProcess(onOutput: (text: string) => void, execArgv: readonly string[]): Host<Request, Reply> {
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
    (): Answer<Reply> => ({ type: 'ended', how: howItEnded(child, said), said: said.trim() }),
    (error: unknown): Answer<Reply> => ({ type: 'ended', how: `the process could not be started: ${error}`, said: '' }),
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

    async ask(request, limit, onBeat) {
      const silence = createTimer(limit)
      let listen: ((message: Reply | Beat) => void) | undefined
      try {
        const reply = new Promise<Answer<Reply>>((resolve) => {
          listen = (message) => {
            if (message.type !== 'beat') return resolve({ type: 'reply', reply: message })
            silence.restart()
            onBeat?.(message)
          }
          child.on('message', listen)
        })
        if (child.connected) child.send(request, () => {})
        const late = silence.over.then((): Answer<Reply> => ({ type: 'late' }))
        const answer = await Promise.race([reply, end, late])
        if (answer.type === 'late') kill()
        return answer
      } finally {
        silence.stop()
        if (listen) child.off('message', listen)
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
