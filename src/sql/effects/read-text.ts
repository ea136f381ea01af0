import { parseBytes } from '../engine.ts';
import { NO_PLACE } from '../plpgsql.ts';
import type { Statement } from '../statement.ts';
import { runCode } from './code.ts';
import { type Touch, UNSEEN, type Work } from './touch.ts';

/** What a text does that is run as SQL. */
export function readText(text: string, work: Work): readonly Touch[] {
  const { tree } = parseBytes(Buffer.from(text));
  if (tree === undefined) return [UNSEEN];
  const statements = (tree.stmts ?? []).flatMap(({ stmt: node }): readonly Statement[] => {
    const [kind] = Object.keys(node ?? {});
    return node === undefined || kind === undefined ? [] : [{ sql: text, place: NO_PLACE, kind, node }];
  });
  return runCode({ statements, unseen: 0 }, work);
}
