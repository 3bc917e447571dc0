import { drawLines, type LinePanel, type LinePoint, type LineSeries } from '../lines.js';

/** Scaling laws fitted to data, as `kindling scaling fit` computes them. */
export interface ScalingFigureData {
  /** What x and y are, in words for the axes. */
  readonly x: string;
  readonly y: string;
  /** Data a form was fitted to, and data held out to judge it: one point a place, `low` and `high` the range of its rows. */
  readonly fitted: readonly LinePoint[];
  readonly held: readonly LinePoint[];
  /** A form: its label (name and loss), and what it predicts over the data and beyond, by rising x. */
  readonly curves: readonly { readonly label: string; readonly points: readonly LinePoint[] }[];
  /** Sentences below: the answer, what was left out. */
  readonly captions: readonly string[];
  readonly title: string;
}

const BLACK = 6;
const data = (fitted: readonly LinePoint[], held: readonly LinePoint[]): LineSeries[] => [
  { label: 'data fitted', draw: 'marks', look: BLACK, points: fitted },
  ...(held.length === 0 ? [] : [{ label: 'data held out', draw: 'marks' as const, look: 1, points: held }]),
];
/** Looks of the forms: those of the data are left to them. */
const lookOf = (i: number): number => [0, 2, 3, 4, 5][i % 5]!;

function span(points: readonly LinePoint[]): readonly [number, number] {
  const values = points.flatMap(({ y, low = y, high = y }) => [low, high]).filter((value) => value > 0);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(1.15, (most / least) ** 0.12);
  return [least / room, most * room];
}

/**
 * Data and forms on two logarithmic axes. Curves are drawn through over what they were fitted to and dashed beyond, where an upright line
 * parts the held-out data.
 */
export async function drawScalingFit({ x, y, fitted, held, curves, captions, title }: ScalingFigureData): Promise<string> {
  const domain = span([...fitted, ...held]);
  const last = Math.max(...fitted.map((point) => point.x));
  const next = held.length === 0 ? last : Math.min(...held.map((point) => point.x));
  const border = Math.sqrt(last * next);
  const series = curves.flatMap(({ label, points }, i): LineSeries[] => {
    const look = { label, look: lookOf(i), draw: 'plain' } as const;
    const inside = points.filter((point) => held.length === 0 || point.x <= border);
    const beyond = points.filter((point) => held.length > 0 && point.x >= (inside.at(-1)?.x ?? 0));
    return [{ ...look, points: inside }, ...(beyond.length > 0 ? [{ ...look, points: beyond, dashed: true }] : [])];
  });
  const upright: LineSeries[] =
    held.length === 0
      ? []
      : [{ label: 'held out right of this', draw: 'plain', dashed: true, look: BLACK, points: domain.map((at) => ({ x: border, y: at })) }];
  const panel: LinePanel = {
    x: { label: x, log: true },
    y: { label: y, log: true, domain },
    height: 380,
    series: [...data(fitted, held), ...series, ...upright],
  };
  const subtitle = held.length === 0 ? 'Fitted to all data.' : 'Fitted to the data on the left; dashed: what each form foretells.';
  return await drawLines({ title, subtitle, panels: [panel], captions });
}

/** A law of two inputs: what was measured over what the form says, and the line on which both are the same. `x` of the points is ŷ. */
export async function drawScalingAgreement({ y, fitted, held, captions, title }: Omit<ScalingFigureData, 'curves' | 'x'>): Promise<string> {
  const all = [...fitted, ...held];
  const [low, high] = span(all.flatMap((point) => [point, { x: 0, y: point.x }]));
  const panel: LinePanel = {
    x: { label: `${y} as the form says`, log: true, domain: [low, high] },
    y: { label: `${y} as measured`, log: true, domain: [low, high] },
    height: 420,
    series: [
      ...data(fitted, held),
      {
        label: 'both the same',
        draw: 'plain',
        look: 0,
        points: [
          { x: low, y: low },
          { x: high, y: high },
        ],
      },
    ],
  };
  return await drawLines({ title, panels: [panel], captions });
}
