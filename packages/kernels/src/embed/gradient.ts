import { coreTraits, type DType, InputError, numel, type Pass, type Plan, type Shape, type Traits } from '@kindling/core';
import type { GradientRule, Ref } from '../gradient.js';
import type { Attrs, Op, OutputSpec, TypedOp } from '../op.js';
import { withStorage } from '../storage.js';
import {
  checkOptions,
  checkStrides,
  type InputSpec,
  inputSpecs,
  listTensors,
  type OpOptions,
  passesOf,
  stored,
  tensorBytes,
  tensorInfo,
} from './op.js';

export interface GradientOptions<A extends Attrs = Attrs> extends Omit<OpOptions<A>, 'variant' | 'own'> {
  /** Inputs whose gradients are wanted; all that have one by default. */
  readonly wanted?: readonly string[];
  /** Outputs whose gradient comes in, as `d<output>`; the first by default. */
  readonly incoming?: readonly string[];
  /** The ops that the rule may emit: the op's gradient ops, `relu_grad` where it has ReLU. Those that it does not emit cost nothing. */
  readonly ops: readonly Op[];
}

/** A plan of an op's gradient. */
export interface GradientPlan extends Plan {
  /** Tensor that holds the gradient of an input, by the input's name: `d<input>` as a rule, but the rule may hand through one that is there already. */
  readonly gradients: Readonly<Record<string, string>>;
  /** Shape, dtype and parts of the tensors that the plan writes. */
  readonly outputs: Readonly<Record<string, OutputSpec>>;
}

interface Step {
  readonly op: Op;
  readonly attrs: Attrs;
  readonly inputs: Readonly<Record<string, Node>>;
  readonly outputs: Readonly<Record<string, Node>>;
}

/** A tensor while the rule runs; its name comes last. */
class Node implements Ref {
  name: string;
  /** Without a dtype where nobody told: it is then what the kernel reads. */
  readonly spec: InputSpec & OutputSpec;
  readonly shape: Shape;
  readonly dtype: DType;

  constructor(name: string, spec: InputSpec & OutputSpec) {
    this.name = name;
    this.spec = spec;
    this.shape = spec.shape;
    this.dtype = spec.dtype ?? 'f32';
  }
}

/** What an op of the registry is called as an export: in camel case, as all that a rule emits. */
const exportName = (name: string): string => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** What the rule returns. @throws InputError that names all ops that it emits and nobody gave */
function demand<T>(subject: string, ask: () => T, missing: readonly string[]): T {
  let found: T | undefined;
  try {
    found = ask();
  } catch (error) {
    if (missing.length === 0) throw error;
  }
  if (missing.length === 0) return found as T;
  const names = [...new Set(missing)].join(', ');
  throw new InputError({ subject, got: `ops without ${names}`, expected: 'all that the rule emits', next: `add ${names} to ops` });
}

/**
 * Plans the gradient of an op by its rule. `tensors`: those inputs and outputs of the op that the gradient reads, `d<output>` (read) and `d<input>` (written);
 * what lies between two ops is scratch. A gradient of weights may be left in parts, see `outputs`: the optimizer adds them, or `sum_parts`.
 * @throws InputError that names the op and the tensor; or an op that the rule emits and `ops` lacks
 */
export function planGradient<A extends Attrs = Attrs>(op: TypedOp<A>, rule: GradientRule, options: GradientOptions<A>): GradientPlan {
  const specs = inputSpecs(op, options.inputs);
  const { models = 1, traits = coreTraits, strides = {}, incoming = [op.outputs[0]!], ops = [] } = options;
  const subject = `gradient of ${op.name}`;
  checkOptions(subject, options, []);
  const { attrs, inputs } = stored(op, specs, options.attrs as Attrs);
  const infer = (of: Op, tensors: Readonly<Record<string, Ref>>, own: Attrs) =>
    of.infer(Object.fromEntries(Object.entries(tensors).map(([name, { shape }]) => [name, shape])), own, traits);
  const nodes = (specs: Readonly<Record<string, InputSpec | OutputSpec>>, prefix = ''): Record<string, Node> =>
    Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, new Node(prefix + name, spec)]));

  const sources = nodes(inputs);
  const results = nodes(infer(op, sources, attrs));
  for (const name of incoming) {
    if (!results[name]) {
      throw new InputError({ subject, got: `incoming ${name}`, expected: `outputs: ${op.outputs.join(', ')}`, next: 'name an output' });
    }
  }
  // A gradient is stored as its tensor is.
  const grads = nodes(
    Object.fromEntries(incoming.map((name) => [name, { shape: results[name]!.shape, dtype: results[name]!.dtype }])),
    'd',
  );
  const wanted = options.wanted ?? Object.keys(inputs);
  const steps: Step[] = [];
  const missing: string[] = [];
  const ask = () =>
    rule({
      inputs: sources,
      outputs: results,
      grads,
      attrs,
      needs: (name) => wanted.includes(name) && sources[name] !== undefined,
      emit(name, taken, given = {}) {
        const emitted = ops.find((each) => each.name === name);
        if (!emitted) missing.push(exportName(name));
        // Once one is missing, any tensor will do to hear of the others.
        if (!emitted || missing.length > 0) return new Proxy({}, { get: () => Object.values(grads)[0] });
        const own = withStorage(emitted, taken, given);
        const outputs = nodes(infer(emitted, taken, own), `${steps.length}.${name}.`);
        steps.push({ op: emitted, attrs: own, inputs: taken as Record<string, Node>, outputs });
        return outputs;
      },
    });
  const found = demand(subject, ask, missing);

  const gradients: Record<string, string> = {};
  const made = new Set(steps.flatMap(({ outputs }) => Object.values(outputs)));
  const final = new Set<Node>();
  for (const name of wanted) {
    const node = found[name] as Node | null | undefined;
    if (!node) {
      if (!options.wanted) continue;
      throw new InputError({ subject, got: `wanted ${name}`, expected: 'an input that has a gradient', next: 'leave it out of wanted' });
    }
    if (made.has(node) && !final.has(node)) node.name = `d${name}`;
    if (made.has(node)) final.add(node);
    gradients[name] = node.name;
  }

  // Steps whose results nobody reads are dropped, newest first.
  const needed = new Set<Node>(final);
  const kept = [...steps].reverse().filter(({ inputs: read, outputs: written }) => {
    const use = Object.values(written).some((node) => needed.has(node));
    if (use) for (const node of Object.values(read)) needed.add(node);
    return use;
  });
  kept.reverse();
  const given = [...Object.values(sources), ...Object.values(results), ...Object.values(grads)].map(({ name }) => name);
  return { gradients, ...lowerSteps(subject, kept, final, { models, traits, strides, given }) };
}

interface Lowering {
  readonly models: number;
  readonly traits: Traits;
  readonly strides: Readonly<Record<string, number>>;
  /** Names that may have a stride of 0. */
  readonly given: readonly string[];
}

function lowerSteps(subject: string, steps: readonly Step[], final: ReadonlySet<Node>, { models, traits, strides, given }: Lowering) {
  const written = new Set(steps.flatMap(({ outputs }) => Object.values(outputs)));
  const specs: Record<string, InputSpec & OutputSpec> = {};
  for (const { inputs, outputs } of steps) {
    for (const node of [...Object.values(inputs), ...Object.values(outputs)]) specs[node.name] = node.spec;
  }
  checkStrides(subject, strides, specs, given);
  const strideOf = (name: string): number => strides[name] ?? numel(specs[name]!.shape) * (specs[name]!.parts ?? 1);
  const passes = steps.flatMap(({ op, attrs, inputs, outputs }): Pass[] => {
    const nodes = { ...inputs, ...outputs };
    const tensors = Object.fromEntries(
      Object.entries(nodes).map(([name, node]) => [name, tensorInfo(node.spec, models, strideOf(node.name))]),
    );
    return passesOf(op, { attrs, models, traits, tensors }).map(({ program, resources }) => ({
      program,
      resources: Object.fromEntries(Object.entries(resources).map(([binding, tensor]) => [binding, nodes[tensor]!.name])),
    }));
  });
  const own = [...written].filter((node) => !final.has(node)).map(({ name }) => name);
  const outputs = Object.fromEntries([...final].map(({ name, spec }) => [name, spec]));
  return { passes, outputs, ...listTensors(passes, specs, (name) => tensorBytes(specs[name]!, models, strideOf(name)), own) };
}
