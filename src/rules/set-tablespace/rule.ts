import type { AlterTableStmt } from '@pgsql/types';
import { effects } from '../../sql/effects.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if ('AlterTableMoveAllStmt' in node) {
    const { orig_tablespacename: from = '', new_tablespacename: to = '' } = node.AlterTableMoveAllStmt;
    return from === to ? [] : [whole(from, to)];
  }
  if ('AlterTableStmt' in node && FILES[node.AlterTableStmt.objtype ?? ''])
    return ofIndexOrView(node.AlterTableStmt, context);
  return alterCommands(statement, context.catalog).flatMap(({ command, table, alone, schema }) => {
    if (command.subtype !== 'AT_SetTableSpace') return [];
    const found = onExisting(effects(alone, schema, context.version), context.catalog);
    if (!found.some(({ rewrite }) => rewrite)) return [];
    return [ofTable(table, command.name ?? '')];
  });
}

/** What has files of its own and is altered by ALTER INDEX or ALTER MATERIALIZED VIEW. */
const FILES: Readonly<Record<string, true>> = { OBJECT_INDEX: true, OBJECT_MATVIEW: true };

function ofIndexOrView(node: AlterTableStmt, { catalog, version }: RuleContext): readonly Complaint[] {
  const name = relationName(catalog, node.relation);
  return (node.cmds ?? []).flatMap((element) => {
    if (!('AlterTableCmd' in element) || element.AlterTableCmd.subtype !== 'AT_SetTableSpace') return [];
    const space = element.AlterTableCmd.name ?? '';
    if (!stoodBefore(catalog, name) || space === 'pg_default') return [];
    return [node.objtype === 'OBJECT_INDEX' ? ofIndex(name, space, version) : ofTable(name, space)];
  });
}

function ofTable(table: string, space: string): Complaint {
  return {
    relation: table,
    part: space,
    message: `While all of ${code(table)} is copied to the tablespace ${code(space)}, nobody can read or write it.`,
    help: `Move ${code(table)} with ${code('pg_repack')}, which copies it to ${code(space)} while it is in use and locks it only to swap the files.`,
  };
}

/** REINDEX takes a tablespace since Postgres 14 (release notes, E.5). */
function ofIndex(index: string, space: string, version: RuleContext['version']): Complaint {
  const reindex = `REINDEX (TABLESPACE ${identifierText(space)}, CONCURRENTLY) INDEX ${qualifiedText(index)}`;
  return {
    relation: index,
    part: space,
    message: `While ${code(index)} is copied to the tablespace ${code(space)}, every query of its table waits.`,
    help:
      version >= 14
        ? `Write ${code(reindex)} outside a transaction, which builds it there while the table is in use.`
        : `Build a copy of ${code(index)} with ${code('CREATE INDEX CONCURRENTLY')} in ${code(space)}, then drop the old one.`,
  };
}

function whole(from: string, to: string): Complaint {
  return {
    relation: undefined,
    part: from,
    message: `Everything in the tablespace ${code(from)} is copied to ${code(to)} in one transaction, and nobody can read or write any of it until the last file is there.`,
    help: `Move one table after the other with ${code('pg_repack')}, which copies it to ${code(to)} while it is in use.`,
  };
}

export const rule: Rule = {
  slug: 'set-tablespace',
  section: 'tables',
  title: 'SET TABLESPACE copies the whole table while nobody can use it',
  condition: 'An existing table, materialized view or index moves to another tablespace.',
  effect: 'Nobody can read or write it until all its files are copied.',
  workaround: 'Move it with `pg_repack`, an index with `REINDEX (TABLESPACE …, CONCURRENTLY)`.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: false },
  check,
};
