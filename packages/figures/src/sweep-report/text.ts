import type { Interval } from '../sweep/statistics.js';

/** Numbers and lists as the report's sentences and tables show them. */

const minus = (text: string): string => text.replace('-', '−');

/** A share as per cent, `93.40 %`. */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** A difference of shares in percentage points with its sign, `+1.20`; what rounds to nothing has none. */
export function signedPoints(share: number): string {
  const text = (100 * share).toFixed(2);
  return Number(text) === 0 ? '0.00' : minus(share > 0 ? `+${text}` : text);
}

/** Without sign: `1.20 points`. */
export const points = (share: number): string => `${Math.abs(100 * share).toFixed(2)} points`;

/** Two or three digits that count: `12.3`, `0.052`. */
export const short = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 100) return minus(Math.round(value).toLocaleString('en'));
  if (size >= 10) return minus(value.toFixed(1));
  if (size >= 0.995 || size === 0) return minus(value.toFixed(2));
  return minus(size >= 1e-3 ? value.toPrecision(2) : String(Number(value.toPrecision(1))));
};

/** Bounds of a share, which lies between 0 and 1: nothing is lost by cutting there. Null for a single value. */
export const bounds = ({ low, high }: Interval): readonly [number, number] | null =>
  low === null || high === null ? null : [Math.max(0, low), Math.min(1, high)];

/** `95 % interval 1.20 to 3.40 points`, or that there is none. */
export const pointsInterval = ({ low, high, n }: Interval): string =>
  low === null || high === null
    ? `${n === 1 ? 'one seed' : `${n} seeds`}, no interval`
    : `95 % interval ${signedPoints(low)} to ${signedPoints(high)}`;

/** A margin without needless digits: `1 point`, `0.5 points`. */
export const allowed = (margin: number): string => (margin === 0.01 ? '1 point' : `${Number((100 * margin).toFixed(2))} points`);

/** `a`, `a and b`, `a, b and c`. */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** An arm's name as the page sets it, as code. */
export const code = (name: string): string => `\`${name}\``;

/** Values of a grid with neighbours joined: `0.1 to 0.4 and 0.9`. */
export function ranges(values: readonly number[], grid: readonly (number | null)[]): string {
  const places = values.map((value) => grid.indexOf(value)).sort((a, b) => a - b);
  const runs: number[][] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last && last.at(-1) === place - 1) last.push(place);
    else runs.push([place]);
  }
  const one = (run: readonly number[]): string[] =>
    run.length > 2 ? [`${grid[run[0]!]} to ${grid[run.at(-1)!]}`] : run.map((place) => String(grid[place]));
  return listed(runs.flatMap(one));
}

/** `1 seed`, `5 seeds`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** What an experiment is called. */
export function experimentTitle(experiment: string): string {
  const names: Readonly<Record<string, string>> = {
    count: 'Experiment 2: count the pixels',
    augment: 'Experiment 1: one image a class, augmented',
    adaptive: 'Adaptive class weights',
  };
  const family = experiment.startsWith('family:') ? `Warm-up on generated ${experiment.slice('family:'.length)}` : undefined;
  return (Object.hasOwn(names, experiment) ? names[experiment] : family) ?? experiment;
}
