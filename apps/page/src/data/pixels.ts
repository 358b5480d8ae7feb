/** Height and width of every image here. */
export const size = 32
export const area = size * size
export const values = 3 * area

/** The largest centred square of a picture, at 32 by 32 pixels, over white, as three planes of 0..255. */
export async function readPicture(file: Blob): Promise<Uint8Array> {
  const picture = await createImageBitmap(file)
  const side = Math.min(picture.width, picture.height)
  const cut = await createImageBitmap(picture, (picture.width - side) >> 1, (picture.height - side) >> 1, side, side, {
    resizeWidth: size,
    resizeHeight: size,
    resizeQuality: 'high',
  })
  picture.close()
  const pixels = draw(cut)
  const planes = new Uint8Array(values)
  copyPlanes(pixels, 0, size, planes)
  return planes
}

/** The pixels of a bitmap, which is closed. */
export function draw(bitmap: ImageBitmap): Uint8ClampedArray {
  const { width, height } = bitmap
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('this browser does not let a worker draw')
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return context.getImageData(0, 0, width, height).data
}

/** From RGBA rows `width` pixels apart, beginning at pixel `first`, to one plane a channel. */
export function copyPlanes(pixels: Uint8ClampedArray, first: number, width: number, planes: Uint8Array): void {
  for (let y = 0; y < size; y++)
    for (let x = 0; x < size; x++)
      for (let c = 0; c < 3; c++) planes[c * area + y * size + x] = pixels[(first + y * width + x) * 4 + c]
}

/** A picture for a canvas. */
export interface Frame {
  readonly width: number
  readonly height: number
  /** RGBA. */
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

/** Three planes of 0..255 as a picture. */
export function frameOf(planes: Uint8Array): Frame {
  const data = new Uint8ClampedArray(area * 4)
  for (let p = 0; p < area; p++) {
    for (let c = 0; c < 3; c++) data[p * 4 + c] = planes[c * area + p]
    data[p * 4 + 3] = 255
  }
  return { width: size, height: size, data }
}
