import type { Pass, Passes } from '@kindling/core';
import type { ImageSize, LabelFormat, Launch } from '../family.js';
import type { Generation } from '../generate.js';
import { chainPosts, type PostRows } from './chain.js';
import { labelAfter } from './parse.js';
import { type PostRecipe, postOf } from './registry.js';

type Plan = Passes & Pick<Generation, 'rows' | 'label'> & { readonly postRows?: PostRows };

/**
 * A plan with other names for its buffers: `names` for those of the caller, a prefix for the plan's own, of which `shared` keep theirs (constant
 * tables that another plan of the same recipe has too).
 */
function renamed(plan: Plan, names: Readonly<Record<string, string>>, prefix = '', shared: (name: string) => boolean = () => false): Plan {
  const own = new Set(plan.buffers.map(({ name }) => name).filter((name) => !shared(name)));
  const to = (name: string): string => names[name] ?? (own.has(name) ? `${prefix}${name}` : name);
  const pass = ({ program, resources }: Pass): Pass => ({
    program,
    resources: Object.fromEntries(Object.entries(resources).map(([binding, name]) => [binding, to(name)])),
  });
  return {
    ...plan,
    passes: plan.passes.map(pass),
    buffers: plan.buffers.filter(({ name }) => prefix === '' || !shared(name)).map((buffer) => ({ ...buffer, name: to(buffer.name) })),
    rows: plan.rows.map((rows) => ({ ...rows, name: to(rows.name) })),
  };
}

/**
 * A generation and its posts. Mixup's partners are planned like the batch itself, with the posts before mixup, into buffers of their own.
 * @param plan the generation without posts of the samples of a launch
 */
export function planPosted(
  list: readonly PostRecipe[],
  image: ImageSize,
  launch: Launch,
  label: LabelFormat,
  plan: (launch: Launch) => Generation,
): Generation {
  const bare = plan(launch);
  const { start, passes, buffers, rows } = chainPosts(list, image, launch, label);
  const mixup = list.findIndex(({ kind }) => kind === 'mixup');
  const soft = mixup >= 0 && postOf(list[mixup]!).labelFormat?.(list[mixup]!, label).dtype !== label.dtype;
  const main = renamed(bare, { x: start, y: soft ? 'labels' : 'y' });
  const after = labelAfter(list, label);
  const whole = { ...bare, label: after, ...(rows ? { postRows: rows } : {}) };
  if (mixup < 0) return { ...whole, passes: [...main.passes, ...passes], buffers: [...main.buffers, ...buffers] };

  const before = list.slice(0, mixup);
  const other: Launch = { ...launch, indexTop: true };
  const partner = before.length > 0 ? planPosted(before, image, other, label, plan) : plan(other);
  const constants = new Set(bare.buffers.filter(({ data }) => data !== undefined).map(({ name }) => name));
  // The table of a family's parameters says which of them are given, and so may differ; the posts' table is shorter.
  const shared = (name: string): boolean => constants.has(name) && !name.endsWith('parameterTable');
  const theirs = renamed(partner, { x: 'partner', y: 'partnerLabels' }, 'partner.', shared);
  const { models, batch } = launch;
  const words = models * batch * (label.dtype === 'u32' ? 1 : label.outputs);
  return {
    ...whole,
    passes: [...theirs.passes, ...main.passes, ...passes],
    buffers: [
      ...theirs.buffers,
      ...main.buffers,
      ...buffers,
      { name: 'partner', bytes: 4 * models * batch * image.height * image.width * image.channels },
      { name: 'partnerLabels', bytes: 4 * words },
      ...(soft ? [{ name: 'labels', bytes: 4 * words }] : []),
    ],
  };
}
