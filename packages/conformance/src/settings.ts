export interface Settings {
  readonly seed: number
  readonly runs: number
  readonly timeLimit: number
}
