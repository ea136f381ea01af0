import type { AlterEnumStmt } from '@pgsql/types';
import { qualifiedText } from '../../sql/identifier.ts';
import { literalText } from '../../sql/literal.ts';
import { bareName, resolve, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { JudgedStatement } from '../context.ts';
import { labelUses } from '../enum-labels.ts';
import { tally } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

type Added = { readonly type: readonly string[]; readonly by: Statement };

/** The enums that a transaction made, and the labels that it added to enums. */
type Enums = { readonly made: Set<string>; readonly added: Map<string, Added[]> };

const enumsOf = tally<JudgedStatement, Enums>(
  () => ({ made: new Set(), added: new Map() }),
  ({ made, added }, { statement }) => {
    const { node } = statement;
    if ('CreateEnumStmt' in node) made.add(strings(node.CreateEnumStmt.typeName).at(-1) ?? '');
    if (!('AlterEnumStmt' in node) || !isAddition(node.AlterEnumStmt)) return;
    const { newVal = '', typeName } = node.AlterEnumStmt;
    const before = added.get(newVal) ?? [];
    if (before.length < ENOUGH) added.set(newVal, [...before, { type: strings(typeName), by: statement }]);
  },
);

/** Enums that get the same label in one transaction; more are not looked at. */
const ENOUGH = 20;

function isAddition({ oldVal, newVal }: AlterEnumStmt): boolean {
  return oldVal === undefined && newVal !== undefined;
}

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { transaction } = context.session;
  if (!transaction || statement.kind === 'AlterEnumStmt' || statement.kind === 'DoStmt') return [];
  const { made, added } = enumsOf(transaction.earlier);
  if (added.size === 0) return [];
  const told = new Map<string, Complaint>();
  for (const { label, type } of labelUses(statement.node, context.catalog))
    for (const addition of added.get(label) ?? []) {
      const name = resolve(context.catalog, addition.type);
      if (type !== name && type !== 'unknown') continue;
      // From 17 on the labels of an enum that the same transaction made are safe (release notes of 17, E.1.3.3).
      if (context.version >= 17 && made.has(bareName(name))) continue;
      told.set(`${name} ${label}`, complaint(name, label, addition.by));
    }
  return [...told.values()];
}

function complaint(type: string, label: string, by: Statement): Complaint {
  const add = `ALTER TYPE ${qualifiedText(type)} ADD VALUE ${literalText(label)}`;
  return {
    relation: undefined,
    part: `${type} ${label}`,
    message: `The server refuses this: ${code(label)} was added to ${code(type)} in line ${by.place.line}, and a new value cannot be used before its transaction is committed.`,
    help: `Commit ${code(add)} first, in a migration of its own before this one.`,
  };
}

export const rule: Rule = {
  slug: 'enum-value-used-in-same-transaction',
  section: 'types',
  title: 'A new enum value cannot be used in the transaction that adds it',
  condition: 'A value is added to an enum, and the same transaction uses it.',
  effect: 'The server refuses the statement, and the migration fails.',
  workaround: 'Add the value in a migration of its own.',
  severity: 'error',
  since: 13,
  claim: { fails: '55P04' },
  check,
};
