import { Page } from './page.js';

new Page(new Worker(new URL('worker.js', import.meta.url), { type: 'module' }));
