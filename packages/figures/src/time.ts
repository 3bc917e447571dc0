import type { Figure, Key, Studio } from './frame.js';
import { type RunRecord, TIME_PARTS } from './record.js';
import { clip, FAINT, INK, isDark, PART_COLORS, textWidth, WIDTH } from './style.js';

interface Piece {
  readonly trial: string;
  readonly part: string;
  readonly from: number;
  readonly to: number;
}

/** Share of a trial's total below which time outside the named parts is not drawn. */
const NEGLIGIBLE = 0.01;

/** The pieces of each trial's bar in order, in seconds; wall time that no part accounts for becomes `other`. */
export function timePieces(record: RunRecord): Piece[] {
  return record.trials.flatMap((trial) => {
    const time = record.summaries.findLast((summary) => summary.trial === trial && summary.time)?.time;
    if (!time) return [];
    const pieces: Piece[] = [];
    let from = 0;
    for (const part of TIME_PARTS) {
      const seconds = time[part] ?? 0;
      if (seconds <= 0) continue;
      pieces.push({ trial, part, from, to: from + seconds });
      from += seconds;
    }
    const total = time.total ?? from;
    if (total - from > NEGLIGIBLE * total) pieces.push({ trial, part: 'other', from, to: total });
    return pieces;
  });
}

const short = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));

/** Stacked bars of where each trial's time went. Undefined where no summary has times. */
export function timeFigure(studio: Studio, record: RunRecord): (Omit<Figure, 'captions'> & { notes: string[] }) | undefined {
  const { Plot } = studio;
  const seconds = timePieces(record);
  if (seconds.length === 0) return undefined;
  const longest = Math.max(...seconds.map((piece) => piece.to));
  const [unit, name, scale] = longest >= 7200 ? ['h', 'hours', 3600] : longest >= 300 ? ['min', 'minutes', 60] : ['s', 'seconds', 1];
  const pieces = seconds.map((piece) => ({ ...piece, from: piece.from / scale, to: piece.to / scale }));
  const trials = record.trials.filter((trial) => pieces.some((piece) => piece.trial === trial));
  const totals = trials.map((trial) => ({
    trial,
    total: Math.max(...pieces.filter((piece) => piece.trial === trial).map(({ to }) => to)),
  }));
  const left = Math.max(62, 26 + Math.max(...trials.map((trial) => textWidth(clip(trial, 28)))));
  const right = 84;
  const pixels = ((WIDTH - left - right) * scale) / longest;
  const labelled = pieces.filter(({ from, to }) => (to - from) * pixels > textWidth(short(to - from), 10.5) + 6);
  const used = [...TIME_PARTS, 'other'].filter((part) => pieces.some((piece) => piece.part === part));
  const label = {
    x: (piece: Piece) => (piece.from + piece.to) / 2,
    y: 'trial',
    text: (piece: Piece) => short(piece.to - piece.from),
    fontSize: 10.5,
  };
  const other = used.includes('other') ? ' Other: wall time outside these activities.' : '';
  return {
    title: 'Where the time went',
    subtitle: `Wall time of each trial by activity, in ${name}.${other}`,
    keys: used.map((part): Key => ({ label: part, color: PART_COLORS[part]! })),
    panels: [
      {
        height: 8 + 44 + 30 * trials.length,
        options: {
          marginLeft: left,
          marginRight: right,
          marginTop: 8,
          marginBottom: 44,
          x: {
            domain: [0, longest / scale],
            label: `wall time (${unit})`,
            labelAnchor: 'center',
            labelArrow: 'none',
            grid: true,
            ticks: 6,
          },
          y: { domain: trials, label: null, tickFormat: (trial: string) => clip(trial, 28), tickSize: 0, padding: 0.25 },
          marks: [
            ...used.map((part) =>
              Plot.barX(
                pieces.filter((piece) => piece.part === part),
                { x1: 'from', x2: 'to', y: 'trial', fill: PART_COLORS[part]!, stroke: 'white', strokeWidth: 0.8 },
              ),
            ),
            Plot.text(
              labelled.filter(({ part }) => isDark(PART_COLORS[part]!)),
              { ...label, fill: 'white' },
            ),
            Plot.text(
              labelled.filter(({ part }) => !isDark(PART_COLORS[part]!)),
              { ...label, fill: '#000000' },
            ),
            Plot.text(totals, {
              x: 'total',
              y: 'trial',
              text: (row: { total: number }) => `${short(row.total)} ${unit}`,
              dx: 6,
              textAnchor: 'start',
              fill: INK,
              stroke: 'white',
              strokeWidth: 4,
            }),
            Plot.ruleX([0], { stroke: FAINT }),
          ],
        },
      },
    ],
    notes: [],
  };
}
