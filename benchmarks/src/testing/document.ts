import { environment } from '../environment.js';
import { type BenchDocument, SCHEMA } from '../suite/document.js';

/** A document without entries, for tests of what is made of one. */
export const documentParts: Omit<BenchDocument, 'entries'> = {
  ...{ schema: SCHEMA, bench: 'step', sets: ['step'], adapter: 'GPU', adapterInfo: {} as BenchDocument['adapterInfo'] },
  ...{ environment: environment(), load: 0, loadAfter: [0], versions: {}, reference: [], comparisons: [], missing: [], notes: [] },
  ...{ passes: 1, rounds: 3, sampleSeconds: 0.05, slowed: null, rssBytes: 0, seconds: 1 },
};
