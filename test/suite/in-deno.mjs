// Runs in Deno: the test files named as arguments, one line of JSON for the adapters and for each file. node:fs, as Deno has it too.
import { writeSync } from 'node:fs';

const [bundle, ...files] = Deno.args;
const say = (line) => writeSync(1, `@@${JSON.stringify(line)}\n`);
const { adapters, run } = await import(bundle);
say({ adapters: await adapters() });
for (const file of files) {
  say({ starts: file });
  say({ result: await run(file) });
}
Deno.exit(0);
