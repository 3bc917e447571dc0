/** Repeatable noise in [−1, 1) for made-up records. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** What a made-up record holds. */
export interface SyntheticOptions {
  /** Share of warm-up steps of each trial; one trial `run` without a name where there is a single value and `named` is false. */
  readonly p: readonly number[];
  readonly steps: number;
  /** Steps between logged losses, and between evaluations. */
  readonly every: number;
  readonly evalEvery: number;
  readonly named?: boolean;
  /** A step whose loss is null, in the first trial. */
  readonly broken?: number;
}

/** The text of a made-up run record, for tests and demonstrations: plausible curves, the same on every call. */
export function syntheticRecord({ p, steps, every, evalEvery, named = true, broken }: SyntheticOptions): string {
  const recipe = { name: 'Experiment 2: count, then MNIST', steps, batch: 64, seed: 0 };
  const head = { adapter: 'llvmpipe (LLVM 19.1.7, 256 bits)', commit: '3f2a91c7d0', date: '2026-11-21T20:00:00Z' };
  const lines: object[] = [{ type: 'header', recipe, versions: { kindling: '0.1.0' }, ...head }];
  p.forEach((share, index) => {
    const trial = named ? { trial: `p${share}` } : {};
    const random = noise(index + 1);
    const online = Math.trunc(share * steps);
    let accuracy = 0.1;
    for (let step = 0; step < steps; step++) {
      const phase = step < online ? 'warmup' : 'natural';
      const age = step < online ? step : step - online;
      const clean = step < online ? 15000 * Math.exp(-age / 40) + 140 : 2.3 * Math.exp(-age / (60 + 40 * share)) + 0.22;
      const loss = index === 0 && step === broken ? null : clean * (1 + 0.25 * random());
      if (step % every === 0) lines.push({ type: 'train', ...trial, phase, step, loss, lr: 3e-4, seconds: step * 0.01 });
      if (phase === 'natural') accuracy = 0.1 + (0.87 - 0.12 * share) * (1 - Math.exp(-age / (50 + 30 * share)));
      if (step % evalEvery === evalEvery - 1 && phase === 'natural')
        lines.push({ type: 'eval', ...trial, phase, step, accuracy, testLoss: 0.3 });
    }
    const time = { compile: 0.8, generate: 2.5 * share, load: 1.1 * (1 - share), train: 6 + index * 0.3, evaluate: 2 * (1 - share) };
    const total = Object.values(time).reduce((sum, value) => sum + value, 0.4);
    lines.push({ type: 'summary', ...trial, arm: 'published', p: share, accuracy, testLoss: 0.3, time: { ...time, total } });
  });
  return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
}
