import { isProvenNotNull } from '../../sql/effects/alter-column.ts';
import { hasRows } from '../../sql/effects/touch.ts';
import { bareName } from '../../sql/names.ts';
import { quoteName, quoteQualified } from '../../sql/quote.ts';
import { type Subcommand, subcommands } from '../alter-table.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';

export const rule: Rule = {
  slug: 'set-not-null-scan',
  title: 'Setting NOT NULL while the table is scanned',
  condition: 'ALTER COLUMN … SET NOT NULL on a column that nothing proves to hold no null.',
  effect:
    'The table is locked in AccessExclusiveLock while every row is checked: nobody reads or writes it until then.',
  workaround:
    'Add a CHECK (column IS NOT NULL) NOT VALID, validate it in a later transaction, then SET NOT NULL, which looks no more.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  check: (statement, context) =>
    subcommands(statement, context, 'AT_SetNotNull').flatMap((found) => checkColumn(found, context)),
};

function checkColumn(found: Subcommand, context: RuleContext): readonly Complaint[] {
  const column = found.command.name ?? '';
  const work = { catalog: found.catalog, version: context.version };
  const scanned = found.family.filter(
    (table) => hasRows(work, table) && !isProvenNotNull(work, table, column),
  );
  const [first] = scanned;
  if (first === undefined) return [];
  const table = quoteQualified(found.table);
  const others = scanned.length - (first === found.table ? 1 : 0);
  const all = others === 0 ? table : `${table} and ${others} of its partitions or children`;
  return [
    {
      relation: found.table,
      message: `Nobody can read or write ${all} while every row is checked for a null in ${quoteName(column)}.`,
      help: help(found, column, context),
    },
  ];
}

/** Real statements; the constraint that waits for its validation is named when there is one. */
function help({ table, catalog }: Subcommand, column: string, { version }: RuleContext): string {
  const name = quoteQualified(table);
  const waiting = catalog.relations
    .get(table)
    ?.constraints.find(
      ({ kind, columns, validated }) =>
        !validated && columns.join() === column && (kind === 'check' || kind === 'not null'),
    );
  if (waiting?.kind === 'not null')
    return `Run ALTER TABLE ${name} VALIDATE CONSTRAINT ${quoteName(waiting.name)} instead: it lets readers and writers through.`;
  if (waiting !== undefined && /is not null/i.test(waiting.expression ?? ''))
    return `Run ALTER TABLE ${name} VALIDATE CONSTRAINT ${quoteName(waiting.name)} in an earlier transaction, which proves it.`;
  const proof = quoteName(`${bareName(table)}_${column}_not_null`);
  const constraint =
    version >= 18
      ? `NOT NULL ${quoteName(column)} NOT VALID`
      : `CHECK (${quoteName(column)} IS NOT NULL) NOT VALID`;
  const last = version >= 18 ? '.' : ', then SET NOT NULL and drop the CHECK.';
  return `Run ALTER TABLE ${name} ADD CONSTRAINT ${proof} ${constraint}, in a later transaction VALIDATE CONSTRAINT ${proof}${last}`;
}
