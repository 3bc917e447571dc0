import type { Threshold } from '../sweep/threshold.js';
import type { Best, Comparison, GroupFacts } from './facts.js';
import { PUBLISHED, PUBLISHED_ADAPTIVE, publishedCurve } from './published.js';
import { teacherAnswer } from './teacher.js';
import { allowed, code, counted, listed, percent, points, pointsInterval, ranges, signedPoints } from './text.js';
import { type Answer, timeAnswer } from './time-words.js';

const pOf = ({ p }: { readonly p: number | null }): number => p ?? 0;

/** `at p = 0.1 to 0.3 (by 0.80 to 2.10 points)`: where, and by how much on average. */
function where(rows: readonly Comparison[], grid: GroupFacts['grid']): string {
  const sizes = rows.map(({ difference }) => Math.abs(difference.mean)).sort((a, b) => a - b);
  const [least, most] = [points(sizes[0]!), points(sizes.at(-1)!)];
  const by = least === most ? most : `${least.replace(' points', '')} to ${most}`;
  return `at p = ${ranges(rows.map(pOf), grid)} (by ${by} on average)`;
}

/** What one arm's comparisons with a reference show; `other` is how the reference is called in a sentence. */
function verdicts(arm: string, rows: readonly Comparison[], other: string, grid: GroupFacts['grid']): string[] {
  const of = (verdict: Comparison['verdict']): Comparison[] => rows.filter((row) => row.verdict === verdict);
  const [better, worse, open, single] = [of('better'), of('worse'), of('open'), of('one seed')];
  const parts = [
    ...(better.length > 0 ? [`is better than ${other} ${where(better, grid)}`] : []),
    ...(worse.length > 0 ? [`is worse than ${other} ${where(worse, grid)}`] : []),
    ...(open.length > 0 ? [`is not told apart from ${other} at p = ${ranges(open.map(pOf), grid)}, where the interval holds 0`] : []),
  ];
  const sentences = parts.length > 0 ? [`${code(arm)} ${listed(parts)}.`] : [];
  if (single.length > 0) {
    const above = single.filter(({ difference }) => difference.mean > 0).map(pOf);
    const below = single.filter(({ difference }) => difference.mean < 0).map(pOf);
    const seen = [
      ...(above.length > 0 ? [`above it at p = ${ranges(above, grid)}`] : []),
      ...(below.length > 0 ? [`below it at p = ${ranges(below, grid)}`] : []),
    ];
    const ended = seen.length > 0 ? `ended ${listed(seen)}` : `ended level with it at p = ${ranges(single.map(pOf), grid)}`;
    sentences.push(`${code(arm)} and ${other} share one seed: it ${ended}, which shows nothing by itself.`);
  }
  return sentences;
}

/** How many of so many intervals leave 0 out by chance alone. */
function byChance(rows: readonly Comparison[]): string[] {
  const count = rows.filter(({ verdict }) => verdict === 'better' || verdict === 'worse' || verdict === 'open').length;
  if (count < 10) return [];
  return [`Each interval stands for itself: of ${count}, about ${Math.round(count / 20)} would leave 0 out by chance alone.`];
}

/** Whether so many of so many comparisons may come out on one side by chance: each does with probability .025 where nothing differs. */
export function isChance(found: number, all: number): boolean {
  let [term, below] = [0.975 ** all, 0];
  for (let k = 0; k < found; k++) {
    below += term;
    term *= ((all - k) / (k + 1)) * (0.025 / 0.975);
  }
  return 1 - below > 0.05;
}

function skipAnswer({ againstSkip, arms, grid }: GroupFacts): Answer {
  const question = 'Does warm-up beat skipping those steps?';
  const warm = arms.filter((arm) => arm !== 'skip');
  if (grid.every((p) => p === 0)) return { question, sentences: ['The record holds no trial with warm-up (p = 0 only): it cannot say.'] };
  if (!arms.includes('skip')) {
    const sentence =
      'The record has no `skip` arm, so it cannot say: fewer natural steps at the same schedule are part of every difference from p = 0.';
    return { question, sentences: [sentence] };
  }
  const rows = (arm: string): Comparison[] => againstSkip.filter((row) => row.arm === arm);
  const with_ = warm.filter((arm) => rows(arm).length > 0);
  if (with_.length === 0)
    return { question, sentences: ['No arm has a seed in common with `skip` at any p above 0: the record cannot say.'] };
  const judged = againstSkip.filter(({ verdict }) => verdict !== 'one seed' && verdict !== 'same');
  const better = judged.filter(({ verdict }) => verdict === 'better');
  const winners = with_.filter((arm) => better.some((row) => row.arm === arm));
  const lead = (): string => {
    if (judged.length === 0) return 'With one seed an arm there is no interval, so the record cannot say.';
    if (winners.length > 0) {
      const found = `In ${better.length} of ${counted(judged.length, 'comparison')}, for ${listed(winners.map(code))}`;
      return isChance(better.length, judged.length) ? `${found}: no more than chance alone may give, so it is not shown.` : `${found}.`;
    }
    return judged.every(({ verdict }) => verdict === 'worse')
      ? 'No: every arm is worse wherever it was compared.'
      : 'Not shown: no arm is better at any p.';
  };
  return {
    question,
    sentences: [lead(), ...with_.flatMap((arm) => verdicts(arm, rows(arm), code('skip'), grid)), ...byChance(againstSkip)],
  };
}

function plainAnswer({ againstPlain, arms, grid }: GroupFacts): Answer[] {
  if (againstPlain.length === 0) return [];
  const rows = (arm: string): Comparison[] => againstPlain.filter((row) => row.arm === arm);
  const sentences = arms.flatMap((arm) => verdicts(arm, rows(arm), 'plain training', grid));
  return [{ question: 'And plain training on all steps (p = 0)?', sentences: [...sentences, ...byChance(againstPlain)] }];
}

/** Neighbouring p of which the same can be said. */
function runsOf(best: readonly Best[]): Best[][] {
  const alike = ({ arm, same, open, apart }: Best): string => JSON.stringify([arm, same, open, apart]);
  const runs: Best[][] = [];
  for (const row of best) {
    const last = runs.at(-1);
    if (last && alike(last[0]!) === alike(row)) last.push(row);
    else runs.push([row]);
  }
  return runs;
}

function bestAnswer({ best, arms, grid }: GroupFacts): Answer[] {
  if (arms.length < 2 || grid.every((p) => p === null)) return [];
  const sentences = runsOf(best).map((run) => {
    const { arm, same, open, apart } = run[0]!;
    const seeds = run.map(({ accuracy }) => accuracy.n);
    const [least, most] = [Math.min(...seeds), Math.max(...seeds)];
    const means = run.map(({ accuracy }) => (100 * accuracy.mean).toFixed(2)).join(', ');
    const mean = `${means} %, ${least === most ? counted(most, 'seed') : `${least} to ${most} seeds`}`;
    const at = `p = ${ranges(run.map(pOf), grid)}`;
    const names = listed([arm, ...same].map(code));
    if (open.length + apart.length === 0) {
      return same.length > 0 ? `${at}: ${names} are the same training (${mean}).` : `${at}: only ${code(arm)} was run (${mean}).`;
    }
    const rest = open.length === 0 ? 'told apart from every other arm' : `not told apart from ${listed(open.map(code))}`;
    return `${at}: ${names} has the highest mean (${mean}), ${rest}.`;
  });
  return [{ question: 'Which arm is best?', sentences }];
}

/** One threshold as a sentence. */
export function thresholdSentence(row: Threshold, margin: number): string {
  const { arm, threshold, low, high, atLeast, fails, grid, seeds } = row;
  // What the sentence says itself needs no note.
  const rest = row.notes.filter((note) => !/^(the smallest p that|every p holds|one seed: no interval)/.test(note));
  const notes = rest.length > 0 ? ` Note: ${rest.join('; ')}.` : '';
  if (threshold === null) return `${code(arm)}: none can be given: ${row.notes.join('; ')}.`;
  const interval = low === null ? 'one seed, no interval' : `95 % interval ${low} to ${high}, ${counted(seeds, 'seed')}`;
  if (grid.length === 1) return `${code(arm)}: none can be given.${notes}`;
  if (atLeast) return `${code(arm)}: at least ${threshold}, the largest p tried (${interval}).${notes}`;
  if (threshold === 0)
    return `${code(arm)}: below ${fails}: the smallest p tried already costs more than ${allowed(margin)} (${interval}).${notes}`;
  return `${code(arm)}: ${threshold} (${interval}); ${fails} is too much.${notes}`;
}

function thresholdAnswer({ thresholds, grid }: GroupFacts, margin: number): Answer[] {
  if (thresholds.length === 0) return [];
  const skip = thresholds.find(({ arm, low }) => arm === 'skip' && low !== null);
  const published = thresholds.find(({ arm, low }) => arm === 'published' && low !== null);
  const compared = (): string[] => {
    if (!skip || !published) return [];
    const apart = published.low! > skip.high! || published.high! < skip.low!;
    return apart
      ? [`The intervals of ${code('published')} and ${code('skip')} do not overlap.`]
      : [
          `The intervals of ${code('published')} and ${code('skip')} overlap: the record does not show that the warm-up moves the threshold.`,
        ];
  };
  const between = grid.length > 2 ? ' Only the p that were tried can be answers.' : '';
  return [
    {
      question: `How much warm-up costs no more than ${allowed(margin)}?`,
      sentences: [
        `The largest p such that at it and at every smaller p the mean accuracy is at least that of p = 0 less ${allowed(margin)}; interval: bootstrap over seeds.${between}`,
        ...thresholds.map((row) => thresholdSentence(row, margin)),
        ...compared(),
      ],
    },
  ];
}

/** The poster's curve beside the mean of `published`, where there is one. */
function posterAnswer({ experiment, dataSet, steps, cells }: GroupFacts): Answer[] {
  const curve = publishedCurve(experiment, dataSet);
  if (!curve) return [];
  const about = `The poster’s curve is of ${PUBLISHED.steps} steps and one seed, read off a plot (±${PUBLISHED.readingError}).`;
  const rows = cells.flatMap(({ arm, p, accuracy }) => {
    const index = arm === 'published' && p !== null ? curve.p.indexOf(p) : -1;
    return index < 0 ? [] : [{ p: p!, difference: accuracy.mean - curve.accuracy[index]! }];
  });
  const question = 'And the poster?';
  if (steps !== PUBLISHED.steps) {
    return [{ question, sentences: [`${about} This budget has ${steps} steps: shapes may be compared, values may not.`] }];
  }
  if (rows.length === 0) return [{ question, sentences: [`${about} No trial of ${code('published')} stands beside it.`] }];
  const most = rows.reduce((a, b) => (Math.abs(b.difference) > Math.abs(a.difference) ? b : a));
  const text = `Over ${counted(rows.length, 'p', 'p')} that both have, ${code('published')} lies furthest from it at p = ${most.p}, by ${signedPoints(most.difference)} points. The poster names no spread.`;
  return [{ question, sentences: [about, text] }];
}

const ADAPTIVE_ARMS =
  '`published` draws a class the more often the worse it was read in the validation after the last epoch; `control` draws every class alike. Neither has a warm-up, and so no p.';

function adaptiveAnswer({ againstControl, cells, dataSet }: GroupFacts): Answer[] {
  const adaptive = cells.filter(({ p }) => p === null);
  if (adaptive.length === 0) return [];
  const means = adaptive.map(({ arm, accuracy }) => `${code(arm)} ${percent(accuracy.mean)} (${counted(accuracy.n, 'seed')})`);
  const judged = againstControl.map(({ arm, difference, verdict }) => {
    const size = `${signedPoints(difference.mean)} points, ${pointsInterval(difference)}`;
    if (verdict === 'one seed') return `${code(arm)} less ${code('control')}: ${size}: one seed shows nothing by itself.`;
    if (verdict === 'same') return `${code(arm)} and ${code('control')} are the same training.`;
    const told = { better: 'better than', worse: 'worse than', open: 'not told apart from' }[verdict];
    return `${code(arm)} is ${told} ${code('control')}: ${size}, seed by seed.`;
  });
  const without =
    againstControl.length === 0 ? ['The record does not hold both `control` and another arm at a common seed: it cannot say.'] : [];
  const reported =
    dataSet === 'mnist'
      ? [
          `The authors reported ${listed(Object.entries(PUBLISHED_ADAPTIVE).map(([arm, share]) => `${percent(share)} for ${code(arm)}`))}, of one seed each.`,
        ]
      : [];
  return [
    {
      question: 'Do adaptive class weights help?',
      sentences: [ADAPTIVE_ARMS, `Mean end accuracy: ${listed(means)}.`, ...judged, ...without, ...reported],
    },
  ];
}

/** The three answers that matter most, in a sentence or two each; none where the only answer stands just below. */
export function summary(group: GroupFacts, margin: number): string[] {
  if (group.grid.every((p) => p === null)) return [];
  const skip = skipAnswer(group);
  const row = group.thresholds.find(({ arm }) => arm !== 'skip');
  const time = timeAnswer(group);
  return [
    `${skip.question} ${skip.sentences[0]}`,
    ...(row ? [`The most warm-up that costs no more than ${allowed(margin)}: ${thresholdSentence(row, margin)}`] : []),
    `${time.question} ${time.sentences[0]}`,
  ];
}

/** What a group's numbers say, question by question; a question that the record has no data on says so. */
export function answers(group: GroupFacts, margin: number): Answer[] {
  if (group.grid.every((p) => p === null)) return adaptiveAnswer(group);
  return [
    skipAnswer(group),
    ...plainAnswer(group),
    ...bestAnswer(group),
    ...teacherAnswer(group),
    ...thresholdAnswer(group, margin),
    timeAnswer(group),
    ...posterAnswer(group),
    ...adaptiveAnswer(group),
  ];
}
