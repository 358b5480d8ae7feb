import { SingleBar } from 'cli-progress'
import colors from 'picocolors'

/** A line of result. */
export function print(line = ''): void {
  process.stdout.write(`${line}\n`)
}

/** A value as one line of JSON; numbers keep every bit. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value))
}

/** Under mpirun, which tells a process its rank before it loads anything, every rank would say the same. */
const isFirstRank = Number(process.env.OMPI_COMM_WORLD_RANK ?? process.env.PMI_RANK ?? 0) === 0

/** A line about what is going on; never part of the result. */
export function note(line: string): void {
  if (!isFirstRank) return
  writeBeside(`${colors.dim(`convkit: ${printable(line)}`)}\n`)
}

/** A line about what the results do not show. */
export function warn(line: string): void {
  writeBeside(`${colors.yellow('warning:')} ${printable(line)}\n`)
}

/** Text with a name from outside in it: control characters, which may move the cursor, as JSON spells them. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    const spelt = JSON.stringify(character).slice(1, -1)
    return spelt === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : spelt
  })
}

export interface Bar {
  update(value: number, text?: string): void
  /** A line of result above the bar. */
  print(line: string): void
  stop(): void
}

const clearLine = '\r\u001b[K'
const saveCursor = '\u001b7'

let barShown = false

/** On stderr, above the bar where there is one. */
function writeBeside(text: string): void {
  process.stderr.write(barShown ? `${clearLine}${text}${saveCursor}` : text)
}

/** A progress bar on stderr, from `start`; silent where stderr is no terminal. */
export function progressBar(total: number, quiet = false, start = 0): Bar {
  if (quiet || !process.stderr.isTTY) return { update() {}, print, stop() {} }
  const bar = new SingleBar({
    format: `${colors.cyan('{bar}')} {percentage}% {text}{left}`,
    barCompleteChar: '━',
    barIncompleteChar: ' ',
    hideCursor: true,
    clearOnComplete: true,
    // Ctrl-C is for the command to handle.
    gracefulExit: false,
    stream: process.stderr,
  })
  const since = performance.now()
  bar.start(total, start, { text: '', left: '' })
  barShown = true
  return {
    update(value, text = '') {
      const seconds = ((performance.now() - since) / 1000) * ((total - value) / (value - start))
      // There is no estimate before the first part is done.
      bar.update(value, { text, left: value > start ? ` ${duration(seconds)} left` : '' })
    },
    print(line) {
      process.stderr.write(clearLine)
      print(line)
      // Where the bar, when it stops, puts the cursor back to.
      process.stderr.write(saveCursor)
    },
    stop() {
      barShown = false
      bar.stop()
    },
  }
}

/** 95 -> 1m35s */
function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60]
  if (hours > 0) return `${hours}h${minutes}m`
  return minutes > 0 ? `${minutes}m${whole % 60}s` : `${whole}s`
}

export type Cell = string | number

/** Columns padded to their widest cell; numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => String(row[i] ?? '').length)))
  const line = (cells: readonly Cell[]) =>
    cells
      .map((cell, i) => (typeof cell === 'number' ? String(cell).padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd()
  return [colors.bold(line(head)), ...rows.map(line)].join('\n')
}
