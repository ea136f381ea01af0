import type { TypeName } from '@pgsql/types';
import { columnClauses } from '../columns.ts';
import { isKnownType } from '../known-types.ts';
import { addColumnRewrites } from './add-column.ts';
import { callsIn, callsInText } from './code.ts';
import type { Command } from './subcommands.ts';
import { hasRows, isSeen, known, type Touch, UNSEEN, type Work } from './touch.ts';

/** A new column's default is computed for each row, or once for all, and its CHECKs are asked. */
export function runsAddColumn({ work, command, family, table }: Command): readonly Touch[] {
  const definition = command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : undefined;
  if (definition === undefined || !family.some((member) => hasRows(work, member))) return [];
  const isThere = known(work, table)?.columns.some(({ name }) => name === definition.colname);
  if (isThere && command.missing_ok) return [];
  const calls = columnClauses(definition).flatMap(({ contype, raw_expr: expression }) =>
    // Functions of a generated column are immutable: they read no table.
    contype === 'CONSTR_DEFAULT' || contype === 'CONSTR_CHECK' ? callsIn(expression, work) : [],
  );
  const rewrites = addColumnRewrites(work.catalog, definition) !== undefined;
  return rewrites ? calls : [...calls, ...perhapsDomain(work, family, definition.typeName)];
}

/**
 * A type that nobody knows may be a domain with a constraint, which is checked for each row in a rewrite. An array of it
 * starts as null, and one that was another array is written anew whatever it holds.
 */
function perhapsDomain(work: Work, family: readonly string[], type: TypeName | undefined): readonly Touch[] {
  if ((type?.arrayBounds ?? []).length > 0 || isKnownType(work.catalog, type)) return [];
  return family.some((member) => hasRows(work, member) && !known(work, member)?.isNew) ? [UNSEEN] : [];
}

/** A CHECK is asked for each row, unless it is NOT VALID. */
export function runsAddConstraint({ work, command, family }: Command): readonly Touch[] {
  const node = command.def && 'Constraint' in command.def ? command.def.Constraint : undefined;
  const asks = node?.contype === 'CONSTR_CHECK' && !node.skip_validation;
  return asks && family.some((member) => hasRows(work, member)) ? callsIn(node.raw_expr, work) : [];
}

export function runsValidate({ work, command, table }: Command): readonly Touch[] {
  const constraint = known(work, table)?.constraints.find(({ name }) => name === command.name);
  if (constraint?.kind !== 'check' || constraint.validated) return [];
  return callsInText(constraint, constraint.expression, work);
}

/** USING is computed for each row. What it calls from elsewhere counts as harmless, as a cast's function would. */
export function runsAlterType({ work, command, family }: Command): readonly Touch[] {
  const definition = command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : undefined;
  return [
    ...callsIn(definition?.raw_default, work).filter(isSeen),
    ...perhapsDomain(work, family, definition?.typeName),
  ];
}
