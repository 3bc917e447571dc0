import type { Traits } from '@kindling/core';
import { planGradient } from '../embed/gradient.js';
import { type InputSpec, planOp } from '../embed/op.js';
import type { Attrs, Launch, Op, OutputSpec, TensorInfo } from '../op.js';
import { gradients, type OpName, ops } from '../registry.js';

/** What a test knows of a problem that it runs without a plan. */
export interface Lowered {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly specs: Readonly<Record<string, OutputSpec>>;
  readonly tensors: Readonly<Record<string, TensorInfo>>;
  readonly attrs: Attrs;
  readonly models: number;
  readonly traits: Traits;
  readonly variant: string | undefined;
  readonly launches: readonly Launch[];
  /** Bytes of each tensor's buffer. */
  readonly bytes: Readonly<Record<string, number>>;
}

/** So that every op's test is one of `planOp` too. @throws where its plan binds other buffers, other sizes or other programs than the op's own launches */
export function checkPlan(name: OpName, { inputs, specs, tensors, attrs, models, traits, variant, launches, bytes }: Lowered): void {
  const strides = Object.fromEntries(
    Object.keys(inputs).flatMap((key) => (models > 1 && tensors[key]!.modelStride === 0 ? [[key, 0]] : [])),
  );
  const op: Op = ops[name];
  const plan = planOp(op, { inputs, attrs, models, traits, strides, ...(variant === undefined ? {} : { variant }) });
  const fail = (what: string): never => {
    throw new Error(`planOp of ${name} ${JSON.stringify({ inputs, attrs, models, variant })}: ${what}`);
  };
  for (const tensor of plan.tensors) {
    if (tensor.bytes !== bytes[tensor.name]) fail(`${tensor.name} of ${tensor.bytes} bytes, not ${bytes[tensor.name]}`);
    const dtype = tensors[tensor.name]!.dtype;
    if (tensor.dtype !== dtype) fail(`${tensor.name} of ${tensor.dtype}, not ${dtype}`);
    if (tensor.access !== (tensor.name in specs ? 'read_write' : 'read')) fail(`${tensor.name} is for ${tensor.access}`);
  }
  // With one model a plan has strides of 0, where these launches have blocks that nobody follows.
  if (models === 1) return;
  const own = launches.map(({ program, args = {} }) => [
    program.name,
    program.params,
    program.workgroups,
    program.bindings.map((b) => args[b.name] ?? b.name),
  ]);
  const planned = plan.passes.map(({ program, resources }) => [
    program.name,
    program.params,
    program.workgroups,
    program.bindings.map((b) => resources[b.name] ?? b.name),
  ]);
  if (JSON.stringify(own) !== JSON.stringify(planned)) fail('passes that differ from the op’s own');
}

/** The gradient of an op by `planGradient`: one tensor a gradient that the rule gives, of its shape. @throws where they differ */
export function checkGradientPlan(
  name: OpName,
  inputs: Readonly<Record<string, InputSpec>>,
  attrs: Attrs,
  traits: Traits,
  found: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): void {
  const rule = gradients[name];
  if (rule === 'none') return;
  const plan = planGradient(ops[name] as Op, rule, { inputs, attrs, traits, ops: Object.values(ops) });
  const named = Object.keys(plan.gradients);
  if (named.sort().join() !== Object.keys(found).sort().join()) {
    throw new Error(`planGradient of ${name}: gradients of ${named.join(', ')}, not of ${Object.keys(found).join(', ')}`);
  }
  for (const [input, tensor] of Object.entries(plan.gradients)) {
    const shape = plan.outputs[tensor]?.shape ?? plan.tensors.find((each) => each.name === tensor)?.shape;
    // A gradient that the rule hands through unread has no tensor of its own in the plan.
    if (shape && shape.join() !== found[input]!.shape.join())
      throw new Error(`planGradient of ${name}: ${tensor} of [${shape}], not [${found[input]!.shape}]`);
  }
}
