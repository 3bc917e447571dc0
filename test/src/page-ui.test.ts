import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linear, logarithmic, roundTicks } from '../../packages/page/src/ui/charts/scale.js';
import { Series } from '../../packages/page/src/ui/charts/series.js';
import { bytes, duration, short } from '../../packages/page/src/ui/format.js';

const room = fileURLToPath(new URL('../../packages/page/', import.meta.url));
const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

const chromiumPath = [process.env.KINDLING_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);
if (!chromiumPath) console.warn('page-ui: skipped, as no Chromium is installed; name a binary in KINDLING_CHROMIUM');

/** WCAG 2's contrast of two colours, [r, g, b] in 0 to 255. */
function contrast(a: readonly number[], b: readonly number[]): number {
  const luminance = (color: readonly number[]): number => {
    const [red, green, blue] = color.map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    );
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
  };
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light! + 0.05) / (dark! + 0.05);
}

/** Every piece of text that is seen: its colour, and what stands behind it. */
const textColors = (page: Page) =>
  page.evaluate(() => {
    const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true })!;
    const over = (color: string, ground: readonly number[]): number[] => {
      context.fillStyle = `rgb(${ground.join(' ')})`;
      context.fillRect(0, 0, 1, 1);
      context.fillStyle = color;
      context.fillRect(0, 0, 1, 1);
      return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
    };
    const ground = (element: Element | null): number[] =>
      element ? over(getComputedStyle(element).backgroundColor, ground(element.parentElement)) : [255, 255, 255];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found: { text: string; color: number[]; ground: number[] }[] = [];
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement!;
      const text = walker.currentNode.textContent!.trim();
      if (!text || ['SCRIPT', 'NOSCRIPT', 'OPTION'].includes(parent.tagName) || !parent.checkVisibility({ checkVisibilityCSS: true }))
        continue;
      const behind = ground(parent);
      const style = getComputedStyle(parent);
      found.push({ text: text.slice(0, 40), color: over(parent.closest('svg') ? style.fill : style.color, behind), ground: behind });
    }
    return found;
  });

const widths = (page: Page) => page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth] as const);
const text = (page: Page, id: string) => page.locator(`#${id}`).textContent();
const finish = (page: Page) => page.waitForFunction(() => document.querySelector('#state')!.textContent!.startsWith('Done'));

describe('the numbers of the charts', () => {
  it('places values and chooses round ticks', () => {
    expect(roundTicks(0, 500, 5)).toEqual([0, 100, 200, 300, 400, 500]);
    expect(roundTicks(-0.3, 1.1, 4)).toEqual([0, 0.5, 1]);
    expect(linear(0, 10, 100, 0).place(2.5)).toBe(75);
    const log = logarithmic(10, 100_000, 0, 4, 3);
    expect(log.ticks).toEqual([10, 1000, 100_000]);
    expect(log.place(1000)).toBeCloseTo(2);
    expect(log.place(0)).toBe(0);
  });

  it('bins a loss of any length, leaves out what is no number, and goes back', () => {
    const series = new Series(11);
    for (let i = 0; i < 1000; i++) series.push(i === 1 ? Number.NaN : i);
    expect(series.bins(3).slice(0, 2)).toEqual([
      { x: 12, mean: 1, least: 0, most: 2 },
      { x: 15, mean: 4, least: 3, most: 5 },
    ]);
    expect(series.bins(300).at(-1)).toEqual({ x: 11 + 949.5, mean: 949.5, least: 900, most: 999 });
    series.cut(14);
    expect(series.length).toBe(3);
    series.push(7);
    expect(series.at(3)).toBe(7);
  });

  it('writes numbers that can be read', () => {
    expect([0, 0.5, 2.3, 153_664, 2.5e7, 1e-4, Number.NaN].map(short)).toEqual([
      '0',
      '0.500',
      '2.30',
      '153,664',
      '2.5e7',
      '1.0e-4',
      'not a number',
    ]);
    expect([0, 12, 1500, 9_410_112].map(bytes)).toEqual(['0', '12 B', '1.5 kB', '9.4 MB']);
    expect([0.84, 42.2, 185, 120].map(duration)).toEqual(['0.8 s', '42 s', '3 min 5 s', '2 min']);
  });
});

describe.skipIf(!chromiumPath)('the page, on a worker that only speaks its protocol', () => {
  let server: Server;
  let browser: Browser;
  let tabs: BrowserContext;
  let base: string;
  /** The default recipe run to its end, with everything on the page opened. */
  let full: Page;
  const errors: string[] = [];

  /** A fresh tab on the page. */
  const open = async (query = '?tick=1', { width = 1280, hash = '' } = {}): Promise<Page> => {
    const page = await tabs.newPage();
    await page.setViewportSize({ width, height: 800 });
    page.on('pageerror', (error) => errors.push(error.message));
    await page.goto(`${base}${query}${hash}`);
    await page.waitForFunction(() => document.body.dataset.status !== 'opening');
    return page;
  };

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: { ui: join(room, 'src/ui/testing/fake-main.ts'), worker: join(room, 'src/ui/testing/fake-worker.ts') },
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      write: false,
      outdir: '/',
      logLevel: 'error',
    });
    const built = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
    server = createServer(({ url }, response) => {
      const { pathname } = new URL(url!, 'http://page');
      const path = pathname === '/' ? '/index.html' : pathname;
      const body = built.get(path) ?? (existsSync(join(room, 'static', path)) ? readFileSync(join(room, 'static', path)) : undefined);
      if (!body) return response.writeHead(404).end();
      return response
        .writeHead(200, { 'content-type': types[extname(path)] ?? 'application/octet-stream', 'cache-control': 'max-age=600' })
        .end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch({ executablePath: chromiumPath!, headless: false, args: ['--headless=new', '--no-sandbox'] });
    tabs = await browser.newContext();
    full = await open();
    await full.check('#profile');
    await full.click('#primary');
    await finish(full);
    await full.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    await full.waitForSelector('#loss-table td');
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
    expect(errors).toEqual([]);
  });

  it('gives every control and picture a name, and has no overflow at 320 and 360 pixels', async () => {
    const client = await tabs.newCDPSession(full);
    const { nodes } = await client.send('Accessibility.getFullAXTree');
    const roles = 'button textbox combobox slider checkbox spinbutton link application image progressbar table region figure group'.split(
      ' ',
    );
    const seen = nodes.filter(({ ignored, role }) => !ignored && roles.includes(role?.value));
    // A <details> is a group named by its summary, and the sliders’ inner parts are none of the page’s.
    const nameless = seen.filter(({ name, role }) => !name?.value && role?.value !== 'group').map(({ role }) => role?.value);
    expect(nameless).toEqual([]);
    for (const role of ['button', 'combobox', 'slider', 'spinbutton', 'checkbox', 'application', 'image', 'table', 'progressbar']) {
      expect(seen.map((node) => node.role?.value)).toContain(role);
    }
    const twice = await full.evaluate(() => {
      const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
      return ids.filter((id, i) => ids.indexOf(id) !== i);
    });
    expect(twice).toEqual([]);
    expect(await full.getAttribute('#tiles', 'aria-label')).toMatch(/64 images of 28 by 28 pixels/);
    const live = await full.locator('[aria-live], [role=status], [role=alert]').count();
    expect(live).toBeGreaterThan(2);
    for (const width of [360, 320]) {
      await full.setViewportSize({ width, height: 740 });
      const [needed, given] = await widths(full);
      expect(needed, `width ${width}`).toBeLessThanOrEqual(given);
    }
  });

  it('keeps 4.5:1 between text and ground in both themes', async () => {
    for (const dark of [false, true]) {
      await full.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
      await full.locator('#steps').fill('0');
      const found = await textColors(full);
      const low = found.filter(({ color, ground }) => contrast(color, ground) < 4.5);
      expect(found.length).toBeGreaterThan(200);
      expect(low).toEqual([]);
      // The sets differ, or one theme was read twice.
      expect(found[0]!.ground.reduce((sum, value) => sum + value, 0) < 200).toBe(dark);
    }
    expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
  });

  it('lets Tab reach everything, in the order in which it is read, with the focus seen', async () => {
    const page = await open();
    const reach = await page.evaluate(() => {
      const all = [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, summary, [tabindex]')];
      return {
        positive: all.filter(({ tabIndex }) => tabIndex > 0).length,
        // Switched off, out of sight or reached by links only: no stop of Tab.
        stops: all.filter((one) => one.tabIndex === 0 && one.checkVisibility() && !(one as HTMLButtonElement).disabled).length,
      };
    });
    expect(reach.positive).toBe(0);
    const order: number[] = [];
    for (let i = 0; i < reach.stops; i++) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const element = document.activeElement!;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return {
          at: [...document.querySelectorAll('*')].indexOf(element),
          name: `${element.tagName}#${element.id}`,
          outline: outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2,
        };
      });
      expect(stop.outline, `outline of ${stop.name}`).toBe(true);
      order.push(stop.at);
    }
    expect(order).toEqual([...new Set(order)].sort((a, b) => a - b));
    await page.close();
  });

  it('runs by keyboard, pauses, resumes, stops, and says so in a few words', async () => {
    const page = await open('?tick=1&hold=50,200,100');
    await page.evaluate(() => {
      const words: string[] = [];
      Object.assign(globalThis, { words });
      new MutationObserver(() => words.push(document.querySelector('#announce')!.textContent!)).observe(
        document.querySelector('#announce')!,
        {
          childList: true,
        },
      );
    });
    await page.focus('#primary');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector<HTMLProgressElement>('#progress')!.value === 50);
    expect(await text(page, 'primary')).toBe('Pause');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector('#primary')!.textContent === 'Resume');
    expect(await page.evaluate(() => document.activeElement!.id)).toBe('primary');
    expect(await text(page, 'state')).toMatch(/^Paused after \d+ steps\.$/);
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.querySelector<HTMLProgressElement>('#progress')!.value === 200);
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: true });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.waitForFunction(() => document.body.dataset.status === 'paused');
    await page.evaluate(() => {
      Object.defineProperty(document, 'hidden', { configurable: true, value: false });
      document.dispatchEvent(new Event('visibilitychange'));
    });
    await page.waitForSelector('[data-notice=hidden]');
    await finish(page);
    expect(await text(page, 'result')).toMatch(/^8\d\.\d.%/);
    expect(await text(page, 'ledger-claim')).toBe('0 bytes from host to GPU in 150 warm-up steps.');
    const words = await page.evaluate(() => (globalThis as unknown as { words: string[] }).words);
    expect(words.length).toBeLessThan(10);
    expect(words.at(-1)).toMatch(/^Done/);

    await page.selectOption('#experiment', 'count');
    await page.selectOption('#arm', 'published');
    await page.click('#primary');
    await page.waitForFunction(() => document.querySelector<HTMLProgressElement>('#progress')!.value === 100);
    await page.click('#stop');
    await page.waitForFunction(() => document.querySelector('#state')!.textContent!.startsWith('Stopped'));
    await page.click('#primary');
    await finish(page);
    expect(await text(page, 'beside')).toMatch(/points below run 1, “Digits \(strokes\), kept”/);
    await page.click('#against button:has-text("no warm-up")');
    await page.waitForFunction(() => document.querySelectorAll('#runs-table tbody tr').length === 3);
    expect(await page.locator('#runs-table tbody th').first().textContent()).toContain('No warm-up (counting pixels, published)');
    const saved = page.waitForEvent('download');
    await page.click('#download');
    expect((await saved).suggestedFilename()).toBe('kindling-run.tar');
    await page.close();
  });

  it('asks before a run in progress is closed, and not otherwise; arm skip ends at its own last step', async () => {
    const asked: string[] = [];
    const page = await open('?tick=1&hold=25', { hash: '#v=1&experiment=count&arm=skip&p=0.5&steps=100&batch=8&seed=1' });
    page.on('dialog', (dialog) => {
      asked.push(dialog.type());
      void dialog.dismiss();
    });
    await page.click('#primary');
    await page.waitForFunction(() => document.querySelector<HTMLProgressElement>('#progress')!.value === 25);
    const dialog = page.waitForEvent('dialog');
    await page.close({ runBeforeUnload: true });
    await dialog;
    expect(asked).toEqual(['beforeunload']);
    expect(await page.evaluate(() => document.body.dataset.status)).toBe('training');
    await page.click('#primary');
    await page.waitForFunction(() => document.querySelector('#primary')!.textContent === 'Resume');
    await page.click('#primary');
    await finish(page);
    expect(await text(page, 'state')).toBe('Done after 50 steps.');
    expect(await page.evaluate(() => document.querySelector<HTMLProgressElement>('#progress')!.max)).toBe(50);
    await page.reload();
    await page.waitForFunction(() => document.body.dataset.status !== 'opening');
    expect(asked).toHaveLength(1);
    await page.close();
  });

  it('reads digits that are drawn by mouse and by keyboard', async () => {
    const page = await open();
    const ink = () =>
      page.evaluate(() => {
        const { data } = document.querySelector<HTMLCanvasElement>('#seen')!.getContext('2d')!.getImageData(0, 0, 28, 28);
        const weights = Array.from({ length: 784 }, (_, i) => data[4 * i]! / 255);
        const mass = weights.reduce((sum, value) => sum + value, 0);
        const mean = (of: (i: number) => number) => weights.reduce((sum, value, i) => sum + value * of(i), 0) / mass;
        return { mass, x: mean((i) => i % 28), y: mean((i) => Math.floor(i / 28)) };
      });
    await page.click('#primary');
    await finish(page);
    await page.focus('#pad');
    await page.keyboard.press('Space');
    for (const key of ['Shift+ArrowDown', 'ArrowDown', 'Shift+ArrowRight', 'Shift+ArrowDown']) await page.keyboard.press(key);
    await page.keyboard.press('Space');
    await page.waitForFunction(() => /^Reads an? \d, with 91.%/.test(document.querySelector('#guess')!.textContent!));
    const byKeys = await ink();
    expect(byKeys.mass).toBeGreaterThan(30);
    // MNIST’s centre of mass: pixel (14, 14).
    expect(byKeys.x).toBeCloseTo(14, 0);
    expect(byKeys.y).toBeCloseTo(14, 0);
    expect(await page.getAttribute('#pad', 'aria-label')).toBe('Drawing area, 1 stroke');
    await page.keyboard.press('Delete');
    expect(await text(page, 'guess')).not.toContain('Reads');
    await page.locator('#pad').scrollIntoViewIfNeeded();
    const { x, y, width } = (await page.locator('#pad').boundingBox())!;
    await page.mouse.move(x + 0.5 * width, y + 0.2 * width);
    await page.mouse.down();
    await page.mouse.move(x + 0.5 * width, y + 0.8 * width, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(() => document.querySelector('#pad')!.getAttribute('aria-label')!.endsWith('1 stroke'));
    await page.waitForFunction(() => document.querySelector('#bars .value')!.textContent !== '–');
    const drawn = await ink();
    expect(drawn.x).toBeCloseTo(14, 1);
    await page.close();
  });

  it('fills the form from a link, refuses a bad one, and gives the link back', async () => {
    const hash = '#v=1&experiment=augment&arm=random&p=0.4&steps=200&batch=32&seed=7&evalEvery=0';
    const page = await open('?tick=1', { hash });
    expect(await page.inputValue('#arm')).toBe('random');
    expect(await page.inputValue('#seed')).toBe('7');
    await page.click('#share');
    const link = new URLSearchParams(new URL(await page.inputValue('#link')).hash.slice(1));
    expect(Object.fromEntries(link)).toMatchObject({
      experiment: 'augment',
      arm: 'random',
      p: '0.4',
      steps: '200',
      batch: '32',
      seed: '7',
    });
    await page.evaluate(() => {
      location.hash = '#v=1&experiment=count&p=7';
    });
    const notice = page.locator('[data-notice=link]');
    await notice.waitFor();
    expect(await notice.textContent()).toMatch(/p: got 7; expected/);
    expect(await page.inputValue('#seed')).toBe('7');
    await page.locator('#steps').fill('0');
    expect(await text(page, 'problem')).toMatch(/^Steps: got 0; expected/);
    await page.click('#primary');
    expect(await page.evaluate(() => document.activeElement!.id)).toBe('steps');
    await page.close();
  });

  it('says what to do without WebGPU, and when a device was lost', async () => {
    const absent = await open('?absent', { width: 360 });
    const advice = absent.locator('[data-notice=webgpu]');
    expect(await advice.locator('dt').allTextContents()).toHaveLength(4);
    expect(await absent.locator('#measured table').isVisible()).toBe(true);
    expect(await absent.locator('#primary').isVisible()).toBe(false);
    await absent.selectOption('#arm', 'published');
    expect(await text(absent, 'offline-command')).toContain('--experiment family:strokes --arm published --p 0.3 --steps 500');
    const [needed, given] = await widths(absent);
    expect(needed).toBeLessThanOrEqual(given);
    await absent.close();
    const lost = await open('?tick=1&lose=200');
    await lost.click('#primary');
    await finish(lost);
    expect(await text(lost, 'notices')).toContain('another one is open');
    const path = await lost.locator('#loss svg').getAttribute('aria-label');
    expect(path).toMatch(/in 150 steps.*in 350 steps/);
    await lost.close();
  });
});
