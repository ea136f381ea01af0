import type { Connection } from '../../postgres/connection.ts';
import { heardLevel, isAsked } from './notice-level.ts';

/** client_min_messages as the client set it, while the session itself tells us of DEBUG1 too. */
export type Levels = {
  /** Whether the client asked for messages of this severity. */
  readonly isAsked: (severity: string) => boolean;
  /** Sets what the client believes to be set, for a statement that may read or change it. */
  readonly lend: () => Promise<void>;
  /** Reads what it is now, and sets ours again. */
  readonly takeBack: () => Promise<void>;
  /** Sets ours again where a statement has set another without a word of it in its text. */
  readonly keep: () => Promise<void>;
};

/** Statements that may read or change it. */
export const TELLS_LEVEL =
  /client_min_messages|\bset_config\b|u&"|\b(?:reset|discard|show)\s+all\b|\bpg_settings\b/i;

/** SHOW and SET take no snapshot, before which SET TRANSACTION and LOCK must stand (docs: SET TRANSACTION). */
const TAKE = 'show client_min_messages';
const set = (level: string): string =>
  `set client_min_messages to ${/^[a-z0-9]+$/.test(level) ? level : 'notice'}`;

/** `canAsk` is false while the server would refuse: in a failed transaction. */
export async function createLevels(worker: Connection, canAsk: () => boolean): Promise<Levels> {
  let asked = '';
  const takeBack = async (): Promise<void> => {
    if (!canAsk()) return;
    const { rows } = await worker.query(TAKE);
    asked = String(rows[0]?.client_min_messages ?? 'notice');
    await worker.query(set(heardLevel(asked)));
  };
  const keep = async (): Promise<void> => {
    if (!canAsk()) return;
    const { rows } = await worker.query(TAKE);
    const found = String(rows[0]?.client_min_messages ?? '');
    if (found === heardLevel(asked)) return;
    asked = found;
    await worker.query(set(heardLevel(asked)));
  };
  await takeBack();
  return {
    isAsked: (severity) => isAsked(severity, asked),
    lend: async () => {
      if (canAsk()) await worker.query(set(asked));
    },
    takeBack,
    keep,
  };
}
