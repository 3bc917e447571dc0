// The page on the fake worker; the page's own query goes on to it.
import { Page } from '../page.js';

new Page(new Worker(new URL(`worker.js${location.search}`, import.meta.url), { type: 'module' }));
