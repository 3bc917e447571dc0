import type { Panel, Studio } from '../frame.js';
import { FAINT, isStroked } from '../style.js';
import type { SweepCell, SweepLine } from '../sweep/results.js';
import { mean } from '../sweep/statistics.js';
import { isNumbers, source } from './confusion.js';
import type { GroupFacts } from './facts.js';
import { type ArmStyles, bothWidths, type SweepFigure, slug } from './figures.js';
import { code, short } from './text.js';

/** How Experiment 1 moved a batch: mean and standard deviation of both shifts in pixels and of the rotation in degrees. */
export interface PoseMoment {
  /** Steps of the warm-up before it. */
  readonly step: number;
  readonly tx: readonly number[];
  readonly ty: readonly number[];
  readonly rotation: readonly number[];
}

const isPair = (value: unknown): value is number[] => isNumbers(value) && value.length === 2;

/** The moments that a line holds, in order; undefined where it holds none. */
export function posesOf({ poses }: SweepLine): PoseMoment[] | undefined {
  if (!Array.isArray(poses) || poses.length === 0) return undefined;
  const known = poses as readonly (Readonly<Record<string, unknown>> | null)[];
  const whole = known.every((one) => typeof one?.step === 'number' && isPair(one.tx) && isPair(one.ty) && isPair(one.rotation));
  return whole ? (poses as PoseMoment[]).toSorted((a, b) => a.step - b.step) : undefined;
}

/** What a panel shows of a moment. */
const QUANTITIES = [
  { heading: 'Horizontal shift of a batch’s mean (px)', of: ({ tx }: PoseMoment) => tx[0]! },
  { heading: 'Vertical shift of a batch’s mean (px)', of: ({ ty }: PoseMoment) => ty[0]! },
  { heading: 'Rotation of a batch’s mean (degrees)', of: ({ rotation }: PoseMoment) => rotation[0]! },
  {
    heading: 'Spread of the shifts within a batch (px)',
    of: ({ tx, ty }: PoseMoment) => Math.sqrt((tx[1]! ** 2 + ty[1]! ** 2) / 2),
    fromZero: true,
  },
  { heading: 'Spread of the rotations within a batch (degrees)', of: ({ rotation }: PoseMoment) => rotation[1]!, fromZero: true },
] as const;

/** Most columns: of more p the first, the middle and the last are shown. */
const COLUMNS = { wide: 3, narrow: 2 } as const;

const picked = (every: readonly number[], most: number): number[] => {
  if (every.length <= most) return [...every];
  const middle = most > 2 ? [every[Math.floor(every.length / 2)]!] : [];
  return [every[0]!, ...middle, every.at(-1)!];
};

/** Cells with poses, their seeds' moments as points over the share of the warm-up that was done. */
function recorded({ cells }: GroupFacts) {
  return cells.flatMap((cell) => {
    const seeds = cell.lines.flatMap((line) => {
      const moments = posesOf(line);
      return moments ? [{ seed: line.seed, moments }] : [];
    });
    return cell.p !== null && seeds.length > 0 ? [{ cell: cell as SweepCell & { readonly p: number }, seeds }] : [];
  });
}

/** The sampler of Experiment 1 over time: where it moves images to and how much they differ, a line a seed; undefined where the record has none. */
export function posesFigure(studio: Studio, group: GroupFacts, styles: ArmStyles, from: string): SweepFigure | undefined {
  const { Plot } = studio;
  const known = recorded(group);
  if (known.length === 0) return undefined;
  const every = [...new Set(known.map(({ cell }) => cell.p))].sort((a, b) => a - b);
  const arms = group.arms.filter((arm) => known.some(({ cell }) => cell.arm === arm));
  const alt = `How images are moved during the warm-up of ${arms.join(', ')}: shift and rotation of a batch’s mean, and their spread within it.`;
  return bothWidths(studio, `poses-${slug(group)}`, alt, (width) => {
    const shown = picked(every, width > 600 ? COLUMNS.wide : COLUMNS.narrow);
    const panel = (place: number): Panel => {
      const { heading, of, ...rest } = QUANTITIES[place]!;
      const last = place === QUANTITIES.length - 1;
      const series = known
        .filter(({ cell }) => shown.includes(cell.p))
        .flatMap(({ cell, seeds }) =>
          seeds.map(({ seed, moments }) => {
            const end = moments.at(-1)!.step;
            const points = moments.map((one) => ({ column: `p = ${cell.p}`, done: (100 * one.step) / end, value: of(one), seed }));
            return { arm: cell.arm, points };
          }),
        );
      const columns = shown.map((p) => `p = ${p}`);
      return {
        heading,
        height: (place === 0 ? 128 : 112) + (last ? 20 : 0),
        options: {
          marginLeft: 46,
          marginRight: 16,
          marginTop: place === 0 ? 26 : 10,
          marginBottom: last ? 40 : 22,
          fx: { domain: columns, label: null, padding: 0.08, ...(place === 0 ? {} : { axis: null }) },
          x: {
            domain: [0, 100],
            ticks: [0, 50, 100],
            label: last ? 'share of the warm-up done (%)' : null,
            labelAnchor: 'center',
            labelArrow: 'none',
          },
          y: { label: null, grid: true, ticks: 4, nice: true, ...('fromZero' in rest ? { zero: true } : {}) },
          marks: [
            Plot.ruleY([0], { stroke: FAINT, strokeWidth: 0.7 }),
            ...series.flatMap(({ arm, points }) => {
              const { color, symbol } = styles.get(arm)!;
              const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.4 } : { fill: color };
              return [
                Plot.line(points, { x: 'done', y: 'value', fx: 'column', stroke: color, strokeWidth: 1.1, strokeOpacity: 0.8 }),
                Plot.dot(points.slice(-1), { x: 'done', y: 'value', fx: 'column', symbol, r: 3, ...paint }),
              ];
            }),
          ],
        },
      };
    };
    return {
      title: 'How images are moved',
      subtitle: `Over the warm-up, a line a seed. The reach grows over its first quarter.${every.length > shown.length ? ` Shown: p = ${shown.join(', ')} of ${every.length}.` : ''}`,
      keys: arms.map((arm) => ({ label: arm, color: styles.get(arm)!.color, symbol: styles.get(arm)!.symbol })),
      panels: QUANTITIES.map((_, place) => panel(place)),
      captions: [
        source(group, from),
        `Poses of one batch at each moment${arms.includes('random') ? '; arm random draws them uniformly within the same reach' : ''}.`,
      ],
    };
  });
}

/** Where the poses end at the largest p that has them, in words. */
export function poseSentences(group: GroupFacts): string[] {
  const known = recorded(group);
  const largest = Math.max(...known.map(({ cell }) => cell.p));
  return known
    .filter(({ cell }) => cell.p === largest)
    .map(({ cell, seeds }) => {
      const ends = seeds.map(({ moments }) => moments.at(-1)!);
      const [shift, turn] = [
        mean(ends.map(({ tx, ty }) => Math.hypot(tx[0]!, ty[0]!))),
        mean(ends.map(({ rotation }) => Math.abs(rotation[0]!))),
      ];
      const [apart, angles] = [
        mean(ends.map(({ tx, ty }) => Math.sqrt((tx[1]! ** 2 + ty[1]! ** 2) / 2))),
        mean(ends.map(({ rotation }) => rotation[1]!)),
      ];
      return (
        `At the end of the warm-up (p = ${largest}) ${code(cell.arm)} moves a batch’s mean by ${short(shift)} px and ${short(turn)}°; ` +
        `within a batch the standard deviation is ${short(apart)} px and ${short(angles)}° (means over ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`}).`
      );
    });
}
