import type { Figure, Panel, Studio } from './frame.js';
import { stepDomain, switches, switchRules, trialKeys } from './loss.js';
import type { RunRecord } from './record.js';
import { clip, FAINT, INK, isStroked, type TrialStyle, textWidth } from './style.js';

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** Each trial's last word: its summary, else its last evaluation. Trials without either are missing. */
export function finalAccuracies(record: RunRecord): { trial: string; accuracy: number; summarised: boolean }[] {
  return record.trials.flatMap((trial) => {
    const summary = record.summaries.findLast((item) => item.trial === trial)?.accuracy;
    const evals = record.evals.filter((item) => item.trial === trial && item.accuracy !== undefined);
    const accuracy = summary ?? evals.toSorted((a, b) => a.step - b.step).at(-1)?.accuracy;
    return accuracy === undefined ? [] : [{ trial, accuracy, summarised: summary !== undefined }];
  });
}

function curves(studio: Studio, record: RunRecord, styles: ReadonlyMap<string, TrialStyle>, markSwitch: boolean): Panel {
  const { Plot } = studio;
  const marks = record.trials.flatMap((trial) => {
    const { color, symbol } = styles.get(trial)!;
    const points = record.evals
      .filter((item) => item.trial === trial && item.accuracy !== undefined)
      .map(({ step, accuracy }) => ({ step, percent: 100 * accuracy! }))
      .sort((a, b) => a.step - b.step);
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.6 } : { fill: color, stroke: 'white', strokeWidth: 0.7 };
    return [
      Plot.line(points, { x: 'step', y: 'percent', stroke: color, strokeWidth: 1.5 }),
      Plot.dot(points, { x: 'step', y: 'percent', symbol, r: points.length > 40 ? 2.4 : 3.8, ...paint }),
    ];
  });
  return {
    heading: 'Test accuracy (%)',
    height: 290,
    options: {
      marginLeft: 62,
      marginRight: 24,
      marginTop: 10,
      marginBottom: 44,
      x: { domain: stepDomain(record), label: 'training step', labelAnchor: 'center', labelArrow: 'none', nice: true },
      y: { label: null, nice: true, grid: true },
      marks: [Plot.ruleX([0], { stroke: FAINT }), ...(markSwitch ? switchRules(studio, record, styles) : []), ...marks],
    },
  };
}

function finals(studio: Studio, record: RunRecord, styles: ReadonlyMap<string, TrialStyle>): Panel {
  const { Plot } = studio;
  const rows = finalAccuracies(record).map((row) => ({ ...row, percent: 100 * row.accuracy, label: clip(row.trial, 28) }));
  const values = rows.map((row) => row.percent);
  // Dots, not bars: the axis need not begin at 0, and small differences show. Room on the right for the value labels.
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const span = Math.max(high - low, 0.5);
  const dots = rows.map((row) => {
    const { color, symbol } = styles.get(row.trial)!;
    const paint = isStroked(symbol) ? { stroke: color, strokeWidth: 1.8 } : { fill: color };
    return Plot.dot([row], { x: 'percent', y: 'trial', symbol, r: 5, ...paint });
  });
  const left = Math.max(62, 26 + Math.max(...rows.map((row) => textWidth(row.label))));
  return {
    heading: 'Final test accuracy',
    height: 10 + 44 + 24 * rows.length,
    options: {
      marginLeft: left,
      marginRight: 84,
      marginTop: 10,
      marginBottom: 44,
      x: {
        domain: [Math.max(0, low - 0.08 * span), Math.min(100, high + 0.04 * span)],
        label: 'accuracy (%)',
        labelAnchor: 'center',
        labelArrow: 'none',
        grid: true,
      },
      y: { domain: rows.map((row) => row.trial), label: null, tickFormat: (trial: string) => clip(trial, 28), tickSize: 0 },
      marks: [
        Plot.ruleY(rows, { y: 'trial', stroke: '#dddddd' }),
        ...dots,
        Plot.text(rows, {
          x: 'percent',
          y: 'trial',
          text: (row: { accuracy: number }) => percent(row.accuracy),
          dx: 11,
          textAnchor: 'start',
          fill: INK,
          stroke: 'white',
          strokeWidth: 5,
        }),
      ],
    },
  };
}

/**
 * Test accuracy against step, a symbol at each evaluation; for several trials a chart of final accuracies below. Undefined where no
 * accuracy was recorded.
 */
export function accuracyFigure(
  studio: Studio,
  record: RunRecord,
  styles: ReadonlyMap<string, TrialStyle>,
): (Omit<Figure, 'captions'> & { notes: string[] }) | undefined {
  const evaluated = record.evals.some((item) => item.accuracy !== undefined);
  const final = finalAccuracies(record);
  if (!evaluated && final.length === 0) return undefined;
  const marked = switches(record).size > 0;
  const parts = [
    ...(evaluated ? ['Symbols: evaluations on the test split.'] : []),
    ...(evaluated && marked ? ['Dotted rule: switch to natural data.'] : []),
  ];
  const [only] = final;
  if (record.trials.length === 1 && only) parts.push(`Final accuracy ${percent(only.accuracy)}.`);
  const unfinished = final.filter((row) => !row.summarised).map((row) => row.trial);
  return {
    title: 'Test accuracy',
    subtitle: parts.join(' '),
    keys: evaluated ? trialKeys(record, styles) : [],
    panels: [
      ...(evaluated ? [curves(studio, record, styles, marked)] : []),
      ...(final.length > 1 || !evaluated ? [finals(studio, record, styles)] : []),
    ],
    notes: unfinished.length > 0 ? [`No summary yet, last evaluation shown: ${unfinished.join(', ')}.`] : [],
  };
}
