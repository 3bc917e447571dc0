#!/usr/bin/env node
// Committed, not built, so that npm can link the command before the first build.
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (existsSync(program)) {
  const { main } = await import(program.href);
  await main(process.argv.slice(2));
} else {
  console.error('kindling: got a clone that is not built; expected packages/cli/dist/main.js. Next: run `npm run build` in the clone.');
  process.exitCode = 2;
}
