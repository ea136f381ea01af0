import type { Statement } from '../../sql/statement.ts';
import type { Send } from '../execute.ts';
import { BEGINS, ENDS, transactionKind } from './message-plan.ts';
import { weigh } from './statement-weight.ts';
import type { Placing, Watching } from './watching.ts';

/** How a session's statements are treated; `Watching` without what belongs to a record. */
export type Treatment = Pick<
  Watching,
  'isOurs' | 'inBlock' | 'settle' | 'run' | 'refuse' | 'asksBefore' | 'isRepeat' | 'repeated' | 'endOurs'
>;

/**
 * For a session in the maintenance database, where tools look whether theirs exists: nothing is watched, and what is more
 * than a look is told. The session is read-only, so the server refuses it as well.
 */
export function lookElsewhere(onMore: (statement: Statement) => void): Treatment {
  let block = false;
  const run = async (statement: Statement, send: Send, _placing: Placing): Promise<void> => {
    const weight = weigh(statement);
    const kind = transactionKind(statement);
    if (weight === 'watched' && statement.kind !== 'SelectStmt') onMore(statement);
    await send();
    if (BEGINS.includes(kind)) block = true;
    if (ENDS.includes(kind)) block = false;
  };
  return {
    run,
    refuse: () => undefined,
    asksBefore: () => false,
    isRepeat: () => false,
    repeated: () => undefined,
    isOurs: () => false,
    inBlock: () => block,
    settle: (inBlock) => {
      block = inBlock;
    },
    endOurs: async () => undefined,
  };
}
