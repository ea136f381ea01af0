import type { Truth } from './truth.ts';

export const PAGE_FILE = new URL('../../docs/locks.md', import.meta.url);

/** The truth table for people. */
export function locksPage(truths: readonly Truth[]): string {
  return `${truths.length}\n`;
}
