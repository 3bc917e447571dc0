// The documentation site, built without the API (typedoc reads every package for that): its pages, its links, and that the check of links can fail.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { headComment } from '../../packages/site/build/comment.mjs';
import { checkLinks } from '../../packages/site/build/links.mjs';
import { renderMarkdown } from '../../packages/site/build/markdown.mjs';

const main = fileURLToPath(new URL('../../packages/site/main.mjs', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'kindling-site-'));
const folder = join(place, 'site');
const docs = (...args) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });
const read = (path) => readFileSync(join(folder, path), 'utf8');
const source = (path) => new URL(`../../${path}`, import.meta.url);
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('the site', () => {
  let built;
  beforeAll(() => {
    built = docs('--no-api', '--out', folder);
  });

  it('has no dead link and no missing image', () => {
    expect(built.stderr).toBe('');
    expect(built.status).toBe(0);
    expect(built.stdout).toMatch(/\d{4,} links of \d{2,} pages checked, 0 problems/);
  });

  it('shows every op with its kernels and definition, and every family with its picture', () => {
    const kernels = read('kernels/index.html');
    const registry = /export const ops = \{([^}]*)\}/.exec(readFileSync(source('packages/kernels/src/registry.ts'), 'utf8'))[1];
    const ops = [...registry.matchAll(/^ {2}(\w+)/gm)].map((match) => match[1]);
    expect(ops.length).toBeGreaterThan(70);
    for (const op of ops) expect(kernels).toContain(`#${op}"`);
    const linear = read('kernels/linear.html');
    for (const said of [
      'y = x·wᵀ + b, in f64',
      'linear/backward.naive.wgsl',
      'relu: boolean',
      'naive_f16',
      'b</code> [O] (may be missing)',
    ]) {
      expect(linear).toContain(said);
    }
    const conv = read('kernels/conv2d.html');
    for (const said of ['x</code> [N,C,H,W]', 'w</code> [K,C/groups,R,S]', 'y</code> [N,K,P,Q]']) expect(conv).toContain(said);
    for (const folder of ['conv2d', 'linear-loss']) expect(read(`kernels/${folder}.html`)).not.toContain('fuser');
    const index = read('families/index.html');
    for (const id of readdirSync(source('packages/datagen/src/families'))) {
      expect(index).toContain(`<img src="${id}.png"`);
      expect(read(`families/${id}.html`)).toContain('hash of the default recipe');
    }
  });

  it('has a page for a folder of code that is linked, with what its files say of themselves', () => {
    const folderOf = (page) => /href="([^"]*examples\/export-deno\/index\.html)"/.exec(read(page))?.[1];
    expect(folderOf('index.html')).toBe('files/examples/export-deno/index.html');
    expect(folderOf('guide/kernel-packages.html')).toBe('../files/examples/export-deno/index.html');
    const listing = read('files/examples/export-deno/index.html');
    for (const name of readdirSync(source('examples/export-deno')).filter((each) => each.endsWith('.js'))) {
      expect(listing).toContain(`<a href="${name}.txt">${name}</a>`);
    }
    expect(listing).toContain(headComment(readFileSync(source('examples/export-deno/gpu.js'), 'utf8')).slice(0, 30));
    expect(read('examples.html').includes('>examples/export-deno</a></li>')).toBe(false);
  });

  it('holds guide, experiments and records', () => {
    expect(read('index.html')).toContain('href="packages/kernels.html"');
    expect(read('experiments.html')).toMatch(/<h2 id="figures-of-the-records">[\s\S]*worth\.svg/);
    const records = readdirSync(source('benchmarks/records')).filter((name) => /^\d{4}-/.test(name));
    for (const name of records) expect(read('records/index.html')).toContain(`href="${name}/index.html"`);
    const entries = JSON.parse(read('search-index.js').replace(/^window\.siteIndex = |;\n$/g, ''));
    expect(entries).toContainEqual([
      'softmax_cross_entropy',
      'kernels/softmax-cross-entropy.html#softmax_cross_entropy',
      'softmax-cross-entropy',
    ]);
  });

  it('refuses bad input, and to empty a folder that is no site', () => {
    for (const [args, message] of [
      [['--nothing'], 'Unknown option'],
      [['--port', '99999', '--serve'], '--port: got 99999; expected a whole number from 0 to 65535'],
      [['--port', '80'], 'Next: add --serve'],
      [['--out', place], 'expected a new or empty folder'],
      [['--check', '--out', place], 'expected a site that was built'],
    ]) {
      const { status, stderr } = docs(...args);
      expect([status, stderr]).toEqual([2, expect.stringContaining(message)]);
    }
  });
});

describe('the check of links', () => {
  it('finds what is dead, leaves the site, is absolute or has no words', () => {
    const broken = join(place, 'broken');
    mkdirSync(join(broken, 'sub'), { recursive: true });
    writeFileSync(
      join(broken, 'index.html'),
      '<p id="here"><a href="sub/page.html#there">a</a> <a href="#here">b</a> <a href="https://example.org">c</a></p>',
    );
    writeFileSync(
      join(broken, 'sub/page.html'),
      '<h1 id="there"></h1><a href="../index.html#gone">a</a><a href="gone.html">b</a><img src="gone.png" alt="x"><a href="/index.html">c</a><a href="../../up.html">d</a><img src="../index.html"><script src="gone.js"></script>',
    );
    expect(checkLinks(broken).problems).toEqual([
      'sub/page.html: <a> ../index.html#gone: no element of that name',
      'sub/page.html: <a> gone.html: no such file',
      'sub/page.html: <img> gone.png: no such file',
      'sub/page.html: <a> /index.html: must be relative',
      'sub/page.html: <a> ../../up.html: leads out of the site',
      'sub/page.html: <script> gone.js: no such file',
      'sub/page.html: <img src="../index.html">: no alternative text',
    ]);
  });
});

describe('pages', () => {
  it('have the anchors that GitHub gives headings, and addresses that the site resolves', () => {
    const { html, headings, title } = renderMarkdown(
      '# What `x` costs, in ms\n\n## Twice\n\n## Twice\n\n[a](b.md) ![c](d.png)',
      (address, kind) => `${kind}:${address}`,
    );
    expect([title, headings.map(({ id }) => id)]).toEqual(['What x costs, in ms', ['what-x-costs-in-ms', 'twice', 'twice-1']]);
    expect(html).toContain('<a href="link:b.md">a</a> <img src="image:d.png" alt="c" loading="lazy">');
  });

  it('show the comment that opens a shader, unwrapped where it was wrapped', () => {
    const long = 'word '.repeat(26).trim();
    expect(headComment(`// first\n// ${long}\n// next\n\n// not this\nstruct`)).toBe(`first\n${long} next`);
  });
});
