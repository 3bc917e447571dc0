import {
  type AdamOptions,
  constant,
  conv2d,
  crossEntropy,
  flatten,
  linear,
  type Model,
  maxPool2d,
  oneCycle,
  ParameterSet,
  type ParameterSpec,
  relu,
  type Schedule,
  type Tensor,
  TrainingStep,
} from '@kindling/autograd';
import { InputError } from '@kindling/core';
import type { Device } from '@kindling/device';
import type { CaseAttrs } from './attrs.js';
import type { Values } from './cases.js';

/** One word of a model text: `conv1(1,8,3,pad1)`, `relu`, `maxpool2`, `flatten`, `fc(784,64)`. */
type Layer =
  | { readonly kind: 'conv'; readonly name: string; readonly padding: number }
  | { readonly kind: 'fc'; readonly name: string }
  | { readonly kind: 'relu' }
  | { readonly kind: 'flatten' }
  | { readonly kind: 'maxpool'; readonly size: number };

/** Reads a model text; convolutions are c1, c2 … and linear layers f1, f2 … in order, as the trace's tensors name them. */
export function parseModel(text: string): Layer[] {
  let convs = 0;
  let linears = 0;
  return text.split('-').map((word): Layer => {
    const conv = /^conv\d*\(\d+,\d+,\d+(?:,pad(\d+))?\)$/.exec(word);
    if (conv) return { kind: 'conv', name: `c${++convs}`, padding: Number(conv[1] ?? 0) };
    if (/^fc\d*\(\d+,\d+\)$/.test(word)) return { kind: 'fc', name: `f${++linears}` };
    const pool = /^maxpool(\d+)$/.exec(word);
    if (pool) return { kind: 'maxpool', size: Number(pool[1]) };
    if (word === 'relu') return { kind: 'relu' };
    if (word === 'flatten') return { kind: 'flatten' };
    throw new InputError({
      subject: 'train_trace attribute model',
      got: word,
      expected: 'convI(in,out,kernel,padP), fc(in,out), maxpoolK, relu or flatten, joined by -',
      next: 'correct the case, or add the layer to @kindling/verify',
    });
  });
}

const forward =
  (layers: readonly Layer[]): Model =>
  (p, { x }) =>
    layers.reduce((input: Tensor, layer): Tensor => {
      if (layer.kind === 'relu') return relu(input);
      if (layer.kind === 'flatten') return flatten(input);
      if (layer.kind === 'maxpool') return maxPool2d(input, layer.size);
      const [weight, bias] = [p[`${layer.name}_weight`], p[`${layer.name}_bias`]];
      if (!weight) {
        const name = `init_${layer.name}_weight`;
        throw new InputError({ subject: 'train_trace', got: `no input ${name}`, expected: `an input ${name}`, next: 'add it to the case' });
      }
      return layer.kind === 'conv' ? conv2d(input, weight, bias, { padding: layer.padding }) : linear(input, weight, bias);
    }, x!);

/** A norm that no gradient reaches: the step measures the norm only where it clips. */
const NO_CLIP = 1e30;

function optimizerOf(attrs: CaseAttrs, traceSteps: number, listsNorm: boolean): AdamOptions {
  attrs.choice('optimizer', ['adam'], 'adam');
  attrs.neutral('weight_decay', 0);
  attrs.neutral('amsgrad', false);
  const lr = attrs.number('lr', 3e-4);
  const [beta1 = 0.9, beta2 = 0.999] = attrs.numbers('betas', [0.9, 0.999]);
  const eps = attrs.number('eps', 1e-8);
  const clip = attrs.has('clip_grad_norm') ? attrs.number('clip_grad_norm') : listsNorm ? NO_CLIP : undefined;
  const steps = attrs.number('total_steps', traceSteps);
  const cycled = attrs.choice('schedule', ['one_cycle', 'constant', 'none'], 'constant') === 'one_cycle';
  const schedule = cycled ? cycle(attrs, steps) : constant(lr, beta1);
  return { schedule, steps: Math.max(steps, traceSteps), beta2, eps, clip };
}

function cycle(attrs: CaseAttrs, totalSteps: number): Schedule {
  attrs.choice('anneal', ['cos'], 'cos');
  const momentum = attrs.object('cycle_momentum');
  const schedule = oneCycle({
    maxLr: attrs.number('max_lr'),
    totalSteps,
    pctStart: attrs.number('pct_start', 0.3),
    divFactor: attrs.number('div_factor', 25),
    finalDivFactor: attrs.number('final_div_factor', 1e4),
    baseMomentum: momentum.number('base', 0.85),
    maxMomentum: momentum.number('max', 0.95),
  });
  momentum.done();
  return schedule;
}

/** Trains as the case says and returns what it lists: loss, grad_norm, lr a step, and the final parameters. */
export async function runTrace(device: Device, attrs: CaseAttrs, values: Values): Promise<Record<string, ArrayLike<number>>> {
  const layers = parseModel(attrs.text('model'));
  for (const name of ['x', 'labels']) {
    if (!values[name]) {
      throw new InputError({ subject: 'train_trace', got: `no input ${name}`, expected: `an input ${name}`, next: 'add it to the case' });
    }
  }
  const [steps, batch, ...image] = values.x!.shape as [number, number, ...number[]];
  const optimizer = optimizerOf(attrs, steps, 'grad_norm' in values);
  if (attrs.number('steps', steps) !== steps || attrs.number('batch', batch) !== batch) {
    throw new InputError({
      subject: 'train_trace',
      got: `x of shape [${values.x!.shape.join(', ')}]`,
      expected: 'the attributes’ steps and batch as its first two axes',
      next: 'make the tensors and the attributes agree',
    });
  }
  attrs.done();
  const names = Object.keys(values).filter((name) => name.startsWith('init_'));
  const specs = Object.fromEntries(names.map((name): [string, ParameterSpec] => [name.slice(5), { shape: values[name]!.shape, bound: 0 }]));
  const parameters = new ParameterSet(device, specs);
  for (const name of names) parameters.set(name.slice(5), values[name]!.data as Float32Array);
  const model = forward(layers);
  const { step } = await TrainingStep.compile(device, {
    parameters,
    inputs: { x: { shape: [batch, ...image] }, labels: { shape: [batch], dtype: 'u32' } },
    loss: (p, x) => crossEntropy(model(p, x), x.labels!),
    optimizer,
    history: steps,
  });
  const pixels = image.reduce((a, b) => a * b, batch);
  for (let t = 0; t < steps; t++) {
    device.write(step.inputs.x!, (values.x!.data as Float32Array).subarray(t * pixels, (t + 1) * pixels));
    device.write(step.inputs.labels!, Uint32Array.from(values.labels!.data.subarray(t * batch, (t + 1) * batch)));
    step.run(1);
  }
  const records = await step.read(0, steps);
  const final = await parameters.read();
  step.destroy();
  parameters.destroy();
  return {
    loss: records.map(({ loss }) => loss),
    grad_norm: records.map(({ gradNorm }) => gradNorm ?? Number.NaN),
    lr: records.map(({ lr }) => lr),
    ...Object.fromEntries(Object.entries(final).map(([name, data]) => [`final_${name}`, data])),
  };
}
