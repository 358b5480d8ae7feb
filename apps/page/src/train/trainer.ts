import { createNaive } from '@convkit/backend-naive'
import { encodeModel } from '@convkit/nn'
import { type FolderFile, readFolder } from '../data/folder.js'
import type { PixelSet } from '../data/pixelSet.js'
import { type Frame, frameOf, readPicture } from '../data/pixels.js'
import { loadSample } from '../data/sample.js'
import type { TrainConfig } from './config.js'
import type { TrainEvent } from './events.js'
import { createModel, describe, type NetworkTable } from './network.js'
import { Run } from './run.js'
import { forgetRun, loadImages, loadRun, type SavedRun, saveImages } from './saved.js'

/** The visitor's own images. */
export interface OwnInfo {
  readonly title: string
  readonly classes: number
  readonly notes: readonly string[]
}

export type SavedInfo = Omit<SavedRun, 'checkpoint'>

/** What the page asks of its worker. One run at a time; a new one ends the one before. */
export class Trainer {
  readonly #emit: (event: TrainEvent) => void
  readonly #base: string
  #sample: Promise<PixelSet> | null = null
  #own: PixelSet | null = null
  #run: Run | null = null

  /** `base` is the folder of the sample. */
  constructor(base: string, emit: (event: TrainEvent) => void) {
    this.#base = base
    this.#emit = emit
  }

  /** The run that was under way when the page was left, if one was. */
  async saved(): Promise<SavedInfo | null> {
    const run = await loadRun()
    if (!run) return null
    const { config, iteration, iterations, at } = run
    return { config, iteration, iterations, at }
  }

  async forget(): Promise<void> {
    await forgetRun()
  }

  /** Trains on the visitor's own images from the next run on. */
  async useFolder(files: readonly FolderFile[], skipUnreadable: boolean): Promise<OwnInfo> {
    const onProgress = (done: number, of: number) => this.#loading('images', done, of)
    const { set, notes } = await readFolder(files, { onProgress, skipUnreadable })
    this.#own = set
    return { title: set.title, classes: set.classNames.length, notes }
  }

  /** The same with CIFAR-10 again. */
  async useSample(): Promise<void> {
    this.#own = null
  }

  /** What the layers of a network would be; throws where they do not fit. */
  async describe(config: TrainConfig): Promise<NetworkTable> {
    const classes = this.#own?.classNames.length ?? 10
    using model = createModel(createNaive(), config, classes)
    return describe(model)
  }

  async start(config: TrainConfig): Promise<void> {
    await this.#end()
    const data = this.#own ?? (await this.#loadSample())
    await saveImages(this.#own)
    this.#run = await Run.open({ config, data, checkpoint: null }, this.#emit)
    this.#run.play()
  }

  /** Goes on with the saved run, bit for bit. */
  async resume(): Promise<void> {
    await this.#end()
    const saved = await loadRun()
    if (!saved) throw new Error('there is no saved run')
    this.#own = await loadImages()
    const data = this.#own ?? (await this.#loadSample())
    this.#run = await Run.open({ ...saved, data }, this.#emit)
    this.#run.play()
  }

  async play(): Promise<void> {
    this.#run?.play()
  }

  async pause(): Promise<void> {
    this.#run?.pause()
  }

  async step(): Promise<void> {
    this.#run?.step()
  }

  /** Follows one of the shown test images through the network. */
  async choose(index: number): Promise<void> {
    await this.#run?.follow(index)
  }

  /** Follows the visitor's own picture, cut to its centre square. */
  async classify(file: Blob): Promise<Frame> {
    const pixels = await readPicture(file)
    await this.#run?.follow(pixels)
    return frameOf(pixels)
  }

  async exportSafetensors(): Promise<Uint8Array> {
    const { model, card } = this.#trained()
    return encodeModel(model, card)
  }

  /** Its inference: images of 0..255 -> scores. */
  async exportOnnx(): Promise<Uint8Array> {
    const { exportOnnx } = await import('@convkit/nn/onnx')
    const { model, card } = this.#trained()
    return exportOnnx(model, { meanImage: card.meanImage })
  }

  #trained(): Run {
    if (!this.#run) throw new Error('there is no model yet: start training first')
    return this.#run
  }

  async #loadSample(): Promise<PixelSet> {
    this.#sample ??= loadSample(this.#base, (done, of) => this.#loading('CIFAR-10', done, of))
    try {
      return await this.#sample
    } catch (error) {
      // Another try may find the network again.
      this.#sample = null
      throw error
    }
  }

  #loading(what: string, done: number, of: number): void {
    this.#emit({ type: 'loading', what, done, of })
  }

  async #end(): Promise<void> {
    await this.#run?.close()
    this.#run = null
  }
}
