import { join } from 'node:path'
import type { CommandLine } from './command.js'
import type { Inputs } from './inputs.js'

/** A command that writes files into the folder that it runs in. */
export interface Writer {
  readonly name: string
  /** Writes what is there before. Absent: the command wants an empty folder. */
  readonly before?: CommandLine
  readonly command: CommandLine
  /** A file that is replaced while the command runs, from which it goes on. */
  readonly progress?: string
  /** Whether its files hold times, and so are never the same twice. */
  readonly varies?: boolean
  /** Of all kills, how many are its. */
  readonly share: number
}

export function writersOf(inputs: Inputs): readonly Writer[] {
  const train = (seed: number, filters: number): string[] => [
    ...['train', '--backend', 'naive', '--data', inputs.photos, '--image-size', '8', '--filters', String(filters)],
    ...['--filter-size', '3', '--hidden', '24', '--weight-scale', '0.03', '--batch-size', '6', '--loss-every', '1'],
    ...['--epochs', '2', '--seed', String(seed), '--json', '--out', 'model.safetensors'],
  ]
  const reports = ['--json', 'r.json', '--markdown', 'page.md', '--html', 'r.html', '--save-gate', 'gate.json']
  const conformance = (runs: number): string[] => [
    ...['conformance', 'naive', '--in-process', '--only', 'relu/forward', '--runs', String(runs)],
    ...['--json', 'c.json', '--markdown', 'c.md', '--html', 'c.html', '--junit', 'c.xml'],
  ]
  return [
    {
      name: 'train',
      before: { args: train(2, 12) },
      command: {
        args: [...train(1, 12), '--checkpoint', 'run.safetensors', '--checkpoint-every', '1', '--resume'],
      },
      progress: 'run.safetensors',
      share: 0.45,
    },
    {
      name: 'export',
      before: { args: ['export', inputs.models[0], 'model.onnx', '--image-size', '8'] },
      command: { args: ['export', inputs.models[1], 'model.onnx', '--image-size', '8'] },
      share: 0.2,
    },
    {
      name: 'data fetch',
      before: inputs.fetch('old'),
      command: inputs.fetch('new'),
      share: 0.15,
    },
    {
      name: 'bench',
      before: { args: ['bench', '--from', inputs.reports[0], ...reports] },
      command: { args: ['bench', '--from', inputs.reports[1], ...reports] },
      share: 0.15,
    },
    {
      name: 'notebook',
      before: { args: ['notebook', '--quick', '--out', '.', '--images', inputs.picture] },
      command: { args: ['notebook', '--quick', '--out', '.', '--images', inputs.picture] },
      varies: true,
      share: 0.05,
    },
    {
      name: 'conformance',
      before: { args: conformance(1) },
      command: { args: conformance(2) },
      varies: true,
      share: 0,
    },
    {
      name: 'filter',
      before: { args: ['filter', inputs.picture, '--size', '48', '--out', 'f.png'] },
      command: { args: ['filter', inputs.picture, '--size', '64', '--out', 'f.png'] },
      share: 0,
    },
    { name: 'new-backend', command: { args: ['new-backend', 'mine'] }, share: 0 },
  ]
}

/** Where a writer's old files are kept, and where those of an undisturbed run. */
export function foldersOf(work: string, writer: Writer): { readonly old: string; readonly whole: string } {
  const folder = join(work, writer.name.replace(' ', '-'))
  return { old: join(folder, 'old'), whole: join(folder, 'whole') }
}
