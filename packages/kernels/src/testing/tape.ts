import { coreTraits, type DType, type Shape } from '@kindling/core';
import type { Device } from '@kindling/device';
import type { Ref } from '../gradient.js';
import type { Attrs } from '../op.js';
import { gradients, type OpName, ops } from '../registry.js';
import { withStorage } from '../storage.js';
import { checkGradientPlan } from './check-plan.js';
import { type OpResult, runOp, type Tensor, type Tensors, variantsFor } from './run-op.js';

interface Step {
  readonly op: OpName;
  readonly inputs: Readonly<Record<string, Ref>>;
  readonly attrs: Attrs;
  readonly outputs: Readonly<Record<string, Ref>>;
}

/** What a step of the tape ran with: enough to run it again alone. */
export interface Played {
  readonly op: OpName;
  readonly inputs: Tensors;
  readonly attrs: Attrs;
  readonly variant: string;
  readonly results: Readonly<Record<string, OpResult>>;
}

/** No shape depends on the adapter yet; one that lacks f16 is asked before a tape with f16 is played. */
const traits = { ...coreTraits, features: ['shader-f16' as const] };

export interface Value {
  readonly shape: Shape;
  readonly data: Float32Array | Uint32Array;
  readonly sum: Float64Array;
}

/** A list of ops to run one after another: just enough of an executor to play an op with its gradient rule. */
export class Tape {
  readonly #steps: Step[] = [];
  readonly #inputs = new Map<Ref, Value>();

  input({ shape, data }: Tensor, dtype: DType = data instanceof Uint32Array ? 'u32' : 'f32'): Ref {
    const ref = { shape, dtype };
    this.#inputs.set(ref, { shape, data, sum: Float64Array.from(data) });
    return ref;
  }

  emit(op: string, inputs: Readonly<Record<string, Ref>>, given: Attrs = {}): Record<string, Ref> {
    const attrs = withStorage(ops[op as OpName], inputs, given);
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
    const specs = ops[op as OpName].infer(shapes, attrs, traits);
    const outputs = Object.fromEntries(Object.entries(specs).map(([name, { shape, dtype = 'f32' }]) => [name, { shape, dtype }]));
    this.#steps.push({ op: op as OpName, inputs, attrs, outputs });
    return outputs;
  }

  /** Appends the gradient rule of an op that is on the tape; ∂L/∂input by name, those without a gradient left out. */
  gradient(op: OpName, outputs: Readonly<Record<string, Ref>>, grads: Readonly<Record<string, Ref>>): Record<string, Ref> {
    const rule = gradients[op];
    if (rule === 'none') return {};
    const { inputs, attrs } = this.#steps.find((step) => step.outputs === outputs)!;
    const found = rule({ inputs, outputs, grads, attrs, needs: () => true, emit: (...args) => this.emit(...args) });
    const known = Object.fromEntries(
      Object.entries(found).filter((entry): entry is [string, Ref] => entry[1] !== null && entry[0] in inputs),
    );
    checkGradientPlan(op, inputs, attrs, traits, known);
    return known;
  }

  /** Runs all ops, each in the wanted variant where that fits and else in its first one. */
  async play(device: Device, wanted: string): Promise<{ value(ref: Ref): Value; played: Played[]; variants: Set<string> }> {
    const values = new Map<Ref, Value>(this.#inputs);
    const played: Played[] = [];
    const variants = new Set<string>();
    for (const { op, inputs: refs, attrs, outputs } of this.#steps) {
      const inputs = Object.fromEntries(Object.entries(refs).map(([name, ref]) => [name, values.get(ref)!]));
      const fitting = variantsFor(device, op, { inputs, attrs });
      for (const name of fitting) variants.add(name);
      const variant = fitting.includes(wanted) ? wanted : fitting[0]!;
      const results = await runOp(device, op, { inputs, attrs, variant });
      for (const [name, ref] of Object.entries(outputs)) values.set(ref, results[name]!);
      played.push({ op, inputs, attrs, variant, results });
    }
    return { value: (ref) => values.get(ref)!, played, variants };
  }
}
