import { ParameterSet } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import {
  forgettingProgram,
  forgettingScore,
  type GreedyMetric,
  type LogitMetric,
  logitScoreProgram,
  METRICS,
  type PruneMetric,
  randomScores,
  requireScores,
  votesProgram,
} from '@kindling/pruning';
import { clusterScores, embeddingOutputs, greedyScores, prototypeScores } from './embeddings.js';
import { gradientNorms } from './grand.js';
import { type SubsetScores, subsetScores } from './memorization.js';
import { HalfOutputs, outputModels } from './outputs.js';
import { modelsAtOnce, type PruneContext, residentTrain, type SubsetPlan, trainSubsets } from './training.js';

/** Where scores come from, apart from the data. */
export interface ScorePlan extends SubsetPlan {
  readonly metric: PruneMetric;
  /** One model each; the first seeds what is drawn once. */
  readonly seeds: readonly number[];
  /** Steps between two looks of `forgetting`. */
  readonly every: number;
  /** k of `self-prototypes`. */
  readonly clusters: number;
  /** Examples that `k-centre` and `herding` take one by one. */
  readonly limit: number;
  /** Of `memorization` and `influence`: share of the examples that a model trains on. */
  readonly share: number;
}

export interface Scores {
  /** [N] in data-set order; a high score means keep. */
  readonly scores: Float32Array<ArrayBuffer>;
  /** Models that were scored with. */
  readonly models: number;
  /** What came of it, for the record. */
  readonly facts: Readonly<Record<string, number | boolean>>;
}

/** What looks at one model's embedding: clusters and orders of two models have nothing to do with one another. */
const ONE_EMBEDDING: ReadonlySet<PruneMetric> = new Set(['self-prototypes', 'k-centre', 'herding']);

/** What models on subsets tell. */
const OF_SUBSETS: Readonly<Partial<Record<PruneMetric, keyof SubsetScores>>> = {
  memorization: 'memorization',
  influence: 'influence',
  'influence-sum': 'influenceSum',
};

/** Scores by groups of models, and the models of a group. */
type Sink = (parameters: ParameterSet) => Promise<void>;

class Scoring {
  private readonly context: PruneContext;
  private readonly plan: ScorePlan;
  private readonly labels: Uint32Array<ArrayBuffer>;
  private readonly sums: Float64Array;
  private facts: Record<string, number | boolean> = {};
  private models = 0;

  constructor(context: PruneContext, plan: ScorePlan, labels: Uint8Array) {
    this.context = context;
    this.plan = plan;
    this.labels = Uint32Array.from(labels);
    this.sums = new Float64Array(labels.length);
  }

  private get count(): number {
    return this.labels.length;
  }

  private get classes(): number {
    return this.context.data.facts.classes;
  }

  async run(trained: ParameterSet | undefined): Promise<Scores> {
    const { metric, seeds } = this.plan;
    if (metric === 'random') return { scores: randomScores(this.count, seeds[0]!), models: 0, facts: {} };
    if (metric === 'forgetting') await this.forgetting();
    else if (metric === 'ensemble' || metric === 'disagreement') await this.votes(trained, metric);
    else await this.each(trained, this.sink(metric));
    return { scores: Float32Array.from(this.sums, (sum) => sum / this.divisor(metric)), models: this.models, facts: this.facts };
  }

  private divisor(metric: PruneMetric): number {
    return metric === 'ensemble' || metric === 'disagreement' || metric === 'forgetting' ? 1 : this.models;
  }

  /** Trains the ensemble in groups that the adapter can hold, or takes the checkpoint. */
  private async each(trained: ParameterSet | undefined, sink: Sink): Promise<void> {
    if (trained) {
      this.models = trained.models;
      await sink(trained);
      return;
    }
    const { seeds } = this.plan;
    const used = ONE_EMBEDDING.has(this.plan.metric) ? seeds.slice(0, 1) : seeds;
    const most = outputModels(this.context, this.classes, modelsAtOnce(this.context, this.plan.batch, used.length));
    for (let first = 0; first < used.length; first += most) {
      const group = used.slice(first, first + most);
      const parameters = await this.train(group, first, used.length);
      await sink(parameters);
      this.models += group.length;
      parameters.destroy();
    }
  }

  private train(seeds: readonly number[], before: number, all: number, looks?: Parameters<typeof trainSubsets>[4]): Promise<ParameterSet> {
    const everything = Uint32Array.from({ length: this.count }, (_, index) => index);
    const { onStep } = this.context;
    const share = onStep && ((done: number, total: number) => onStep(before * total + done * seeds.length, all * total));
    return trainSubsets(
      { ...this.context, onStep: share },
      this.plan,
      [everything],
      seeds.map((seed) => ({ seed, list: 0 })),
      looks,
    );
  }

  private sink(metric: PruneMetric): Sink {
    if (metric === 'grand') return (parameters) => this.gradients(parameters);
    if (metric === 'prototypes' || ONE_EMBEDDING.has(metric)) return (parameters) => this.embedded(parameters);
    return (parameters) => this.logits(parameters, metric as LogitMetric);
  }

  private async logits(parameters: ParameterSet, metric: LogitMetric): Promise<void> {
    const { device, model } = this.context;
    const { models } = parameters;
    const outputs = await HalfOutputs.create(this.context, parameters, model.forward);
    await outputs.run();
    const labels = device.upload('labels', this.labels);
    const scores = device.buffer('scores', 4 * models * this.count);
    const sizes = { n: this.count, classes: this.classes, models, logitsStride: this.count * this.classes, labelsStride: 0 };
    device.run(logitScoreProgram({ metric, ...sizes }), { logits: outputs.rows, labels, scores });
    (await device.readF32(scores)).forEach((score, at) => {
      this.sums[at % this.count]! += score;
    });
    outputs.destroy();
    labels.destroy();
    scores.destroy();
  }

  private async gradients(parameters: ParameterSet): Promise<void> {
    for (let index = 0; index < parameters.models; index++) {
      (await gradientNorms(this.context, parameters, index)).forEach((norm, at) => {
        this.sums[at]! += norm;
      });
    }
  }

  /** The embeddings of all models would not fit one binding: each model by itself. */
  private async embedded(parameters: ParameterSet): Promise<void> {
    const { device, model } = this.context;
    const { metric, clusters, limit, seeds } = this.plan;
    const own = new ParameterSet(device, model.parameters(this.classes));
    const outputs = await embeddingOutputs(this.context, own);
    this.facts = { embedding: outputs.width };
    for (let index = 0; index < parameters.models; index++) {
      const bytes = 4 * own.stride;
      device.submit((encoder) => encoder.copyBufferToBuffer(parameters.arena, index * bytes, own.arena, 0, bytes));
      await outputs.run();
      let scores: Float64Array;
      if (metric === 'prototypes') scores = await prototypeScores(device, outputs, this.labels, this.classes);
      else if (metric === 'self-prototypes') {
        const { passes, settled, ...found } = await clusterScores(device, outputs, clusters, seeds[0]!);
        scores = found.scores;
        this.facts = { ...this.facts, clusters, passes, settled };
      } else {
        scores = await greedyScores(device, outputs, metric as GreedyMetric, limit);
        this.facts = { ...this.facts, limit };
      }
      scores.forEach((score, at) => {
        this.sums[at]! += score;
      });
    }
    outputs.destroy();
    own.destroy();
  }

  private async votes(trained: ParameterSet | undefined, metric: 'ensemble' | 'disagreement'): Promise<void> {
    const { device, model } = this.context;
    const votes = device.buffer('votes', 4 * this.count * this.classes);
    await this.each(trained, async (parameters) => {
      const outputs = await HalfOutputs.create(this.context, parameters, model.forward);
      await outputs.run();
      device.run(votesProgram({ n: this.count, classes: this.classes, models: parameters.models }), { logits: outputs.rows, votes });
      await device.wait();
      outputs.destroy();
    });
    const counted = await device.readU32(votes);
    votes.destroy();
    for (let n = 0; n < this.count; n++) {
      const own = counted.subarray(n * this.classes, (n + 1) * this.classes);
      this.sums[n] = metric === 'ensemble' ? this.models - own[this.labels[n]!]! : 1 - Math.max(...own) / this.models;
    }
  }

  private async forgetting(): Promise<void> {
    const { device, model } = this.context;
    const { seeds, every, steps } = this.plan;
    const counts = new Float64Array(this.count);
    const learned = new Uint32Array(this.count);
    const labels = device.upload('labels', this.labels);
    let looked = 0;
    const most = outputModels(this.context, this.classes, modelsAtOnce(this.context, this.plan.batch, seeds.length));
    for (let first = 0; first < seeds.length; first += most) {
      const group = seeds.slice(first, first + most);
      const events = device.buffer('events', 4 * group.length * this.count);
      const sizes = { n: this.count, classes: this.classes, models: group.length };
      let outputs: HalfOutputs | undefined;
      looked = 0;
      const look = async (parameters: ParameterSet): Promise<void> => {
        outputs ??= await HalfOutputs.create(this.context, parameters, model.forward);
        await outputs.run();
        device.run(forgettingProgram(sizes), { logits: outputs.rows, labels, events });
        await device.wait();
        looked++;
      };
      const parameters = await this.train(group, first, seeds.length, { every, look });
      (await device.readU32(events)).forEach((event, at) => {
        const score = forgettingScore(event);
        if (score === Number.POSITIVE_INFINITY) return;
        counts[at % this.count]! += score;
        learned[at % this.count]!++;
      });
      this.models += group.length;
      outputs?.destroy();
      for (const owner of [parameters, events]) owner.destroy();
    }
    labels.destroy();
    for (let n = 0; n < this.count; n++) this.sums[n] = learned[n] ? counts[n]! / learned[n]! : Number.POSITIVE_INFINITY;
    const never = learned.reduce((sum, times) => sum + (times ? 0 : 1), 0);
    this.facts = { looks: looked, every, steps, neverLearned: never };
  }
}

/**
 * Scores every example of the resident training half, in data-set order; a high score means keep.
 * @param labels of the training half and the test half
 * @param trained scores these models instead of training an ensemble; they stay the caller's
 * @throws InputError for a metric that a checkpoint cannot give, or scores that are no numbers; what `trainSubsets` throws
 */
export async function scoreExamples(
  context: PruneContext,
  plan: ScorePlan,
  labels: { readonly train: Uint8Array; readonly test: Uint8Array },
  trained?: ParameterSet,
): Promise<Scores> {
  const train = residentTrain(context);
  if (trained && !METRICS[plan.metric].checkpoint) {
    throw new InputError({
      subject: '--checkpoint',
      got: `it with --metric ${plan.metric}`,
      expected: `a metric of one model: ${Object.keys(METRICS)
        .filter((name) => METRICS[name as PruneMetric].checkpoint)
        .join(', ')}`,
      next: `leave it out: ${plan.metric === 'random' ? 'no model is needed' : 'the metric trains models of its own'}`,
    });
  }
  const subsets = OF_SUBSETS[plan.metric];
  const result: Scores = subsets
    ? {
        scores: Float32Array.from((await subsetScores(context, plan, labels))[subsets]),
        models: plan.seeds.length,
        facts: { share: plan.share },
      }
    : await new Scoring(context, plan, labels.train).run(trained);
  requireScores(result.scores, train.count, `prune ${plan.metric}`);
  return result;
}
