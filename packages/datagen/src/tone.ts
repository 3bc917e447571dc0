import tone from '@kindling/shaders/sample/tone';
import type { Parameter } from './parameter.js';

/** The library that kernels list to colour a pattern's value; `toneOf` is its twin. */
export const toneLibrary = { path: 'sample/tone.wgsl', text: tone };

/** Draws of the image's stream that `toneParameters` takes, from its first on. */
export const TONE_DRAWS = 7;

/**
 * The seven words that colour a pattern of values in [−1, 1]: contrast within `range`, then a share and a shift of brightness for red, green
 * and blue. One channel takes the contrast itself as its share, and red's shift.
 */
export function toneParameters(range: readonly [number, number], draw: number): Parameter[] {
  const uniform = (name: string, place: number, low: number, high: number) =>
    ({ name, stream: 'image', draw: draw + place, kind: 'uniform', low, high }) as const;
  return [
    { ...uniform('contrast', 0, ...range), easy: range[1] },
    uniform('red', 1, -1, 1),
    uniform('green', 2, -1, 1),
    uniform('blue', 3, -1, 1),
    { ...uniform('redShift', 4, -1, 1), easy: 0 },
    { ...uniform('greenShift', 5, -1, 1), easy: 0 },
    { ...uniform('blueShift', 6, -1, 1), easy: 0 },
  ];
}

/** The pixel of channel `c` for a pattern's value in [−1, 1]. */
export function toneOf(p: Readonly<Record<string, number>>, channels: number): (value: number, c: number) => number {
  const shares = ['red', 'green', 'blue'].map((name) => p.contrast! * (0.6 * p[name]! + (p[name]! >= 0 ? 0.4 : -0.4)));
  const shifts = [p.redShift!, p.greenShift!, p.blueShift!];
  return (value, c) => {
    const share = channels === 1 ? p.contrast! : shares[c]!;
    return Math.min(1, Math.max(0, 0.5 + 0.5 * (share * value + (1 - Math.abs(share)) * shifts[c]!)));
  };
}
