import type { Measured } from '../../bench/locks/measured.ts';
import { predicted } from '../../bench/locks/predicted.ts';
import { WORLD } from '../../bench/locks/world.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { effects } from '../../src/sql/effects.ts';
import { statementOf, statementsOf } from './schema.ts';

const START: Catalog = { ...EMPTY_CATALOG, complete: true, timeZone: 'UTC' };
const worlds = new Map<string | undefined, Catalog>();

/** The world after `given`, known from its statements; read once. */
export function worldWith(given: string | undefined): Catalog {
  const known = worlds.get(given);
  if (known !== undefined) return known;
  const before = given === undefined ? START : worldWith(undefined);
  const made = settled(statementsOf(given ?? WORLD).reduce(applyStatement, before));
  worlds.set(given, made);
  return made;
}

/** What the model says of a statement, in the words of what was measured. */
export function predict(
  sql: string,
  catalog: Catalog,
  version: PostgresVersion,
  measured?: Measured,
): ReturnType<typeof predicted> {
  return predicted(effects(statementOf(sql), catalog, version), catalog, measured);
}

/** What these lock is the business of owners and of scripts on the server, which no catalog here tells of: the model says so. */
const UNSEEN: readonly RegExp[] = [
  /^DROP OWNED /,
  /^REASSIGN OWNED /,
  /^ALTER EXTENSION \w+ UPDATE/,
  /^LOAD /,
  /^UPDATE pg_index /,
];

/** Whether the model has to say that it does not know what the statement locks. */
export function isUnseen(sql: string): boolean {
  return UNSEEN.some((kind) => kind.test(sql));
}
