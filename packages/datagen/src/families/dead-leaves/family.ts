import { defineProgram } from '@kindling/core';
import render from '@kindling/shaders/families/dead-leaves/render';
import threefry from '@kindling/shaders/random/threefry';
import type { Family } from '../../family.js';
import { drawingParams, imageWorkgroups, workgroupSizeOf } from '../../image-launch.js';
import { countMap, type DeadLeavesRecipe, type DeadLeavesRecipeInput, deadLeavesSchema, LEAF_SHAPES, leafTable } from './recipe.js';
import { deadLeavesTwin, FIRST_LEAF, LEAF_DRAWS } from './twin.js';

const source = { path: 'families/dead-leaves/render.wgsl', text: render };
const libraries = [{ path: 'random/threefry.wgsl', text: threefry }];

/** Opaque shapes in depth, whose sizes follow the power law that makes images scale-invariant. */
export const deadLeaves: Family<DeadLeavesRecipe, DeadLeavesRecipeInput> = {
  id: 'dead-leaves',
  title: 'shapes that hide each other, with radii of density 1/r³, labelled by shape or by how many show',
  form: 'image',
  labels: ['class', 'count', 'standardised'],
  schema: deadLeavesSchema,
  check: () => undefined,
  labelFormat({ params, label }) {
    if (label.kind === 'class') return { dtype: 'u32', outputs: params.shapes.length };
    return { dtype: 'f32', outputs: 1, integer: label.kind === 'count' };
  },
  parameters: ({ params: { shapes, leaves } }) => [
    { name: 'shape', stream: 'label', draw: 0, kind: 'class', classes: shapes.length },
    { name: 'leaves', stream: 'label', draw: 1, kind: 'integer', low: leaves[0], high: leaves[1] },
    { name: 'background', stream: 'image', draw: 0, kind: 'integer', low: 0, high: 0xffffff },
  ],
  labelRule: ({ label }) => (label.kind === 'class' ? { from: 'class', parameter: 'shape' } : { from: 'kernel' }),
  draws: ({ params }) => ({ label: 2, image: FIRST_LEAF + LEAF_DRAWS * params.leaves[1] }),
  tables: (recipe) => ({ table: new Uint32Array(leafTable(recipe).buffer) }),
  render(recipe, launch) {
    const { slices: _, ...params } = drawingParams(recipe, launch);
    const { shift, scale } = countMap(recipe);
    const { shapes } = recipe.params;
    const program = defineProgram({
      name: 'dead-leaves/render',
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch, 8, 32) },
      params: {
        ...params,
        shapes: shapes.reduce((word, shape, place) => word + LEAF_SHAPES.indexOf(shape) * 16 ** place, 0),
        shape_count: shapes.length,
        mixed: recipe.label.kind === 'class' ? 0 : 1,
        counted: recipe.label.kind === 'class' ? 0 : 1,
        count_shift: shift,
        count_scale: scale,
      },
      workgroups: imageWorkgroups(launch),
    });
    return [{ program, resources: {} }];
  },
  twin: deadLeavesTwin,
};
