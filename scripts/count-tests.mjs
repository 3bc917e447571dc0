// Adds up vitest's closing lines in a log and prints `N passed, N failed`; exits 1 when a test failed, none ran, or the run itself did.
import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const [, , path, status] = process.argv;
const log = stripVTControlCharacters(readFileSync(path, 'utf8'));
let passed = 0;
let failed = 0;
for (const [, line] of log.matchAll(/Tests\s{2}(.*\(\d+\))/g)) {
  passed += Number(/(\d+) passed/.exec(line)?.[1] ?? 0);
  failed += Number(/(\d+) failed/.exec(line)?.[1] ?? 0);
}
const broken = failed === 0 && (Number(status) !== 0 || passed === 0);
if (broken) console.error(`the run itself failed (status ${status}, ${passed} tests passed)`);
console.log(`${passed} passed, ${failed + (broken ? 1 : 0)} failed`);
process.exit(failed > 0 || broken ? 1 : 0);
