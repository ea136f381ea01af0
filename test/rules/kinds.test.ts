import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CASES } from '../../bench/locks/cases.ts';
import { WORLD } from '../../bench/locks/world.ts';
import type { RuleContext } from '../../src/rules/context.ts';
import { rules } from '../../src/rules/registry.ts';
import { startSession } from '../../src/rules/session.ts';
import { settled } from '../../src/sql/catalog-edit.ts';
import { effects, HANDLERS } from '../../src/sql/effects.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import type { Statement } from '../../src/sql/statement.ts';
import { schemaOf } from '../sql/schema.ts';

before(loadParser);

/** The statements of all lock cases, each with what a rule is told of it in a transaction. */
function* judged(): Generator<readonly [Statement, RuleContext]> {
  const catalog = settled(schemaOf(WORLD));
  for (const { sql } of CASES) {
    const parsed = parseSql(sql, 'case.sql');
    if (!parsed.ok) continue;
    const { statements } = parsed;
    for (const [index, statement] of statements.entries()) {
      const context: RuleContext = {
        catalog,
        before: catalog,
        effects: effects(statement, catalog, 18),
        version: 18,
        inTransaction: true,
        session: startSession('tool').view,
        file: { path: 'case.sql', transaction: 'file', statements, index },
        lockedBefore: new Map(),
      };
      yield [statement, context];
    }
  }
}

test('a rule has nothing to say of the kinds of statements that it leaves out', () => {
  const choosy = rules.filter(({ kinds }) => kinds !== undefined);
  const spoken = new Set<string>();
  for (const [statement, context] of judged())
    for (const { slug, kinds = [], check } of choosy) {
      const complaints = check(statement, context);
      if (complaints.length > 0) spoken.add(slug);
      if (!kinds.includes(statement.kind)) assert.deepEqual(complaints, [], `${slug}: ${statement.sql}`);
    }
  // Else the statements would show nothing.
  assert.ok(spoken.size > choosy.length / 3, `only ${[...spoken].join(', ')}`);
});

test('the kinds that rules name are kinds that the grammar has', () => {
  const others = [
    'TransactionStmt',
    'AlterDefaultPrivilegesStmt',
    'AlterEnumStmt',
    'AlterFunctionStmt',
    'AlterRoleStmt',
    'CreateEnumStmt',
    'CreateExtensionStmt',
    'CreateRoleStmt',
    'DropdbStmt',
    'VariableSetStmt',
  ];
  const known = new Set([...Object.keys(HANDLERS), ...others]);
  for (const { slug, kinds = [] } of rules)
    for (const kind of kinds) assert.ok(known.has(kind), `${slug}: ${kind}`);
});
