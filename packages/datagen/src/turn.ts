import turn from '@kindling/shaders/sample/turn';

/** The library with which kernels compute cosines that agree on every adapter. */
export const turnLibrary = { path: 'sample/turn.wgsl', text: turn };

/**
 * The cosine of an angle in turns, to 1e-14. By arithmetic only, so that what recipes decide with it (which candidates are kept, how a table
 * is scaled) is the same on every JavaScript engine: Taylor's polynomial of the sine on a quarter turn.
 */
export function cosTurn(turns: number): number {
  const s = 0.5 * Math.PI * (1 - 4 * Math.abs(turns - Math.round(turns)));
  let [term, sum] = [s, s];
  for (let n = 2; n < 26; n += 2) {
    term *= -(s * s) / (n * (n + 1));
    sum += term;
  }
  return sum;
}
