import type { Command } from 'commander';
import type { CommandContext } from '../sweep/command-line.js';

/** `kindling scaling …`. */
export function addScaling(
  program: Command,
  { finish, number, examples, jsonHelp }: Pick<CommandContext, 'finish' | 'number' | 'examples' | 'jsonHelp'>,
): void {
  const scaling = program.command('scaling').description('scaling laws: which law data follow, and what it foretells; needs no device');

  scaling
    .command('fit <file>')
    .description(
      'fit laws to a CSV file or a run record, judge them on the largest x, which they were not fitted to; power law or exponential?',
    )
    .option('--x <column>', 'the amount: examples, steps, parameters (default: a CSV’s first column; n, kept, steps or alpha of a record)')
    .option(
      '--y <column>',
      'what falls with it, above 0; 1-NAME is 1 less a column (default: a CSV’s second column; 1-accuracy or error of a record)',
    )
    .option('--d <column>', 'second input, for chinchilla: y = E + A/x^a + B/d^b')
    .option(
      '--where <column=value>',
      'only such rows, e.g. arm=published; may be given again',
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option('--forms <list>', 'of M1, M2, M3, M4, exponential; with --d chinchilla (default: all of them)')
    .option(
      '--holdout <n|share>',
      'largest x to judge by: how many, or which share of the distinct x; 0: none (default: 0.25)',
      number('--holdout'),
    )
    .option('--bootstrap <n>', 'resamples for 95 % intervals; 0: none (default: 1000)', number('--bootstrap'))
    .option('--seed <n>', 'seed of the resamples (default: 1)', number('--seed'))
    .option('--figure <file>', 'draw data, fits and what they foretell, log-log, to an .svg or .png file')
    .option('--json', jsonHelp)
    .addHelpText(
      'after',
      `
Forms, fitted by least squares of ln y:
  M1  y = β·x^c                            (beta, c)
  M2  y = ε∞ + β·x^c                       (epsilonInf ≥ 0, beta, c)
  M3  y = β·(1/x + γ)^c                    (beta, gamma ≥ 0, c)
  M4  (y − ε∞)/(ε0 − y)^α = β·x^c          (epsilonInf, epsilon0, alpha, beta, c); ŷ is the y that solves it
  exponential  y = ε∞ + a·e^(−b·x)         (epsilonInf ≥ 0, a, b)
  chinchilla   y = E + A/x^a + B/d^b       (E, A, a, B, b)
Losses are sqrt(mean((ln ŷ − ln y)²)), fitLoss over the rows fitted, extrapolationLoss over those held out. Parameters are those of the rows
fitted. Intervals resample rows, or the rows of each x where every x has several.

--json gives {file, x, y, d, rows, distinct, holdout: {rows, count, x}, bootstrap: {samples, over, level, seed}, forms: [{form, formula,
parameters, intervals, fitLoss, extrapolationLoss, extrapolationInterval, identifiable, notes}], best, comparison: {question, verdict,
powerLaw, words, differences: [{form, difference, low, high}]}, figure}; verdict is power-law, exponential or undecided.
${examples(
  'scaling fit errors.csv --x n --y error',
  'scaling fit runs/worth --where arm=published --x n --y 1-accuracy --figure fit.png',
  'scaling fit losses.csv --x parameters --d tokens --y loss --json',
)}`,
    )
    .action(async (file, options) => finish(await (await import('./fit.js')).fit(file, options)));
}
