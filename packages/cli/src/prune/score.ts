import type { ParameterSet } from '@kindling/autograd';
import { InputError, InterruptedError } from '@kindling/core';
import { balancedOrder, type NaturalData } from '@kindling/data';
import { METRICS, SIGN } from '@kindling/pruning';
import {
  builtInModels,
  type ModelSpec,
  modelOf,
  PreparedData,
  type ScorePlan,
  type Scores,
  scoreExamples,
  trainingItems,
} from '@kindling/warmup';
import { formatTable, wrap } from '../format.js';
import { dataOfRun } from '../run-data.js';
import { openSession, type Session } from '../session.js';
import { formatDuration } from '../sweep/progress.js';
import { describeData } from '../sweep/run.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { importModule, modelFrom } from '../user-model.js';
import { commit, versions } from '../versions.js';
import { checkpointHeader, checkpointOf, checkpointPath, loadCheckpoint } from './checkpoint.js';
import { npyPath, type ScoreCard, writeScores } from './score-files.js';
import { metricOf, ofSubsets, poolOf, type ScoreAsked, scorePlan } from './score-recipe.js';

export interface ScoreOptions extends ScoreAsked {
  readonly checkpoint?: string;
  readonly model?: string;
  readonly dataSet?: string;
  readonly data?: string;
  readonly adapter?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Seconds between two lines of progress. */
const PLAIN_SECONDS = 15;

/** The model that an ensemble is made of: built in, or from a module. */
export async function ensembleModel(session: Pick<Session, 'data'>, named: string | undefined): Promise<ModelSpec> {
  const { facts } = session.data;
  if (named === undefined || Object.hasOwn(builtInModels, named)) return modelOf({ model: named ?? 'poster-cnn' }, facts);
  return modelFrom(await importModule(named), facts).spec;
}

/** Lines on stderr that say how far it is. */
export function progressLines(what: string): (done: number, total: number) => void {
  const started = performance.now();
  let said = started;
  return (done, total) => {
    if (performance.now() - said < 1000 * PLAIN_SECONDS) return;
    said = performance.now();
    say(`kindling: ${what}: ${done} of ${total} steps, ${formatDuration((said - started) / 1000)} so far`);
  };
}

/** What scores a session's training half. */
export interface ScoreSource {
  readonly model: ModelSpec;
  readonly trained?: ParameterSet | undefined;
  readonly checkpoint?: string | undefined;
}

/** Scores the session's training half, with the card that says how. @param pool examples that subset models study; all by default */
export async function scoreSession(
  session: Session,
  plan: ScorePlan,
  source: ScoreSource,
  signal: AbortSignal,
  pool?: number,
): Promise<{ scores: Float32Array<ArrayBuffer>; card: ScoreCard }> {
  const { device, data, natural, adapter } = session;
  const started = performance.now();
  const context = { device, data, model: source.model, signal, onStep: progressLines(plan.metric) };
  const halves = (set: NaturalData) => ({ train: set.train.labels, test: set.test.labels });
  let result: Scores;
  if (pool === undefined || pool === natural.train.count) result = await scoreExamples(context, plan, halves(natural), source.trained);
  else {
    // The pool is a data set of its own; what is not in it is never kept by its score.
    const items = balancedOrder(natural.train.labels, natural.classes, plan.seeds[0]!).slice(0, pool).sort();
    const part = { ...natural, train: trainingItems(natural, [...items]) };
    const prepared = new PreparedData(device, part);
    const found = await scoreExamples({ ...context, data: prepared }, plan, halves(part), source.trained);
    prepared.destroy();
    const scores = new Float32Array(natural.train.count).fill(Number.NEGATIVE_INFINITY);
    items.forEach((item, at) => {
      scores[item] = found.scores[at]!;
    });
    result = { ...found, scores, facts: { ...found.facts, pool } };
  }
  const { scores, models, facts } = result;
  const { definition, cost, needs, note } = METRICS[plan.metric];
  const { steps, batch, lr } = plan;
  const own = !source.trained && models > 0;
  // Examples that a model goes through in an epoch.
  const seen = (pool ?? natural.train.count) * (ofSubsets(plan.metric) ? plan.share : 1);
  const card: ScoreCard = {
    kind: 'prune-scores',
    metric: plan.metric,
    definition,
    cost,
    needs,
    sign: SIGN,
    note: note ?? null,
    checkpoint: source.checkpoint ?? null,
    model: models > 0 ? source.model.name : null,
    models,
    seeds:
      source.trained && plan.metric !== 'self-prototypes'
        ? []
        : own && models < plan.seeds.length
          ? plan.seeds.slice(0, models)
          : plan.seeds,
    training: own ? { steps, epochs: (steps * batch) / seen, batch, lr } : null,
    facts,
    data: describeData(natural),
    count: natural.train.count,
    seconds: (performance.now() - started) / 1000,
    adapter: models > 0 ? adapter : null,
    versions: versions(),
    commit: commit()?.commit ?? null,
    date: new Date().toISOString(),
  };
  return { scores, card };
}

/** Quantiles of scores, infinities included. */
function quantiles(scores: Float32Array): Record<string, number> {
  const sorted = scores.slice().sort();
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return { least: at(0), quarter: at(0.25), median: at(0.5), threeQuarters: at(0.75), most: at(1) };
}

const number = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(5))) : value > 0 ? '∞' : '−∞');

function describe(card: ScoreCard, scores: Float32Array, out: string): void {
  const { metric, definition, cost, needs, sign, note, models, training, checkpoint, facts } = card;
  print(wrap(definition, `${metric}: `));
  print(wrap(cost, 'cost:  '));
  print(wrap(needs, 'needs: '));
  print(wrap(sign, 'sign:  '));
  if (note) print(wrap(note, 'note:  '));
  if (checkpoint !== null) print(`model: ${card.model} of ${checkpoint}`);
  else if (training) {
    const epochs = Number(training.epochs.toPrecision(3));
    print(`model: ${models} × ${card.model}, each after ${training.steps} steps of ${training.batch} (${epochs} epochs)`);
  }
  for (const [name, value] of Object.entries(facts)) print(`${name}: ${value}`);
  const spread = quantiles(scores);
  print(`\n${formatTable(Object.keys(spread), [Object.values(spread).map(number)], 0)}\n`);
  print(`${out}: float32 [${card.count}], in the order of the training half of ${card.data.name}; what they are stands beside it as JSON.`);
}

/** `kindling prune score`: a score for every training example, as NPY. */
export async function score(options: ScoreOptions): Promise<number> {
  const out = npyPath(options.out);
  const checkpoint = options.checkpoint === undefined ? undefined : checkpointOf(options.checkpoint, options.model);
  // Before data is read and a device opened.
  scorePlan(options, 1_000_000, 10);
  const metric = metricOf(options.metric!);
  poolOf(options, metric, Number.MAX_SAFE_INTEGER);
  if (checkpoint && !METRICS[metric].checkpoint) {
    const able = Object.entries(METRICS).filter(([, facts]) => facts.checkpoint);
    const expected = `a metric of one model: ${able.map(([name]) => name).join(', ')}`;
    throw new InputError({ subject: '--checkpoint', got: `it with --metric ${metric}`, expected, next: 'leave it out' });
  }
  const foreign = (['steps', 'epochs', 'batch', 'lr'] as const).find((option) => checkpoint && options[option] !== undefined);
  if (foreign) {
    const next = 'leave one of the two out';
    throw new InputError({
      subject: `--${foreign}`,
      got: 'it with --checkpoint',
      expected: 'a checkpoint as it is, or models to train',
      next,
    });
  }
  const header = checkpoint ? checkpointHeader(checkpoint) : {};
  const session = await openSession({ adapter: options.adapter, ...dataOfRun(header, options) });
  const { train, classes } = session.natural;
  const plan = scorePlan(options, train.count, classes);
  let source: ScoreSource;
  if (!checkpoint) source = { model: await ensembleModel(session, options.model) };
  else {
    const loaded = await loadCheckpoint(session, checkpoint, options.model);
    source = { model: loaded.model, trained: loaded.parameters, checkpoint: checkpointPath(checkpoint) };
  }
  const signal = interruptSignal();
  try {
    const { scores, card } = await scoreSession(session, plan, source, signal, poolOf(options, plan.metric, train.count));
    writeScores(out, scores, card);
    if (options.json) printJson({ out, ...card, quantiles: quantiles(scores) });
    else describe(card, scores, out);
  } catch (error) {
    if (!signal.aborted || error instanceof InterruptedError) throw error;
    const next = 'run the command again: it begins anew';
    throw new InterruptedError({ subject: 'prune score', got: 'a stop', expected: 'to run to the end', next }, { cause: error });
  }
  session.close();
  return 0;
}
