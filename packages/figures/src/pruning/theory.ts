import { drawLines, type LineSeries } from '../lines.js';

/** What the theory of pruning says, as `theoryCurves` of @kindling/pruning computes it. */
export interface TheoryFigureData {
  readonly angle: number;
  readonly curves: readonly {
    readonly fraction: number;
    readonly keep: 'hard' | 'easy' | 'random';
    readonly points: readonly { readonly alpha: number; readonly kept: number; readonly error: number }[];
  }[];
  readonly envelope: readonly { readonly kept: number; readonly fraction: number; readonly error: number; readonly unpruned: number }[];
}

const probe = (angle: number): string => (angle === 0 ? 'A perfect probe scores.' : `The probe is ${angle}° off the teacher.`);

/**
 * Two figures: `theory-curves`, error against examples before pruning for each share kept, hard and easy side by side; `theory-envelope`, the
 * best error at each number of examples trained on, and the share that reaches it.
 */
export async function drawPruneTheory({ angle, curves, envelope }: TheoryFigureData): Promise<{ name: string; svg: string }[]> {
  const full = curves.find(({ fraction }) => fraction === 1);
  const panel = (keep: 'hard' | 'easy'): LineSeries[] => [
    ...(full ? [{ label: 'all data', look: 6, points: full.points.map(({ alpha, error }) => ({ x: alpha, y: error })) }] : []),
    ...curves
      .filter((curve) => curve.keep === keep)
      .map(({ fraction, points }, i) => ({
        label: `f = ${fraction}`,
        look: i,
        points: points.map(({ alpha, error }) => ({ x: alpha, y: error })),
      })),
  ];
  const x = { label: 'examples by dimension before pruning, α_tot', log: true };
  const errors = curves.flatMap(({ points }) => points.map(({ error }) => error));
  // One scale for both panels, so that they can be compared by eye.
  const y = { label: 'share misclassified', log: true, domain: [Math.min(...errors) / 1.1, Math.max(...errors) * 1.1] as const };
  const svg = await drawLines({
    title: 'Keep hard where data abounds, easy where it is scarce',
    subtitle: `Teacher–student perceptron trained to its largest margin on a share f of the examples; theory. ${probe(angle)}`,
    panels: [
      { heading: 'Keeping the hardest', x, y, series: panel('hard') },
      { heading: 'Keeping the easiest', x, y, series: panel('easy') },
    ],
    captions: ['Theory of Sorscher et al. (2022), solved for these figures.'],
  });
  const kept = { label: 'examples by dimension trained on, α', log: true };
  const envelopeSvg = await drawLines({
    title: 'The best share to keep',
    subtitle: `At each number of kept examples the share f, of those computed, with the smallest error. ${probe(angle)}`,
    panels: [
      {
        x: kept,
        y: { label: 'share misclassified', log: true },
        series: [
          { label: 'without pruning', look: 6, points: envelope.map((point) => ({ x: point.kept, y: point.unpruned })) },
          { label: 'keep hard, best f', look: 0, points: envelope.map((point) => ({ x: point.kept, y: point.error })) },
        ],
      },
      {
        x: kept,
        y: { label: 'best share f', log: true },
        height: 220,
        series: [{ label: 'keep hard, best f', look: 0, points: envelope.map((point) => ({ x: point.kept, y: point.fraction })) }],
      },
    ],
    captions: [
      'The smallest share computed bounds the envelope from above: with more examples to choose from it would fall further.',
      'Theory of Sorscher et al. (2022), solved for these figures.',
    ],
  });
  return [
    { name: 'theory-curves', svg },
    { name: 'theory-envelope', svg: envelopeSvg },
  ];
}
