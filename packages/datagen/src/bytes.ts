import { bindingsOf, type Pass } from '@kindling/core';
import halfBytes from '@kindling/shaders/families/count/half_bytes';
import { pixelsOf } from './family.js';
import { type GenerateOptions, type Generation, planGeneration } from './generate.js';
import { packPass } from './pack.js';

/** A generation whose images are bytes: the caller binds `packed` u32 [ceil(M·B·C·H·W / 4)], 4 pixels a word, lowest byte first, instead of `x`. */
export interface ByteGeneration extends Generation {
  /** True where the family's kernel writes bytes itself; else it writes f32 pixels to a buffer of its own, and a pass packs them. */
  readonly direct: boolean;
}

/** Kernels that write bytes: same parameters, same workgroups, other stores. Each takes images whose pixels fill whole words. */
const kernels: Readonly<Record<string, { path: string; text: string }>> = {
  'count/half': { path: 'families/count/half_bytes.wgsl', text: halfBytes },
};

/** The pass with its kernel replaced by the one that writes `packed`; undefined where there is none. */
function directPass(plan: Generation): Pass | undefined {
  const [pass, ...others] = plan.passes;
  const source = pass && kernels[pass.program.name];
  if (!source || others.length > 0 || plan.rows.length > 0 || pixelsOf(plan.recipe.image) % 4 !== 0) return undefined;
  const { sources, name } = pass.program;
  const program = { ...pass.program, name: `${name}_bytes`, sources: [...sources.slice(0, -1), source], bindings: bindingsOf(source) };
  return { program, resources: {} };
}

/**
 * Plans a batch as `planGeneration` does, with images as bytes: round(255·x), the layout of resident natural data.
 * @throws InputError as `planGeneration` does
 */
export function planBytes(options: GenerateOptions): ByteGeneration {
  const plan = planGeneration(options);
  const direct = directPass(plan);
  if (direct) return { ...plan, passes: [direct], direct: true };
  const values = (options.models ?? 1) * options.batch * pixelsOf(plan.recipe.image);
  const pack = packPass(options.traits ? { values, traits: options.traits } : { values });
  return { ...plan, passes: [...plan.passes, pack], buffers: [...plan.buffers, { name: 'x', bytes: 4 * values }], direct: false };
}
