import type { ControllerRule } from './rules.js';

/** p_a = (1 − mix)·softmax(scores)_a + mix/A. */
function mixedSoftmax(scores: readonly number[], mix: number): { softmax: number[]; probabilities: number[] } {
  const largest = Math.max(...scores);
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const total = exponentials.reduce((a, b) => a + b, 0);
  const softmax = exponentials.map((value) => value / total);
  return { softmax, probabilities: softmax.map((s) => (1 - mix) * s + mix / scores.length) };
}

/** One EXP3 update of the weights' logarithms: w_a ← w_a·exp(γ/A · reward/p_a) for the chosen a (Auer et al. 2002, Figure 1). @param rate γ/A */
export const exp3Update = (logWeights: readonly number[], probabilities: readonly number[], action: number, reward: number, rate: number) =>
  logWeights.map((value, a) => value + (a === action ? (rate * reward) / probabilities[a]! : 0));

/**
 * One REINFORCE update of a linear softmax policy: θ ← θ + η·(reward − baseline)·∇_θ ln p_action (Williams 1992), with p the mixed probability.
 * @param theta [A][F]
 */
export function reinforceUpdate(
  theta: readonly (readonly number[])[],
  features: readonly number[],
  action: number,
  advantage: number,
  { rate, mix }: Pick<ControllerRule, 'rate' | 'mix'>,
): number[][] {
  const scores = theta.map((row) => row.reduce((sum, weight, f) => sum + weight * features[f]!, 0));
  const { softmax, probabilities } = mixedSoftmax(scores, mix);
  const share = ((1 - mix) * softmax[action]!) / probabilities[action]!;
  return theta.map((row, a) =>
    row.map((weight, f) => weight + rate * advantage * share * ((a === action ? 1 : 0) - softmax[a]!) * features[f]!),
  );
}

/** The controller of one model in f64: what `shaders/experiments/controller.wgsl` is tested against. The caller draws the actions. */
export class ControllerTwin {
  private readonly rule: ControllerRule;
  private range: readonly [number, number] | undefined;
  private baseline = 0;
  private features: readonly number[] = [];
  private probabilities: readonly number[] = [];
  private logWeights: readonly number[];
  private theta: readonly (readonly number[])[];

  constructor(actions: number, features: number, rule: ControllerRule) {
    this.rule = rule;
    this.logWeights = new Array(actions).fill(0);
    this.theta = Array.from({ length: actions }, () => new Array(features).fill(0));
  }

  /** Probabilities of the actions, given what the model's state looks like now. */
  decide(features: readonly number[]): readonly number[] {
    const { arm, mix } = this.rule;
    const linear = this.theta.map((row) => row.reduce((sum, weight, f) => sum + weight * features[f]!, 0));
    this.features = features;
    this.probabilities = mixedSoftmax(arm === 'policy' ? linear : this.logWeights, mix).probabilities;
    return this.probabilities;
  }

  /** Learns from the reward of the action that was taken since; returns the reward within its running range. */
  learn(action: number, reward: number): number {
    const { arm, rate, baselineRate, forget } = this.rule;
    const first = this.range === undefined;
    const [low, high] = this.range ?? [reward, reward];
    const give = forget * (high - low);
    const range = [Math.min(low + give, reward), Math.max(high - give, reward)] as const;
    this.range = range;
    const scaled = range[1] > range[0] ? (reward - range[0]) / (range[1] - range[0]) : 0.5;
    const baseline = first ? scaled : this.baseline;
    if (arm === 'exp3') this.logWeights = exp3Update(this.logWeights, this.probabilities, action, scaled, rate);
    if (arm === 'policy') this.theta = reinforceUpdate(this.theta, this.features, action, scaled - baseline, this.rule);
    this.baseline = baseline + baselineRate * (scaled - baseline);
    return scaled;
  }
}
