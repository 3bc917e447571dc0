// The streams that dieharder reads: orders of the contract's words, each long enough never to come to its end.

/**
 * `generator`, `stream`, `axis` and `inner` as `layoutWords` of datagen takes them: word i lies i div inner places along the axis, and
 * i mod inner draws on. `advance` moves the first place on after `size` words, so that chunks follow each other without a gap.
 */
export const streams = {
  'threefry-draws': {
    about: 'all 25 draws of an image of the count family, image after image: Threefry as `count` reads it',
    generator: 'threefry',
    stream: 'image',
    axis: 'index',
    inner: 25,
  },
  'threefry-index': {
    about: 'draw 0 of consecutive indices: what a batch draws as its labels',
    generator: 'threefry',
    stream: 'label',
    axis: 'index',
    inner: 1,
  },
  'threefry-step': {
    about: 'draw 0 of index 0 in consecutive steps: a new key for every word',
    generator: 'threefry',
    stream: 'label',
    axis: 'step',
    inner: 1,
  },
  'philox-draws': {
    about: 'all draws of consecutive samples, 1,000 each: Philox in the same layout',
    generator: 'philox',
    stream: 'image',
    axis: 'index',
    inner: 1000,
  },
};
