// Adds recipes to test/fixtures/recipe-hashes.json; what is stored is never changed.
// node test/recipes/main.mjs                            the default recipe of every family that is not there yet
// node test/recipes/main.mjs NAME '{"family": …}'       one of your own
// node test/recipes/main.mjs --run NAME '{"steps": …}'  a trial's
import { readFileSync, writeFileSync } from 'node:fs';
import { families } from '@kindling/datagen';
import { describeRecipe, describeRun } from './describe.mjs';

const file = new URL('../fixtures/recipe-hashes.json', import.meta.url);
const stored = JSON.parse(readFileSync(file, 'utf8'));
const fail = (message) => {
  console.error(`recipes: ${message}`);
  process.exit(2);
};

const args = process.argv.slice(2);
const kind = args[0] === '--run' ? 'runs' : 'recipes';
const [name, text, ...rest] = kind === 'runs' ? args.slice(1) : args;
if (rest.length > 0 || (name === undefined) !== (text === undefined)) fail(`got ${args.length} arguments; expected none, or NAME and JSON`);
let wanted = Object.keys(families)
  .filter((id) => !(id in stored.recipes))
  .map((id) => [id, { family: id }]);
if (name !== undefined) {
  if (name in stored[kind]) fail(`${name}: got a name that is stored; what is stored stays. Next: choose another name`);
  try {
    wanted = [[name, JSON.parse(text)]];
  } catch (error) {
    fail(`${name}: got text that is no JSON: ${error.message}`);
  }
}
for (const [key, recipe] of wanted) {
  try {
    stored[kind][key] = { recipe, ...(kind === 'runs' ? await describeRun(recipe) : await describeRecipe(recipe)) };
  } catch (error) {
    fail(`${key}: ${error.message}`);
  }
}
writeFileSync(file, `${JSON.stringify(stored, null, 2)}\n`);
console.log(`${wanted.length} added: ${wanted.map(([key]) => key).join(', ') || 'every family was there'}`);
