export { TOLERANCE, tensorError } from './compare.js';
export { type CaseResult, type FileReader, type VerifyReport, verifyCases } from './run.js';
