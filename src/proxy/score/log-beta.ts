const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/**
 * ln B(a, b) for positive a and b, to about 14 digits also where one of them is very much larger than the other.
 * Source: Stirling's series, NIST DLMF 5.11.1, https://dlmf.nist.gov/5.11
 */
export function logBeta(a: number, b: number): number {
  let small = Math.min(a, b)
  let large = Math.max(a, b)
  let shift = 0
  // B(x, y) = B(x + 1, y) (x + y) / x, until the series is exact enough.
  for (; small < 10; small++) shift += Math.log1p(large / small)
  for (; large < 10; large++) shift += Math.log1p(small / large)
  const sum = small + large
  return (
    shift +
    (small - 0.5) * Math.log(small / sum) -
    large * Math.log1p(small / large) -
    0.5 * Math.log(large) +
    HALF_LOG_TWO_PI +
    (rest(small) + rest(large) - rest(sum))
  )
}

/** What Stirling's formula leaves of ln Γ. */
function rest(x: number): number {
  const square = 1 / (x * x)
  return (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square * (1 / 1680 - square / 1188)))) / x
}
