import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import type { TeacherRecipe } from './family.js';
import { teacherField, teacherOf } from './net.js';
import { integerNormal, UNIT } from './quantiles.js';

/** One sample: input i from image draw i, and what the teacher says of it. */
export function teacherTwin(recipe: TeacherRecipe, draws: Draws): TwinSample {
  const x = Int32Array.from(draws.all('image'), integerNormal);
  const teacher = teacherOf(recipe);
  const field = teacherField(teacher, x);
  const label = recipe.label.kind === 'class' ? Number(field >= 0) : Math.fround(Math.fround(field) * Math.fround(teacher.scale));
  return { image: Float32Array.from(x, (value) => value / UNIT), label: [label] };
}
