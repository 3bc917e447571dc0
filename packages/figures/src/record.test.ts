import { describe, expect, it } from 'vitest';
import { parseRecord } from './record.js';
import { syntheticRecord } from './synthetic.js';

const header = '{"type":"header","recipe":{"steps":10},"versions":{},"adapter":"lavapipe"}';
const train = '{"type":"train","phase":"natural","step":1,"loss":2.3}';

describe('parseRecord', () => {
  it('reads header, training, evaluations and summaries', () => {
    const record = parseRecord(syntheticRecord({ p: [0, 0.5], steps: 100, every: 10, evalEvery: 50 }));
    expect(record.header).toMatchObject({ recipe: { steps: 100, batch: 64 }, adapter: expect.stringContaining('llvmpipe') });
    expect(record.trials).toEqual(['p0', 'p0.5']);
    expect([record.train.length, record.evals.length, record.summaries.length]).toEqual([20, 3, 2]);
    expect(record.summaries[1]).toMatchObject({ trial: 'p0.5', p: 0.5, time: { compile: 0.8, train: 6.3 } });
    expect(record.notes).toEqual([]);
  });

  it('names a run without trials, and orders trials as people count', () => {
    expect(parseRecord(`${header}\n${train}\n`).trials).toEqual(['run']);
    const lines = ['p10', 'p9', 'p0.25', 'p0.1', 'p0.05', 'p0.10 b'].map((trial) => JSON.stringify({ ...JSON.parse(train), trial }));
    expect(parseRecord([header, ...lines].join('\n')).trials).toEqual(['p0.05', 'p0.1', 'p0.10 b', 'p0.25', 'p9', 'p10']);
  });

  it('reads null and overflowing losses as not finite', () => {
    const text = `${header}\n${train.replace('2.3', 'null')}\n${train.replace('2.3', '1e999')}\n`;
    expect(parseRecord(text).train.map(({ loss }) => loss)).toEqual([undefined, undefined]);
  });

  it('drops a torn last line with a note, and lines of unknown types', () => {
    const record = parseRecord(`${header}\n${train}\n{"type":"note","text":"x"}\n{"type":"train","pha`);
    expect(record.train).toHaveLength(1);
    expect(record.notes).toEqual(['line 4 was cut off and is left out', '1 line of type "note" left out']);
  });

  it.each([
    ['an empty file', '', 'a.jsonl: got no complete line'],
    ['only a torn line', '{"type":"hea', 'a.jsonl: got no complete line'],
    ['no header', train, 'a.jsonl line 1: got "type": "train"; expected "header"'],
    ['a broken line within', `${header}\n{"type":\n${train}`, 'a.jsonl line 2: got no JSON'],
    ['NaN', `${header}\n${train.replace('2.3', 'NaN')}\n`, 'NaN and Infinity are written as null'],
    ['a line that is no object', `${header}\n17\n`, 'a.jsonl line 2: got 17; expected a JSON object'],
    ['a missing type', `${header}\n{"step":1}\n`, 'a.jsonl line 2: got "type": undefined'],
    ['a wrong phase', `${header}\n${train.replace('natural', 'cool')}\n`, 'line 2: got "phase": "cool"'],
    ['a wrong step', `${header}\n${train.replace(':1,', ':-1,')}\n`, 'line 2: got "step": -1'],
    ['a loss that is text', `${header}\n${train.replace('2.3', '"low"')}\n`, 'line 2: got "loss": "low"'],
    ['a second header', `${header}\n${header}\n`, 'line 2: got "type": "header"'],
    ['a time that is text', `${header}\n{"type":"summary","time":{"load":"1 s"}}\n`, 'line 2: "time": got "load": "1 s"'],
  ])('refuses %s and names the line', (_, text, message) => {
    expect(() => parseRecord(text, 'a.jsonl')).toThrow(message);
  });
});
