import { drawLines, type LinePanel, type LineSeries } from '../lines.js';

type Keep = 'hard' | 'easy' | 'random';

/** Theory's lines and simulated cells, probes perfect; `keep` of an unpruned one is `random`. */
export interface SimulationFigureData {
  readonly dimension: number;
  readonly seeds: number;
  /** A panel each. */
  readonly fractions: readonly number[];
  readonly lines: readonly {
    readonly keepFraction: number;
    readonly keep: Keep;
    readonly points: readonly { readonly alpha: number; readonly error: number }[];
  }[];
  readonly cells: readonly {
    readonly alpha: number;
    readonly keepFraction: number;
    readonly keep: Keep;
    readonly mean: number;
    readonly se: number | null;
  }[];
}

const NAME: Readonly<Record<Keep, string>> = { hard: 'keep hard', easy: 'keep easy', random: 'keep at random' };
const KEEPS: readonly Keep[] = ['hard', 'easy', 'random'];

/** Error against examples before pruning, a panel a share kept: lines of theory, points of simulation with bars of three standard errors. */
export async function drawPruneSimulation({ dimension, seeds, fractions, lines, cells }: SimulationFigureData): Promise<string> {
  const series = (keepFraction: number, keep: Keep, label: string, look: number): LineSeries[] => [
    ...lines
      .filter((line) => line.keepFraction === keepFraction && line.keep === keep)
      .map(({ points }) => ({ label, look, draw: 'plain' as const, points: points.map(({ alpha, error }) => ({ x: alpha, y: error })) })),
    {
      label: `${label}, simulated`,
      look,
      draw: 'marks',
      points: cells
        .filter((cell) => cell.keepFraction === keepFraction && cell.keep === keep)
        .map(({ alpha, mean, se }) => ({ x: alpha, y: mean, low: mean - 3 * (se ?? 0), high: mean + 3 * (se ?? 0) })),
    },
  ];
  const errors = [...lines.flatMap(({ points }) => points.map(({ error }) => error)), ...cells.map(({ mean }) => mean)];
  // One scale for all panels, so that they can be compared by eye.
  const y = { label: 'share misclassified', log: true, domain: [Math.min(...errors) / 1.1, Math.max(...errors) * 1.1] as const };
  const panels = fractions.map(
    (fraction): LinePanel => ({
      heading: `f = ${fraction}`,
      x: { label: 'examples by dimension before pruning, α_tot', log: true },
      y,
      height: 250,
      series: [...KEEPS.flatMap((keep, i) => series(fraction, keep, NAME[keep], i)), ...series(1, 'random', 'all data', 6)],
    }),
  );
  return await drawLines({
    title: 'Pruned perceptrons: theory and simulation',
    subtitle: `Max-margin perceptrons trained on a share f of their examples, by a perfect probe. N = ${dimension}, ${seeds} seeds a point.`,
    panels,
    captions: ['Lines: theory of Sorscher et al. (2022) for N → ∞. Bars: three standard errors of the mean.'],
  });
}
