import { readFileSync } from 'node:fs';

/**
 * Statements of the truth table that the model does not yet predict in every relation, by what compares them: the model
 * with the table, the model on a live catalog, the two ways to know a schema. The lists may only become shorter.
 */
export const GAPS = JSON.parse(readFileSync(new URL('gaps.json', import.meta.url), 'utf8')) as Readonly<
  Record<'model' | 'live' | 'catalogs', readonly string[]>
>;
