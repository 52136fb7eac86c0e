/** 0.082 %, 12 %: at least two digits that say something. */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(share >= 0.1 ? 3 : 2))} %`
}
