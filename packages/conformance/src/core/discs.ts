import { numbers, type Operations } from '@convkit/api'

/** All complex numbers within `radius` of a real centre; an infinite radius where nothing is known. */
export interface Disc {
  readonly center: number
  readonly radius: number
}

/** What a formula can become where its operands are anywhere in their discs. */
export const discs: Operations<Disc> = {
  constant: (center) => ({ center, radius: 0 }),
  add: (a, b) => disc(a.center + b.center, a.radius + b.radius),
  sub: (a, b) => disc(a.center - b.center, a.radius + b.radius),

  mul: (a, b) =>
    disc(a.center * b.center, Math.abs(a.center) * b.radius + Math.abs(b.center) * a.radius + a.radius * b.radius),

  /** |z / w - a / b| <= (|z - a| + |a / b| |w - b|) / |w| */
  div(a, b) {
    const least = Math.abs(b.center) - b.radius
    const center = a.center / b.center
    return disc(center, least > 0 ? (a.radius + Math.abs(center) * b.radius) / least : Number.POSITIVE_INFINITY)
  },

  /** |sqrt(z) - sqrt(a)| = |z - a| / |sqrt(z) + sqrt(a)|, and no real part is negative. */
  sqrt(a) {
    const center = Math.sqrt(a.center)
    return disc(center, a.center > a.radius ? a.radius / center : Number.POSITIVE_INFINITY)
  },

  /**
   * Its slope is 1 / ((1 + exp(-z)) (1 + exp(z))), and where |Im z| <= pi / 2 neither factor is below 1. The first poles are at
   * pi i and -pi i.
   */
  sigmoid(a) {
    return disc(numbers.sigmoid(a.center), a.radius <= Math.PI / 2 ? a.radius : Number.POSITIVE_INFINITY)
  },

  /** Its slope is a sigmoid: no larger than 1 where |Im z| <= pi / 2, by the same factors, and analytic there. */
  softplus(a) {
    return disc(numbers.softplus(a.center), a.radius <= Math.PI / 2 ? a.radius : Number.POSITIVE_INFINITY)
  },
  /** Its slope is 1 / cosh(z)^2, and |cosh(z)|^2 >= cos(Im z)^2, at least 1/2 where |Im z| <= pi / 4. The first poles are at pi / 2 i, -pi / 2 i. */
  tanh: (a) => disc(Math.tanh(a.center), a.radius <= Math.PI / 4 ? 2 * a.radius : Number.POSITIVE_INFINITY),

  sign: (a) => disc(Math.sign(a.center), Math.abs(a.center) > a.radius ? 0 : Number.POSITIVE_INFINITY),

  where(a, above, below) {
    if (!(Math.abs(a.center) > a.radius))
      return disc(numbers.where(a.center, above.center, below.center), Number.POSITIVE_INFINITY)
    return a.center > 0 ? above : below
  },
}

/** The largest disc about x, of so many tried, in which nothing is near a pole, and how far y may come from y(x) there. */
export function roomOf(y: (x: Disc) => Disc, center: number): readonly [room: number, radius: number] {
  for (let radius = 0.5; radius > 2 ** -40; radius /= 2) {
    const image = y({ center, radius })
    if (Number.isFinite(image.radius)) return [radius, image.radius]
  }
  return [0, 0]
}

/** Infinities have made anything of it. */
function disc(center: number, radius: number): Disc {
  return { center, radius: Number.isNaN(radius) ? Number.POSITIVE_INFINITY : radius }
}
