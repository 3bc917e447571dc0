import type { Form } from '../problem.js';
import { chinchilla } from './chinchilla.js';
import { exponential } from './exponential.js';
import { M1, M2, M3 } from './power.js';
import { M4 } from './sigmoid.js';

/** Every form, by name. */
export const FORMS = { M1, M2, M3, M4, exponential, chinchilla } as const satisfies Record<string, Form>;
export type FormName = keyof typeof FORMS;
export const FORM_NAMES = Object.keys(FORMS) as FormName[];

/** ŷ of a form at x (and d) from its parameters, in the order of its names. */
export const predict = (form: FormName, parameters: readonly number[], x: number, d = 1): number => FORMS[form].predict(parameters, x, d);
