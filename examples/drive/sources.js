import { join } from 'node:path';
import { fromSources, root } from '../../test/suite/build.mjs';

const absent = {
  name: 'no-node',
  setup({ onResolve }) {
    onResolve({ filter: /^@kindling\/device\/node$/ }, () => ({ path: join(root, 'packages/device/src/node-absent.ts') }));
  },
};
/** For esbuild: our packages' sources in place of what is built of them, for tests, which must not pass on a stale build. */
export const sources = [absent, fromSources];
