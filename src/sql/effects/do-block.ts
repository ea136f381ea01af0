import type { DoStmt } from '@pgsql/types';
import { applyStatement } from '../apply.ts';
import { effects } from '../effects.ts';
import { NO_PLACE, readBlock } from '../plpgsql.ts';
import type { Touches, Work } from './touch.ts';

/** The statements of a DO block, each as if it ran; undefined when one of them is dynamic or not known. */
export function doBlock(node: DoStmt, work: Work): Touches {
  const body = readBlock(node, NO_PLACE);
  if (body.unseen > 0) return undefined;
  let { catalog } = work;
  const touches = [];
  for (const statement of body.statements) {
    const inner = effects(statement, catalog, work.version);
    if (!inner.seen) return undefined;
    touches.push(...inner.relations);
    catalog = applyStatement(catalog, statement);
  }
  return touches;
}
