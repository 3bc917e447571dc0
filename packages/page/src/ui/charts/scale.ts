/** Maps values of a domain to places of a range. */
export interface Scale {
  readonly place: (value: number) => number;
  readonly ticks: readonly number[];
}

/** The round step (1, 2 or 5 times a power of ten) that cuts `span` into at most `count` parts. */
function roundStep(span: number, count: number): number {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= raw * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** Round values from `least` to `most`, at most `count` + 1 of them. */
export function roundTicks(least: number, most: number, count: number): number[] {
  if (!(most > least)) return [least];
  const step = roundStep(most - least, count);
  const first = Math.ceil(least / step - 1e-9);
  const last = Math.floor(most / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** A linear scale; `least` … `most` land on `from` … `to`. */
export function linear(least: number, most: number, start: number, end: number, count = 5): Scale {
  const span = most - least || 1;
  return { place: (value) => start + ((value - least) / span) * (end - start), ticks: roundTicks(least, most, count) };
}

/** A logarithmic scale over positive values; what is not positive lands on the lower end. Ticks are powers of ten, thinned to `count` or so. */
export function logarithmic(least: number, most: number, start: number, end: number, count = 5): Scale {
  const low = Math.log10(least);
  const span = Math.log10(most) - low || 1;
  const first = Math.ceil(low - 1e-9);
  const last = Math.floor(low + span + 1e-9);
  const every = Math.max(1, Math.ceil((last - first + 1) / count));
  const ticks: number[] = [];
  for (let power = first; power <= last; power += every) ticks.push(10 ** power);
  return {
    place: (value) => start + ((value > 0 ? Math.log10(Math.max(value, least)) - low : 0) / span) * (end - start),
    ticks,
  };
}
