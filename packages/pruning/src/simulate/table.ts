import type { Keep } from '../theory/perfect.js';

/** A cell of the table of simulations: what theory is compared with. */
export interface SimulationCell {
  readonly alpha: number;
  readonly keepFraction: number;
  readonly keep: Keep;
  readonly angle: number;
}

const each = (alpha: number, keepFraction: number, keeps: readonly Keep[] = ['hard', 'easy', 'random'], angle = 0): SimulationCell[] =>
  keeps.map((keep) => ({ alpha, keepFraction, keep, angle }));
const all = (alpha: number): SimulationCell[] => each(alpha, 1, ['random']);

/**
 * Scarce data to abundant, all of it, most and little of it kept; then smaller shares, other amounts, and probes that are off. The cheap ones
 * first: a stopped table is resumed, and what it has is then the most.
 */
export const SIMULATION_CELLS: readonly SimulationCell[] = [
  ...[...all(0.5), ...each(0.5, 0.6), ...each(0.5, 0.22)],
  ...[...all(2), ...each(2, 0.6), ...each(2, 0.22)],
  ...[...each(4, 0.6, ['hard'], 20), ...each(4, 0.22, ['easy'], 40)],
  ...[...all(0.2), ...each(0.2, 0.4), ...each(1, 0.1), ...each(8, 0.1)],
  ...[...each(3, 0.4, ['hard', 'easy'], 30), ...each(6, 0.3, ['hard', 'easy'], 10), ...each(2, 0.5, ['hard', 'easy'], 90)],
  ...[...each(8, 0.22), ...each(4, 0.36), ...each(16, 0.1)],
  ...[...each(8, 0.6), ...all(8)],
];
