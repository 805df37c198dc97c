export function median(list: readonly number[]): number {
  return list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;
}

/** Lowest and highest, such as `1,980–2,140`. */
export function range(list: readonly number[], digits = 0): string {
  return `${formatted(Math.min(...list), digits)}–${formatted(Math.max(...list), digits)}`;
}

export function formatted(value: number, digits = 0): string {
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A ratio with as many digits as it bears: `16`, `4.1`, `0.97`. */
export function ratioText(value: number): string {
  return formatted(value, value >= 9.95 ? 0 : value >= 1.95 ? 1 : 2);
}
