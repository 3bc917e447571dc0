import { CheckError, InputError } from '@kindling/core';
import { Evaluator } from '@kindling/warmup';
import { formatLoss, formatShare } from '../format.js';
import { loadModel } from '../model-file.js';
import { dataOfRun } from '../run-data.js';
import { readModelFile, readRecord } from '../run-folder.js';
import { openSession, type Session } from '../session.js';
import { errorText, print, printJson, say } from '../terminal.js';

export interface EvaluateOptions {
  readonly data?: string;
  readonly dataSet?: string;
  readonly model?: string;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** Accuracies further apart than this fail the check: adapters round differently, which moves a few images of 10,000. */
const TOLERANCE = 0.002;

async function score(session: Session, folder: string, module: string | undefined) {
  const { model, parameters, classes, trial } = await loadModel(session.device, folder, module);
  const { channels, height, width } = model.input;
  const { facts } = session.data;
  const sizes = [facts.channels, facts.height, facts.width, facts.classes];
  if (sizes.join() !== [channels, height, width, classes].join()) {
    throw new InputError({
      subject: session.facts.name,
      got: `images of ${sizes.slice(0, 3).join('×')} in ${facts.classes} classes`,
      expected: `${[channels, height, width].join('×')} in ${classes}, which the model takes`,
      next: 'name other data with --data or --data-set',
    });
  }
  const evaluator = await Evaluator.create(session.device, model, parameters, session.data);
  return { trial, ...(await evaluator.evaluate()) };
}

/** Evaluates a run's model on the test images and compares with its record; exit code 1 when they disagree. */
export async function evaluate(folder: string, options: EvaluateOptions): Promise<number> {
  readModelFile(folder);
  const { record, header } = readRecord(folder);
  const session = await openSession({ adapter: options.adapter, ...dataOfRun(header, options) });
  const { trial, accuracy, testLoss } = await score(session, folder, options.model);
  session.close();
  // The folder below trials/ is a single run, whatever the trial's name is above.
  const { summaries } = record;
  const recorded = summaries.length === 1 ? summaries[0] : summaries.find((summary) => summary.trial === trial);
  // Another test set says nothing about the record.
  const comparable =
    recorded?.accuracy !== undefined &&
    (!header.data || (header.data.name === session.facts.name && header.data.test === session.facts.test));
  const difference = comparable ? accuracy - recorded.accuracy! : null;
  const agrees = difference === null ? null : Math.abs(difference) <= TOLERANCE;
  if (options.json) {
    const was = recorded ? { accuracy: recorded.accuracy ?? null, testLoss: recorded.testLoss ?? null } : null;
    printJson({ run: folder, trial, accuracy, testLoss, recorded: was, difference, agrees, adapter: session.adapter, data: session.facts });
  } else {
    print(`accuracy   ${formatShare(accuracy)} of ${session.facts.test.toLocaleString('en')} test images (${session.facts.name})`);
    print(`test loss  ${formatLoss(testLoss)}`);
    if (difference === null) print('record     not compared: it holds no accuracy on this test set');
    else if (agrees) print(`record     ${formatShare(recorded!.accuracy!)}: agrees within ${formatShare(TOLERANCE)}`);
  }
  if (agrees !== false) return 0;
  say(
    errorText(
      new CheckError({
        subject: folder,
        got: `accuracy ${accuracy.toFixed(4)}`,
        expected: `${recorded!.accuracy!.toFixed(4)} ± ${TOLERANCE}, as its record says`,
        next: 'check that model and record belong together and that the data is unchanged; compare with --adapter swiftshader',
      }),
    ),
  );
  return 1;
}
