// Reads what dieharder printed and says what it means.
import { controls, omitted, tests } from './tests.mjs';

/** One result a line: `name|ntuple|tsamples|psamples|p|assessment`. */
export function readResults(text) {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*([a-z]\w*)\|\s*(\d+)\|\s*(\d+)\|\s*(\d+)\|\s*([\d.]+)\|\s*(PASSED|WEAK|FAILED)\s*$/.exec(line);
    if (!match) return [];
    const [, test, ntuple, tsamples, psamples, p, assessment] = match;
    return [{ test, ntuple: Number(ntuple), tsamples: Number(tsamples), psamples: Number(psamples), p: Number(p), assessment }];
  });
}

export function assess(results) {
  const count = (assessment) => results.filter((result) => result.assessment === assessment).length;
  return { total: results.length, passed: count('PASSED'), weak: count('WEAK'), failed: count('FAILED') };
}

/** P(at least k of n), each with probability 1 %: dieharder says WEAK below p = 0.005 and above 0.995. */
export function chanceOfWeak(n, k) {
  let term = 0.99 ** n;
  let below = 0;
  for (let i = 0; i < k; i++) {
    below += term;
    term *= ((n - i) / (i + 1)) * (0.01 / 0.99);
  }
  return Math.max(0, 1 - below);
}

/** Every planned test has printed a result. */
const complete = ({ results, chosen }) =>
  results.length >= chosen.length && chosen.every(({ name }) => results.some(({ test }) => test.startsWith(name)));

/**
 * The report as text, and whether the run is good: no FAILED, no more WEAK than chance allows (1e-4), nothing missing, and the controls
 * rejected.
 */
export function table({ dieharder, seed, seconds, streams }) {
  const rows = streams.map((stream) => ({ ...stream, ...assess(stream.results), complete: complete(stream) }));
  const own = rows.filter(({ name }) => !(name in controls));
  const bad = rows.filter(({ name }) => name in controls);
  const sum = (key) => own.reduce((all, row) => all + row[key], 0);
  const chance = chanceOfWeak(sum('total'), sum('weak'));
  const problems = [
    ...own.filter(({ failed }) => failed > 0).map(({ name }) => `${name} FAILED`),
    ...rows.filter((row) => !row.complete).map(({ name }) => `${name} lacks results`),
    ...(chance < 1e-4 ? [`so many WEAK results come by chance with probability ${chance.toExponential(1)}`] : []),
    ...bad.filter(({ failed, total }) => failed < total).map(({ name }) => `${name} was not rejected by each of its tests`),
  ];
  const column = (text, width) => String(text).padStart(width);
  const lines = [
    `dieharder ${dieharder}, seed ${seed}, ${(seconds / 60).toFixed(1)} minutes`,
    '',
    `stream            results  PASSED  WEAK  FAILED   words      s`,
    ...rows.map((row) =>
      [
        row.name.padEnd(16),
        column(row.total, 7),
        column(row.passed, 6),
        column(row.weak, 4),
        column(row.failed, 6),
        column(row.words ? `${(row.words / 1e9).toFixed(2)}e9` : '', 7),
        column(row.seconds.toFixed(0), 5),
      ].join('  '),
    ),
    '',
    `WEAK is p < 0.005 or > 0.995: nominally one result in a hundred of a perfect generator, ${(sum('total') / 100).toFixed(1)} of ${sum('total')} here. Got ${sum('weak')};`,
    `at least so many come by chance with probability ${chance.toFixed(2)} (were they independent, which the values of sts_serial are not).`,
    'FAILED is p < 1e-6 or > 1 - 1e-6.',
    '',
    ...own.flatMap(({ name, results }) =>
      results
        .filter(({ assessment }) => assessment !== 'PASSED')
        .map(({ test, ntuple, p, assessment }) => `${assessment}: ${name}, ${test} ntuple ${ntuple}, p = ${p}`),
    ),
    '',
    ...own.map(({ name, about }) => `${name}: ${about}`),
    ...bad.map(({ name, about, failed, total }) => `${name}: ${about}: FAILED ${failed} of ${total}`),
    '',
    'Tests, and what they look at here:',
    ...tests.map(({ name, args, why }) => `  ${name}${args.length > 2 ? ` ${args.slice(2).join(' ')}` : ''}: ${why}`),
    `Left out: ${omitted}.`,
    '',
    problems.length === 0 ? 'Good: no test FAILED, and the controls were rejected.' : `NOT GOOD: ${problems.join('; ')}.`,
  ];
  return { text: lines.join('\n'), ok: problems.length === 0 };
}
