import type { Keep } from './perfect.js';
import { crossover, envelope, pruneTheory } from './theory.js';

/** Error over a number, by share kept. */
export interface TheoryCurve {
  readonly fraction: number;
  readonly keep: Keep;
  readonly points: readonly { readonly alpha: number; readonly kept: number; readonly error: number }[];
}

/** Everything that the theory's figures show. */
export interface TheoryCurves {
  /** Degrees between probe and teacher. */
  readonly angle: number;
  readonly keepFractions: readonly number[];
  /** Error of keep-hard (all data where the share is 1) and keep-easy for every share; points by kept examples a dimension. */
  readonly curves: readonly TheoryCurve[];
  /** At each number of kept examples the best share to keep, keeping hard. */
  readonly envelope: readonly { readonly kept: number; readonly fraction: number; readonly error: number; readonly unpruned: number }[];
  /** α_tot at which hard and easy, and hard and random at equal kept size, have the same error, by share; null where they never have, and for an imperfect probe. */
  readonly crossovers: readonly { readonly fraction: number; readonly hardEasy: number | null; readonly hardRandom: number | null }[];
}

export interface CurveOptions {
  readonly keepFractions?: readonly number[];
  readonly angle?: number;
  /** Kept examples by dimension: from, to, and how many places between on a logarithmic scale. */
  readonly kept?: readonly [number, number, number];
  /** Called with the share of the work done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

const logspace = (low: number, high: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => low * (high / low) ** (count === 1 ? 0 : i / (count - 1)));

/** The same from curves that were computed, at the shares that they have. */
function envelopeOf(curves: readonly TheoryCurve[], grid: readonly number[]): TheoryCurves['envelope'] {
  const hard = curves.filter(({ keep }) => keep !== 'easy');
  return grid.map((kept, at) => {
    const tried = hard.map(({ fraction, points }) => ({ fraction, error: points[at]!.error }));
    const best = tried.reduce((a, b) => (b.error < a.error ? b : a));
    return { kept, ...best, unpruned: pruneTheory({ alpha: kept, keepFraction: 1, keep: 'random' }).error };
  });
}

/** Computes the curves, in some seconds; each point of an imperfect probe takes some six double integrals. */
export function theoryCurves(options: CurveOptions = {}): TheoryCurves {
  const { keepFractions = [1, 0.6, 0.36, 0.22, 0.1, 0.05], angle = 0, kept = [0.3, 10, 28], onProgress } = options;
  const grid = logspace(...kept);
  const pruned = keepFractions.filter((fraction) => fraction < 1);
  const sets: [Keep, number][] = [
    ...keepFractions.map((fraction): [Keep, number] => [fraction === 1 ? 'random' : 'hard', fraction]),
    ...pruned.map((fraction): [Keep, number] => ['easy', fraction]),
  ];
  const total = sets.length + 2;
  const curves = sets.map(([keep, fraction], i) => {
    const points = grid.map((at) => ({
      alpha: at / fraction,
      kept: at,
      error: pruneTheory({ alpha: at / fraction, keepFraction: fraction, keep, angle }).error,
    }));
    onProgress?.((i + 1) / total);
    return { fraction, keep, points };
  });
  const best = angle === 0 ? envelope(logspace(kept[0], 4, 20), logspace(0.01, 1, 25), 'hard') : envelopeOf(curves, grid);
  onProgress?.((total - 1) / total);
  const crossovers = pruned.map((fraction) => ({
    fraction,
    // Each is a search over double integrals where the probe is imperfect: left to `crossover` itself.
    hardEasy: angle === 0 ? crossover(fraction, ['hard', 'easy']) : null,
    hardRandom: angle === 0 ? crossover(fraction, ['hard', 'random']) : null,
  }));
  onProgress?.(1);
  return { angle, keepFractions, curves, envelope: best, crossovers };
}
