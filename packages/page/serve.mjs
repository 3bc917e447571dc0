// `npm run page`: serves dist/ on this machine alone. Any other web server does as well; this one is here so that none is needed.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('dist/', import.meta.url));
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.txt': 'text/plain; charset=utf-8',
  '.gz': 'application/gzip',
};

function refuse(subject, got, expected, next) {
  process.stderr.write(`kindling: ${subject}: got ${got}; expected ${expected}. Next: ${next}\n`);
  process.exit(2);
}

/** The file behind an address, or undefined where there is none below the root. */
function fileOf(url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  } catch {
    return undefined;
  }
  const file = normalize(join(root, path.endsWith('/') ? `${path}index.html` : path));
  const inside = file.startsWith(root.endsWith(sep) ? root : root + sep) && !path.includes('\0');
  return inside && statSync(file, { throwIfNoEntry: false })?.isFile() ? file : undefined;
}

/**
 * Serves the page on the loopback address.
 * @param port 0 for any that is free
 * @returns the server, listening
 */
export function serve(port) {
  const server = createServer((request, response) => {
    const file = request.method === 'GET' || request.method === 'HEAD' ? fileOf(request.url ?? '/') : undefined;
    if (!file) return response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-length': statSync(file).size,
      'cache-control': 'no-cache',
    });
    if (request.method === 'HEAD') return response.end();
    return createReadStream(file).pipe(response);
  });
  return new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', () => resolve(server)));
}

function portOf(args) {
  const [option, value, ...more] = args.flatMap((arg) => (arg.startsWith('--port=') ? ['--port', arg.slice('--port='.length)] : [arg]));
  if (option === undefined) return 8080;
  if (option !== '--port' || more.length > 0)
    refuse('npm run page', args.join(' '), '-- --port N, or nothing', 'write npm run page -- --port 8081');
  const port = /^\d+$/.test(value ?? '') ? Number(value) : -1;
  if (port < 0 || port > 65_535) refuse('--port', value ?? 'nothing', 'a whole number from 0 to 65535', 'write e.g. --port 8081');
  return port;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync(join(root, 'index.html'))) refuse('npm run page', 'no built page', root, 'run npm run build');
  const port = portOf(process.argv.slice(2));
  try {
    const server = await serve(port);
    process.stdout.write(`The page is at http://localhost:${server.address().port}\nCtrl-C ends it.\n`);
  } catch (error) {
    if (error.code !== 'EADDRINUSE') throw error;
    refuse('--port', `${port}, which another program uses`, 'a free port', 'write npm run page -- --port 8081');
  }
}
