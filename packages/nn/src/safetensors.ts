import type { Data, Shape } from '@convkit/api'
import type { SafetensorsFile } from './safetensors/file.js'
import { decodePieces, encodePieces, join, split } from './safetensors/pieces.js'

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, then row-major values, all little-endian
 * (https://github.com/huggingface/safetensors#format). F64, F32 and I32 are read as they are; F16 and BF16 as float32;
 * I8, U8, I16, U16 and BOOL as int32; I64, U64 and U32 as int32 where that holds every value, or else as float64. What
 * is exact in none of them, F8 and smaller, and C64, is left out and named. The values are copied out of `bytes`.
 * Throws `DataError` for a file that the format forbids.
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  return decodePieces(split(bytes))
}

/**
 * Writes a safetensors file. The bytes depend on names, shapes and values alone, not on the order of the maps: wider
 * types come first, so that every tensor is aligned, then names in code-unit order. The header is padded with spaces to
 * a multiple of 8 bytes. Throws `DataError` where a shape does not fit its array.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, { readonly shape: Shape; readonly data: Data }>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return join(encodePieces(tensors, metadata))
}
