import type { DoStmt } from '@pgsql/types';
import { NO_PLACE, readBlock } from '../plpgsql.ts';
import { runCode } from './code.ts';
import type { Touches, Work } from './touch.ts';

/** The statements of a DO block, each as if it ran. */
export function doBlock(node: DoStmt, work: Work): Touches {
  return runCode(readBlock(node, NO_PLACE), work);
}
