export type FigureValue = number | readonly number[]
