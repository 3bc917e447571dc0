// Checks a built site from its files alone: every link and image must lead to a file of the site, every fragment to an element of it.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';

const addresses = /<(a|img|link|script)\b[^>]*?\s(?:href|src)="([^"]*)"/g;
const decode = (text) => text.replaceAll('&amp;', '&').replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>');

/** @returns {{pages: number, links: number, problems: string[]}} `problems` names page and address */
export function checkLinks(folder) {
  const pages = new Map();
  for (const path of readdirSync(folder, { recursive: true })) {
    const name = String(path).replaceAll('\\', '/');
    if (name.endsWith('.html')) pages.set(name, readFileSync(join(folder, name), 'utf8'));
  }
  const ids = new Map(
    [...pages].map(([name, html]) => [name, new Set([...html.matchAll(/\sid="([^"]*)"/g)].map((match) => decode(match[1])))]),
  );
  const problems = [];
  let links = 0;
  for (const [name, html] of pages) {
    // Reports that a record holds are documents of their own, with scripts that hold text which looks like links.
    const body = html.replace(/<script\b(?![^>]*\ssrc=)[\s\S]*?<\/script>/g, '');
    for (const [, tag, raw] of body.matchAll(addresses)) {
      const address = decode(raw);
      if (/^(https?:|mailto:|data:)/.test(address)) continue;
      links++;
      const say = (what) => problems.push(`${name}: <${tag}> ${address}: ${what}`);
      if (address === '' || address.startsWith('/') || /^[a-z]+:/i.test(address)) {
        say('must be relative');
        continue;
      }
      const [path, hash] = address.split('#').map(decodeURIComponent);
      const target = path === '' ? name : posix.normalize(posix.join(posix.dirname(name), path));
      if (target.startsWith('..')) say('leads out of the site');
      else if (!statSync(join(folder, target), { throwIfNoEntry: false })?.isFile()) say('no such file');
      else if (hash && ids.has(target) && !ids.get(target).has(hash)) say('no element of that name');
    }
    for (const [image] of body.matchAll(/<img\b[^>]*>/g))
      if (!/\salt="/.test(image)) problems.push(`${name}: ${image}: no alternative text`);
  }
  return { pages: pages.size, links, problems };
}
