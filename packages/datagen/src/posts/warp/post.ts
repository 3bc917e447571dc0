import type { Post, PostShape } from '../post.js';
import { warpTwin } from './twin.js';
import { type Warp, warpParameters, warpPasses, warpScratch } from './warp.js';

/** A post that is one kind of warp. */
export function warpPost<R extends PostShape, I>(
  { id, title, schema }: Pick<Post<R, I>, 'id' | 'title' | 'schema'>,
  warpOf: (recipe: R) => Warp,
): Post<R, I> {
  return {
    id,
    title,
    schema,
    parameters: (recipe) => warpParameters(warpOf(recipe)),
    scratch: (recipe, image, launch) => warpScratch(image, warpOf(recipe), launch),
    passes: (recipe, image, launch) =>
      warpPasses(image, warpOf(recipe), launch, {
        stream: 'augmentation',
        firstCall: launch.firstCall,
        firstWord: launch.firstWord,
        source: 'source',
      }),
    twin: (recipe, sample, { image, draws, parameters }) => ({
      ...sample,
      image: warpTwin(image, warpOf(recipe), sample.image, parameters, (draw) => draws.word(draw)),
    }),
  };
}
