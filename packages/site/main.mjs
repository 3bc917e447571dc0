// `npm run docs`: builds the documentation site, checks its links, and shows it if asked to.
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkLinks } from './build/links.mjs';

const usage = `npm run docs -- [options]
  --out DIR     where the site goes (default: packages/site/dist); emptied first
  --no-api      leaves the API out, which typedoc takes half a minute to read
  --check       builds nothing, checks the links of what is there
  --serve       shows it afterwards at http://localhost:8080
  --port N      another port
Exit codes: 0 ok, 1 a dead link or an entry that could not be read, 2 bad input.`;

const fail = (message) => {
  console.error(`docs: ${message}\n${usage}`);
  process.exit(2);
};
let options;
try {
  const flag = { type: 'boolean', default: false };
  options = parseArgs({
    options: { out: { type: 'string' }, 'no-api': flag, check: flag, serve: flag, port: { type: 'string' }, help: flag },
  }).values;
} catch (error) {
  fail(error.message);
}
if (options.help) {
  console.log(usage);
  process.exit(0);
}
const port = Number(options.port ?? 8080);
if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`--port: got ${options.port}; expected a whole number from 0 to 65535`);
if (options.port !== undefined && !options.serve) fail('--port: got it without --serve. Next: add --serve');
const folder = options.out ? resolve(options.out) : fileURLToPath(new URL('dist', import.meta.url));

/** Only a folder that is a site, or empty, or new, is emptied. */
function checkFolder() {
  const is = (name) => statSync(join(folder, name), { throwIfNoEntry: false });
  const stat = is('.');
  if (stat && !stat.isDirectory()) fail(`--out: got ${options.out}, a file; expected a folder`);
  if (options.check ? !is('index.html') : stat && options.out && !is('search-index.js') && readdirSync(folder).length > 0) {
    fail(
      `--out: got ${folder}; expected ${options.check ? 'a site that was built' : 'a new or empty folder, or a site that was built before: it is emptied'}`,
    );
  }
}
checkFolder();

const problems = [];
if (!options.check) {
  const { buildSite } = await import('./build/build.mjs');
  const started = performance.now();
  const { pages, copies, dead, unread } = await buildSite(folder, { api: !options['no-api'] });
  console.log(`${pages} pages and ${copies} files in ${folder}, ${((performance.now() - started) / 1000).toFixed(1)} s`);
  problems.push(...dead, ...unread.map((line) => `typedoc: ${line}`));
}
const { pages, links, problems: found } = checkLinks(folder);
problems.push(...found);
for (const line of problems) console.error(line);
console.log(`${links} links of ${pages} pages checked, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

const TYPES = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  json: 'application/json',
  svg: 'image/svg+xml',
  png: 'image/png',
};
/** The file that an address asks for; undefined where there is none. A folder without its last slash is redirected. */
function fileOf(address) {
  let path;
  try {
    path = normalize(decodeURIComponent(new URL(address, 'http://localhost').pathname));
  } catch {
    return undefined;
  }
  const file = join(folder, path.endsWith('/') ? `${path}index.html` : path);
  const stat = file.startsWith(`${folder}${sep}`) && statSync(file, { throwIfNoEntry: false });
  if (!stat) return undefined;
  return stat.isDirectory() ? { redirect: `${path}/` } : { file };
}

if (options.serve) {
  const server = createServer((request, response) => {
    const found = fileOf(request.url);
    if (!found) response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
    else if (found.redirect) response.writeHead(301, { location: found.redirect }).end();
    else {
      response.writeHead(200, { 'content-type': `${TYPES[found.file.split('.').pop()] ?? 'text/plain'}; charset=utf-8` });
      createReadStream(found.file).pipe(response);
    }
  });
  server.on('error', (error) => fail(`--port: got ${port}: ${error.message}`));
  server.listen(port, () => console.log(`http://localhost:${server.address().port}`));
}
