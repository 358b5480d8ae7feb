import { execFileSync } from 'node:child_process'

/** The processes that have this text in their command line: ranks, and mpirun itself. */
export function processes(text: string): number[] {
  const all = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  return all.flatMap((line) => {
    const [, pid = '', command = ''] = /^\s*(\d+) (.*)$/.exec(line) ?? []
    return command.includes(text) ? [Number(pid)] : []
  })
}

/** The ranks among them. */
export function ranksOf(text: string): number[] {
  const all = execFileSync('ps', ['-eo', 'pid=,comm='], { encoding: 'utf8' }).split('\n')
  const nodes = new Set(all.flatMap((line) => (/ (node|MainThread)/.test(line) ? [Number.parseInt(line, 10)] : [])))
  return processes(text).filter((pid) => nodes.has(pid))
}
