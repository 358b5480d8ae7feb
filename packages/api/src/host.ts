/// <reference lib="esnext.disposable" preserve="true" />

/** What our declarations take from the DOM's or Node's: a program that has neither library compiles all the same. */
declare global {
  interface AbortSignal {}
  interface URL {}
}

export {}
