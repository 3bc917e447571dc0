import { describe, expect, it } from 'vitest';
import { captureSite, chooseSite, formatSite, parseStack, wraps } from './callsite.js';
import { here } from './testing/here.js';

describe('parseStack', () => {
  it('reads what V8 writes', () => {
    const stack = [
      'Error: call site',
      '    at Device.write (file:///w/packages/device/src/device.ts:95:14)',
      '    at new TrialGroup (/w/packages/warmup/src/group.ts:12:3)',
      '    at async file:///home/me/my%20model.mjs:7:9',
      '    at <anonymous>',
    ].join('\n');
    expect(parseStack(stack)).toEqual([
      { name: 'Device.write', file: 'file:///w/packages/device/src/device.ts', line: 95, column: 14 },
      { name: 'TrialGroup', file: '/w/packages/warmup/src/group.ts', line: 12, column: 3 },
      { name: '', file: 'file:///home/me/my%20model.mjs', line: 7, column: 9 },
    ]);
  });

  it('reads what Firefox and Safari write', () => {
    expect(parseStack('write@https://a.example/app.js?v=1:10:20\n@https://a.example/main.js:3:4')).toEqual([
      { name: 'write', file: 'https://a.example/app.js', line: 10, column: 20 },
      { name: '', file: 'https://a.example/main.js', line: 3, column: 4 },
    ]);
  });
});

describe('chooseSite', () => {
  const frame = (name: string, file: string) => ({ name, file, line: 1, column: 1 });

  it('passes over the device package, and says what was called there', () => {
    const frames = [
      frame('inner', '/w/packages/device/dist/index.js'),
      frame('Device.write', '/w/packages/device/dist/index.js'),
      frame('feed', '/home/me/model.mjs'),
    ];
    expect(chooseSite(frames)).toEqual({ frame: frames[2], through: 'Device.write' });
    const installed = [frame('Device.write', '/app/node_modules/@kindling/device/dist/index.js'), frame('feed', '/app/model.mjs')];
    expect(chooseSite(installed).frame.name).toBe('feed');
  });

  it('takes a test of the device package as the caller that it is', () => {
    expect(chooseSite([frame('', '/w/packages/device/src/meter.test.ts')])).toMatchObject({ frame: { name: '' }, through: '' });
  });
});

describe('chooseSite in one bundle', () => {
  const frame = (name: string, line: number) => ({ name, file: 'https://a.example/app.js', line, column: 1 });

  it('goes by the names of wrappers', () => {
    // The file of this package that wraps stands for the bundle.
    const bundle = here().file.replace(/callsite\.test\.ts$/, 'callsite.ts');
    expect(wraps(bundle)).toBe(true);
    const stack = ['captureSite', 'Ledger.asked', '', 'Array.map', 'queue.writeBuffer', 'HostClock.during', 'Device.write', 'feed', 'main'];
    const frames = stack.map((name, i) => ({ ...frame(name, i + 1), file: bundle }));
    expect(chooseSite(frames)).toEqual({ frame: frames[7], through: 'Device.write' });
    const direct = ['captureSite', 'Ledger.asked', 'queue.writeBuffer', 'feed'].map((name, i) => ({ ...frame(name, i + 1), file: bundle }));
    expect(chooseSite(direct)).toEqual({ frame: direct[3], through: '' });
  });
});

describe('captureSite', () => {
  it('finds the line of its caller', () => {
    const at = here();
    const { frame } = captureSite();
    expect(frame).toMatchObject({ file: at.file, line: at.line + 1 });
  });
});

describe('formatSite', () => {
  const at = (file: string) => ({ name: '', file, line: 7, column: 1 });

  it('shortens to a root, to a package, or not at all', () => {
    const roots = ['/w/', '/home/me'];
    expect(formatSite(at('file:///w/packages/warmup/src/group.ts'), { roots })).toBe('packages/warmup/src/group.ts:7');
    expect(formatSite(at('/home/me/my%20model.mjs'), { roots })).toBe('my model.mjs:7');
    expect(formatSite(at('file:///app/node_modules/other/a.js'), { roots })).toBe('other/a.js:7');
    expect(formatSite(at('/opt/a.js'), { roots })).toBe('/opt/a.js:7');
    expect(formatSite(at(''))).toBe('unknown');
  });

  it('asks for the source behind a built line', () => {
    const resolve = (frame: ReturnType<typeof at>) => ({ ...frame, file: '/w/src/a.ts', line: 99 });
    expect(formatSite(at('/w/dist/index.js'), { roots: ['/w'], resolve })).toBe('src/a.ts:99');
  });
});
