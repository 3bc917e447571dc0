import { describe, expect, it } from 'vitest';
import { FORMS, type FormName } from './forms/index.js';
import { expandedTail, normalTail, quantile, studentQuantile } from './quantiles.js';
import { columnOf, parseTable, whereRows } from './table.js';

describe('forms', () => {
  const lnY = [-0.3, -0.9, -1.4, -1.7, -2.1, -2.2];
  const places = { x: [10, 30, 100, 300, 1000, 3000], d: [5, 80, 20, 700, 300, 4000], lnY };

  it.each(Object.keys(FORMS) as FormName[])('%s: gradients are those of central differences, and parameters predict the same', (name) => {
    const form = FORMS[name];
    const problem = form.problem(places);
    const [gradient, unused] = [new Float64Array(5), new Float64Array(5)];
    for (const start of problem.starts) {
      for (let i = 0; i < lnY.length; i++) {
        const value = problem.value(start, i, gradient);
        const direct = Math.log(form.predict(problem.parameters(start), places.x[i]!, places.d[i]!));
        expect(Math.abs(direct - value)).toBeLessThan(1e-9 * (1 + Math.abs(value)));
        start.forEach((at, k) => {
          const h = 1e-5;
          const slope = (problem.value(start.with(k, at + h), i, unused) - problem.value(start.with(k, at - h), i, unused)) / (2 * h);
          expect(Math.abs(gradient[k]! - slope)).toBeLessThan(1e-6 * (1 + Math.abs(slope)));
        });
      }
    }
  });
});

describe('quantiles', () => {
  it('are those of the tables', () => {
    expect(normalTail(1.959963985)).toBeCloseTo(0.025, 9);
    expect(normalTail(0)).toBe(0.5);
    for (const [df, t] of [
      [1, 12.7062],
      [2, 4.30265],
      [5, 2.57058],
      [10, 2.22814],
      [30, 2.04227],
      [1000, 1.96234],
    ] as const) {
      expect(studentQuantile(0.025, df)).toBeCloseTo(t, 3);
    }
    expect(quantile([1, 2, 4], 0.75)).toBe(3);
    // Many rows: the plain percentile.
    expect(expandedTail(0.95, 1e5, 2)).toBeCloseTo(0.025, 4);
    expect(expandedTail(0.95, 8, 2)).toBeLessThan(0.005);
  });
});

describe('tables', () => {
  it('reads CSV with names, without, with other separators, quotes, remarks and line ends', () => {
    const table = parseTable('\uFEFF# a remark\r\n"n, all";err\r\n10;"0.5"\r\n20;2.5e-1\r\n\r\n', 'a.csv');
    expect(table.columns).toEqual(['n, all', 'err']);
    expect(columnOf(table, 'err', '--y', 'a.csv').values).toEqual([0.5, 0.25]);
    expect(columnOf(table, '1-err', '--y', 'a.csv').values).toEqual([0.5, 0.75]);
    expect(parseTable('1,2\n3,4', 'b').columns).toEqual(['column1', 'column2']);
    expect(columnOf(parseTable('1\t2\n3\t4', 'b'), 'column2', '--y', 'b').values).toEqual([2, 4]);
  });

  it('reads records, fields of fields by dots, and chooses rows', () => {
    const table = parseTable('{"arm":"a","n":10,"time":{"total":3}}\n{"arm":"b","n":20,"accuracy":null}\n', 'r');
    expect(table.columns).toEqual(['arm', 'n', 'time.total', 'accuracy']);
    expect(columnOf(whereRows(table, ['arm=a'], 'r'), 'time.total', '--y', 'r').values).toEqual([3]);
    expect(() => columnOf(table, 'accuracy', '--y', 'r')).toThrow(/line 1: got accuracy = nothing/);
    expect(() => whereRows(table, ['arm=c'], 'r')).toThrow(/a value of arm: a, b/);
    expect(() => whereRows(table, ['arm'], 'r')).toThrow(/--where/);
  });

  it('refuses what is no table, naming the line', () => {
    expect(() => parseTable('\n\n', 'e')).toThrow(/no rows/);
    expect(() => parseTable('x,y\n', 'e')).toThrow(/no rows/);
    expect(() => parseTable('x,y\n1,2,3', 'e')).toThrow(/e line 2: got 3 cells/);
    expect(() => parseTable('x,x\n1,2', 'e')).toThrow(/two columns named "x"/);
    expect(() => parseTable('{"a":1}\n{"a":', 'e')).toThrow(/e line 2: got no JSON/);
    expect(() => columnOf(parseTable('x,y\n1,', 'e'), 'y', '--y', 'e')).toThrow(/e line 2: got y = ""/);
    expect(() => columnOf(parseTable('x,y\n1,NaN', 'e'), 'y', '--y', 'e')).toThrow(/e line 2: got y = "NaN"/);
    expect(() => columnOf(parseTable('x,y\n1,2', 'e'), 'z', '--y', 'e')).toThrow(/a column of e: x, y/);
  });
});
