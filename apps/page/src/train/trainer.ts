import { DataError, formatShape } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { encodeModel, type Model, nameList, readModel } from '@convkit/nn'
import { type DataInfo, dataInfo } from '../data/dataInfo.js'
import { type FolderFile, readFolder } from '../data/folder.js'
import { firstImages, type PixelSet } from '../data/pixelSet.js'
import { type Frame, frameOf, readPicture, size, values } from '../data/pixels.js'
import { loadSample, previewSample } from '../data/sample.js'
import type { TrainConfig } from './config.js'
import type { TrainEvent } from './events.js'
import { createModel, describe, describeRecipes, type NetworkTable, networkOf, type RecipeInfo } from './network.js'
import { Run } from './run.js'
import { forgetRun, loadImages, loadRun, type SavedRun, saveImages } from './saved.js'

export type SavedInfo = Omit<SavedRun, 'checkpoint' | 'mean'>

/** What the page asks of its worker. One run at a time; a new one ends the one before. */
export class Trainer {
  readonly #emit: (event: TrainEvent) => void
  readonly #base: string
  #sample: Promise<PixelSet> | null = null
  /** The same, with the pixels of its first images alone. */
  #first: PixelSet | null = null
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
  async useFolder(files: readonly FolderFile[], skipUnreadable: boolean): Promise<DataInfo> {
    const onProgress = (done: number, of: number) => this.#loading('images', done, of)
    const { set, notes } = await readFolder(files, { onProgress, skipUnreadable })
    this.#own = set
    return this.#tell(dataInfo(set, notes))
  }

  /** The same with CIFAR-10, of which nothing but some pictures is loaded yet. */
  async useSample(): Promise<DataInfo> {
    this.#own = null
    return this.#tell(dataInfo(await this.#preview()))
  }

  async recipes(): Promise<RecipeInfo[]> {
    return describeRecipes()
  }

  /** What the layers of a network would be; throws where they do not fit. */
  async describe(config: TrainConfig): Promise<NetworkTable> {
    const train = firstImages(this.#own ?? (await this.#preview()))
    using model = await createModel(createNaive(), config, train)
    return describe(model)
  }

  async start(config: TrainConfig): Promise<void> {
    await this.#end()
    const data = this.#own ?? (await this.#loadSample())
    await saveImages(data)
    this.#run = await Run.open({ config, data, mean: null }, this.#emit)
    this.#run.play()
  }

  /** More of the run that there is, on its own images. */
  async trainOn(config: TrainConfig): Promise<void> {
    const start = await this.#trained().continued(config)
    await this.#end()
    await saveImages(start.data)
    this.#run = await Run.open(start, this.#emit)
    this.#run.play()
  }

  /** A model of a file, as `train` and the page write it, on the images that are chosen; it can be trained on. */
  async open(file: Blob, config: TrainConfig): Promise<TrainConfig> {
    const weights = new Uint8Array(await file.arrayBuffer())
    const { model, card } = await readModel(weights, createNaive())
    using _ = model
    const data = this.#own ?? (await this.#loadSample())
    checkFits(model, card.classNames ?? data.classNames, data.classNames)
    const opened = { ...config, recipe: networkOf(model) }
    const mean = card.meanImage ? Float64Array.from(card.meanImage.data) : new Float64Array(values)
    await this.#end()
    await saveImages(data)
    this.#run = await Run.open({ config: opened, data, mean, weights }, this.#emit)
    await this.#run.showPaused()
    return opened
  }

  /** Goes on with the saved run, bit for bit. */
  async resume(): Promise<void> {
    await this.#end()
    const saved = await loadRun()
    if (!saved) throw new Error('there is no saved run')
    this.#own = await loadImages()
    const data = this.#own ?? (await this.#loadSample())
    this.#tell(dataInfo(data))
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

  async #preview(): Promise<PixelSet> {
    this.#first ??= await previewSample(this.#base)
    return this.#first
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

  #tell(data: DataInfo): DataInfo {
    this.#emit({ type: 'data', data })
    return data
  }

  #loading(what: string, done: number, of: number): void {
    this.#emit({ type: 'loading', what, done, of })
  }

  async #end(): Promise<void> {
    await this.#run?.close()
    this.#run = null
  }
}

function checkFits({ inputShape, numClasses }: Model, named: readonly string[], classNames: readonly string[]): void {
  const wanted = [3, size, size]
  if (String(inputShape) !== String(wanted))
    throw new DataError(`wanted a model of images ${formatShape(wanted)}, this one takes ${formatShape(inputShape)}`)
  if (numClasses !== classNames.length || String(named) !== String(classNames))
    throw new DataError(
      `the model tells ${nameList(named)} apart, the images are of ${nameList(classNames)}; choose the images it was trained on first`,
    )
}
