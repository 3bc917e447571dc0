// The site as it grows in memory: pages, copied files, and what is wrong with the links of their sources.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { headComment } from './comment.mjs';
import { escapeHtml } from './markdown.mjs';
import { copyOf, exists, filesBelow, isFolder, isSource, pageOf, readText, root } from './sources.mjs';

/** The relative address of one place of the site seen from another: works from any sub-path, and from files. */
export const hrefFrom = (from, to) => posix.relative(posix.dirname(from), to) || posix.basename(to);

export class Site {
  /** Written pages by place: {title, section, html, headings, lead, source?}. */
  pages = new Map();
  /** Files to copy: place in the site → path in the clone. */
  copies = new Map();
  /** Links of sources that lead nowhere, in words. */
  dead = [];

  add(out, page) {
    if (this.pages.has(out)) throw new Error(`two pages at ${out}`);
    this.pages.set(out, page);
  }

  /** Copies a file of the clone and gives its address seen from a page. */
  copy(path, from) {
    const out = copyOf(path);
    this.copies.set(out, path);
    return hrefFrom(from, out);
  }

  /** A page that lists the files of a folder of code, and what each says of itself; made when first linked. @returns its place */
  listing(folder) {
    const out = `files/${folder}/index.html`;
    if (this.pages.has(out)) return out;
    const items = filesBelow(folder)
      .filter(isSource)
      .map((path) => {
        const about = /\.(m?js|ts|wgsl|c|h)$/.test(path) ? headComment(readText(path)) : '';
        return `<dt><a href="${this.copy(path, out)}">${escapeHtml(posix.relative(folder, path))}</a></dt><dd>${escapeHtml(about)}</dd>`;
      });
    const html = `<h1>${escapeHtml(folder)}</h1>\n<p>Files of this folder of the clone.</p>\n<dl class="facts">${items.join('\n')}</dl>`;
    this.add(out, { title: folder, section: 'guide', html, headings: [], lead: `Files of ${folder}`, unlisted: true });
    return out;
  }

  /** Turns addresses in `source` (a path in the clone) into those that the page `out` needs. */
  resolver(source, out) {
    return (address, kind) => {
      if (/^[a-z]+:/i.test(address) || address.startsWith('#')) return address;
      const [path, hash] = decodeURI(address).split('#');
      const target = posix.normalize(posix.join(posix.dirname(source), path)).replace(/\/$/, '');
      const fragment = hash === undefined ? '' : `#${hash}`;
      const page = isFolder(target) ? `${target}/README.md` : target;
      // A record may have another name for its page than README.md: its folder has a page in any case.
      if (/^benchmarks\/records\/[^/]+$/.test(target)) return hrefFrom(out, `records/${posix.basename(target)}/index.html`) + fragment;
      if (kind === 'link' && exists(page) && pageOf(page)) return hrefFrom(out, pageOf(page)) + fragment;
      if (!target.startsWith('..') && exists(target) && !isFolder(target)) return this.copy(target, out) + fragment;
      if (kind === 'link' && !target.startsWith('..') && isFolder(target)) return hrefFrom(out, this.listing(target)) + fragment;
      this.dead.push(`${source}: ${kind} to ${address}: no page, and no file of this clone`);
      return address;
    };
  }

  /** @param layout makes a whole HTML document of (place, page) */
  write(folder, layout) {
    rmSync(folder, { recursive: true, force: true });
    const put = (out) => {
      const path = join(folder, out);
      mkdirSync(dirname(path), { recursive: true });
      return path;
    };
    for (const [out, page] of this.pages) writeFileSync(put(out), layout(out, page));
    for (const [out, path] of this.copies) cpSync(join(root, path), put(out));
  }
}
