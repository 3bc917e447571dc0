export type { Over } from './bootstrap.js';
export { FORM_NAMES, FORMS, type FormName, predict } from './forms/index.js';
export type { Form } from './problem.js';
export type { Row } from './rows.js';
export { type FormResult, fitScaling, type Interval, type ScalingOptions, type ScalingResult } from './scaling.js';
export { type Column, columnOf, parseTable, type Table, type TableRow, whereRows } from './table.js';
export type { Comparison, Difference, Verdict } from './verdict.js';
