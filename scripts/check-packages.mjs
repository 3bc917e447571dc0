// Runs publint over every package that can be published; exits 1 when one complains.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

let complaints = 0;
const folders = ['shaders', ...readdirSync('packages').map((name) => join('packages', name))];
for (const folder of folders) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (manifest.private) continue;
  const { messages } = await publint({ pkgDir: folder, strict: true, pack: false });
  for (const message of messages) {
    complaints++;
    console.error(`${manifest.name}: ${formatMessage(message, manifest)}`);
  }
}
console.log(`packages: ${folders.length} looked at, ${complaints} complaints`);
process.exit(complaints > 0 ? 1 : 0);
