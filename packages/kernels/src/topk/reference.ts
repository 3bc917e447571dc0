import type { Reference } from '../reference.js';

/** Places of a row's elements in order, stable, NaN as the largest. */
export function sortedPlaces(values: Float64Array, descending: boolean): number[] {
  const compare = (a: number, b: number): number => {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
    return a - b || 0;
  };
  const sign = descending ? -1 : 1;
  const order = (a: number, b: number): number => (values[a] === values[b] ? 0 : compare(values[a]!, values[b]!));
  return [...values.keys()].sort((a, b) => sign * order(a, b) || a - b);
}

function rowsOf(x: { shape: readonly number[]; data: Float64Array }): Float64Array[] {
  const n = x.shape[x.shape.length - 1]!;
  return Array.from({ length: x.data.length / n }, (_, row) => x.data.subarray(row * n, (row + 1) * n));
}

export const argsortReference: Reference = ({ inputs, attrs }) => ({
  index: Float64Array.from(rowsOf(inputs.x!).flatMap((row) => sortedPlaces(row, attrs.descending === true))),
});

export const topkReference: Reference = ({ inputs, attrs }) => {
  const chosen = rowsOf(inputs.x!).map((row) => ({ row, places: sortedPlaces(row, attrs.largest === true).slice(0, attrs.k as number) }));
  return {
    y: Float64Array.from(chosen.flatMap(({ row, places }) => places.map((place) => row[place]!))),
    index: Float64Array.from(chosen.flatMap(({ places }) => places)),
  };
};
