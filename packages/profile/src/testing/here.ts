import { type Frame, parseStack } from '../callsite.js';

/** Where this is called. */
export function here(): Frame {
  const [, caller] = parseStack(new Error('here').stack ?? '');
  if (!caller) throw new Error('this engine writes no stack that is understood');
  return caller;
}
