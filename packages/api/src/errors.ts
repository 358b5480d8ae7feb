/** Every error convkit raises on purpose. The message names the layer, what it wanted and what it got. */
export class ConvkitError extends Error {
  // Written out here and below, since bundlers shorten the names of classes.
  override name = 'ConvkitError'
}

/** Shapes or attributes that do not fit together. */
export class ShapeError extends ConvkitError {
  override name = 'ShapeError'
  /** What does not fit, where it is a layer's operand or option. */
  readonly fault: ShapeFault | undefined

  constructor(message: string, { fault, ...options }: ErrorOptions & { readonly fault?: ShapeFault } = {}) {
    super(message, options)
    this.fault = fault
  }
}
/** Which operand or option of a layer's call does not fit. */
export interface ShapeFault {
  /** `conv2d` */
  readonly layer: string
  /** `w`, `groups` */
  readonly operand: string
  /** What the call was given, by name; sizes that hold for both axes as one number. */
  readonly shapes: { readonly [operand: string]: readonly number[] | number }
}
/** A tensor or array of another number type than the call needs. */
export class DTypeError extends ConvkitError {
  override name = 'DTypeError'
}
/** A backend has no kernel for a call, or refuses it. */
export class UnsupportedError extends ConvkitError {
  override name = 'UnsupportedError'
  /** Whether there is no kernel, rather than one that refuses the call. */
  readonly missing: boolean

  constructor(message: string, { missing = false, ...options }: ErrorOptions & { readonly missing?: boolean } = {}) {
    super(message, options)
    this.missing = missing
  }
}
/** A call of a backend that returned a promise instead of queueing: nobody waits for it. */
export class QueueError extends ConvkitError {
  override name = 'QueueError'
}
/** A tensor or scope used after it was freed. */
export class FreedError extends ConvkitError {
  override name = 'FreedError'
}
/** Tensors of two backends in one call. */
export class BackendMismatchError extends ConvkitError {
  override name = 'BackendMismatchError'
}
/** Data that is missing, damaged or out of range: files, labels, numbers. */
export class DataError extends ConvkitError {
  override name = 'DataError'
}
/** A configuration value, option or environment variable that does not validate. */
export class ConfigError extends ConvkitError {
  override name = 'ConfigError'
}
