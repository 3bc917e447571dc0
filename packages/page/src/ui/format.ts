const NARROW = '\u202f';

/** 0.8992 → `89.9 %`. */
export const percent = (share: number, digits = 1): string =>
  Number.isFinite(share) ? `${(100 * share).toFixed(digits)}${NARROW}%` : 'not a number';

/** 12345 → `12,345`. */
export const whole = (value: number): string => Math.round(value).toLocaleString('en');

/** Three figures, without an exponent between a thousandth and a million: `0.123`, `2.30`, `15,400`. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return 'not a number';
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e6 || size < 1e-3) return value.toExponential(1).replace('e+', 'e');
  if (size >= 100) return whole(value);
  return value.toPrecision(3);
}

/** Bytes in the unit that reads best: `0`, `256 B`, `1.2 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${Number.isInteger(count) ? count : count.toFixed(1)} B`.replace(/^0 B$/, '0');
  const units = ['kB', 'MB', 'GB'];
  let value = count / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : whole(value)} ${units[unit]}`;
}

/** `0.8 s`, `42 s`, `3 min 5 s`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const all = Math.round(seconds);
  if (all < 60) return `${all} s`;
  return `${Math.floor(all / 60)} min${all % 60 ? ` ${all % 60} s` : ''}`;
}

/** `1 step`, `5 steps`. */
export const plural = (count: number, one: string, many = `${one}s`): string => `${whole(count)} ${count === 1 ? one : many}`;
