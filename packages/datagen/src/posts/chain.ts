import type { BufferSpec, Pass } from '@kindling/core';
import { postDrawPass } from '../draw.js';
import { type ImageSize, type LabelFormat, type Launch, pixelsOf } from '../family.js';
import type { Parameter } from '../parameter.js';
import { DRAWS_PER_POST, type PostParameter } from './post.js';
import { type PostRecipe, postOf } from './registry.js';

/** Where the drawn parameters of the posts stand: buffer `name`, u32 [M,B,1+parameters]. A parameter is called e.g. `1.rotation`. */
export interface PostRows {
  readonly name: string;
  readonly parameters: readonly PostParameter[];
}

/** The passes of a list of posts, from buffer `start` to `x`. */
export interface PostChain {
  /** Where the images must be before the first pass: `x`, or the scratch buffer, so that the last pass ends in `x`. */
  readonly start: 'x' | 'post.x';
  readonly passes: readonly Pass[];
  readonly buffers: readonly BufferSpec[];
  readonly rows?: PostRows;
}

/** Names that the posts leave to their planner or the caller. */
const SHARED = new Set(['state', 'seeds', 'x', 'y', 'labels', 'partner', 'partnerLabels']);

/** All parameters of a list, named and numbered as they are drawn. */
export const postParameters = (list: readonly PostRecipe[], image: ImageSize): Parameter[] =>
  list.flatMap((recipe, j) =>
    postOf(recipe)
      .parameters(recipe, image)
      .map((p) => ({ ...p, name: `${j}.${p.name}`, stream: 'label' as const, draw: j * DRAWS_PER_POST + p.draw })),
  );

/** Lines up the passes of the posts, two buffers in turn where a pass cannot work in place. */
export function chainPosts(list: readonly PostRecipe[], image: ImageSize, plain: Launch, label: LabelFormat | undefined): PostChain {
  const parameters = postParameters(list, image);
  const launch: Launch = { ...plain, rowStride: parameters.length + 1 };
  const buffers: BufferSpec[] = [];
  const passes: Pass[] = [];
  const planned: { pass: Pass; moves: boolean }[] = [];
  let firstWord = 1;
  let format = label;
  list.forEach((recipe, j) => {
    const post = postOf(recipe);
    const own = (name: string): string => (SHARED.has(name) ? name : name === 'rows' ? 'post.rows' : `post.${j}.${name}`);
    for (const [name, data] of Object.entries(post.tables?.(recipe, image) ?? {})) {
      buffers.push({ name: own(name), bytes: data.byteLength, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    }
    for (const [name, bytes] of Object.entries(post.scratch?.(recipe, image, launch) ?? {})) buffers.push({ name: own(name), bytes });
    const place = { ...launch, firstWord, firstCall: (j * DRAWS_PER_POST) / 2, ...(format ? { label: format } : {}) };
    for (const { program, resources } of post.passes(recipe, image, place)) {
      const bound = program.bindings.filter(({ access }) => access !== 'uniform').map(({ name }) => [name, resources[name] ?? name]);
      planned.push({
        pass: { program, resources: Object.fromEntries(bound.map(([name, local]) => [name, local === 'source' ? local : own(local!)])) },
        moves: bound.some(([, local]) => local === 'source'),
      });
    }
    firstWord += post.parameters(recipe, image).length;
    if (format) format = post.labelFormat?.(recipe, format) ?? format;
  });

  if (parameters.length > 0) {
    const { pass, table } = postDrawPass(parameters, launch, { table: 'post.table', rows: 'post.rows', y: 'post.none' });
    passes.push(pass);
    buffers.push(table, { name: 'post.none', bytes: 4 });
    buffers.push({ name: 'post.rows', bytes: 4 * launch.models * launch.batch * launch.rowStride });
  }
  const moves = planned.filter((entry) => entry.moves).length;
  if (moves > 0) buffers.push({ name: 'post.x', bytes: 4 * launch.models * launch.batch * pixelsOf(image) });
  let [here, there]: ['x' | 'post.x', 'x' | 'post.x'] = moves % 2 === 0 ? ['x', 'post.x'] : ['post.x', 'x'];
  const start = here;
  for (const { pass, moves: moving } of planned) {
    if (moving) [here, there] = [there, here];
    const resources = Object.entries(pass.resources).map(([name, buffer]) => [
      name,
      buffer === 'x' ? here : buffer === 'source' ? there : buffer,
    ]);
    passes.push({ program: pass.program, resources: Object.fromEntries(resources) });
  }
  return {
    start,
    passes,
    buffers,
    ...(parameters.length > 0 ? { rows: { name: 'post.rows', parameters: parameters.map(({ stream: _, ...rest }) => rest) } } : {}),
  };
}
