import { drawParameters } from '../draws.js';
import type { ImageSize, LabelFormat } from '../family.js';
import type { Parameter } from '../parameter.js';
import { PostDraws, type PostSample } from './post.js';
import { type PostRecipe, postOf } from './registry.js';

/** Which sample the posts change on the CPU. `top`: 2^31 for a partner of mixup. */
export interface PostPlace {
  readonly seed: number;
  readonly step: number;
  readonly index: number;
  readonly top: number;
}

/** A sample after its posts, with what was drawn for them by name. */
export interface PostedSample extends PostSample {
  readonly parameters: Readonly<Record<string, number>>;
}

/**
 * The posts on the CPU, one after another; between them pixels are f32 as on the GPU.
 * @param partner the sample of index + 2^63 after the first n posts
 */
export function postsTwin(
  list: readonly PostRecipe[],
  image: ImageSize,
  label: LabelFormat,
  start: PostSample,
  { seed, step, index, top }: PostPlace,
  partner: (n: number) => PostSample,
): PostedSample {
  const drawn: Record<string, number> = {};
  let sample = start;
  let format = label;
  list.forEach((recipe, j) => {
    const post = postOf(recipe);
    const draws = new PostDraws(seed, step, index, j, top);
    const table = post.parameters(recipe, image).map((p) => ({ ...p, stream: 'label' }) as Parameter);
    const parameters = drawParameters(table, {
      unit: (_, draw) => draws.unit(draw),
      below: (_, draw, n) => draws.below(draw, n),
      normal: (_, draw) => draws.normal(draw),
    });
    for (const [name, value] of Object.entries(parameters)) drawn[`${j}.${name}`] = value;
    sample = post.twin(recipe, sample, { image, draws, parameters, outputs: format.outputs, partner: () => partner(j) });
    format = post.labelFormat?.(recipe, format) ?? format;
  });
  return { ...sample, parameters: drawn };
}
