import type { DoStmt, ExplainStmt } from '@pgsql/types';
import { applyAlterTable } from './apply/alter-table.ts';
import { applyIndex } from './apply/create-index.ts';
import { applyCreateTable, applyCreateTableAs, applySelectInto } from './apply/create-table.ts';
import { applyDrop } from './apply/drop.ts';
import { applyPublication, applyStatistics } from './apply/objects.ts';
import { applyMove, applyRename } from './apply/rename.ts';
import { applyDefine, applyFunction } from './apply/routines.ts';
import {
  applyDeallocate,
  applyDiscard,
  applyPrepare,
  applySetConfig,
  applySetting,
} from './apply/setting.ts';
import { applyAlterSequence, applyPolicy, applySequence, applyView } from './apply/simple-relations.ts';
import { applyRule, applyTrigger } from './apply/triggers.ts';
import { applyAlterDomain, applyComposite, applyDomain, applyEnum, applyRange } from './apply/types.ts';
import { isOn } from './boolean-option.ts';
import type { Catalog } from './catalog.ts';
import { type Embedded, NO_PLACE, readBlock } from './plpgsql.ts';
import type { Statement } from './statement.ts';
import { perhapsAfter } from './uncertain.ts';

type Apply = (catalog: Catalog, value: never, sql: string) => Catalog;

/** What each kind of statement does to the schema. A kind that is missing here changes nothing that the catalog knows of. */
const HANDLERS: Readonly<Record<string, Apply>> = {
  CreateStmt: (catalog, node: never) => applyCreateTable(catalog, node),
  CreateForeignTableStmt: (catalog, { base }: never) => applyCreateTable(catalog, base, 'foreign table'),
  CreateTableAsStmt: applyCreateTableAs,
  SelectStmt: (catalog, node: never) => applySetConfig(applySelectInto(catalog, node), node),
  DiscardStmt: applyDiscard,
  ViewStmt: applyView,
  CreateSeqStmt: applySequence,
  AlterSeqStmt: applyAlterSequence,
  CreatePolicyStmt: applyPolicy,
  IndexStmt: applyIndex,
  AlterTableStmt: applyAlterTable,
  RenameStmt: applyRename,
  AlterObjectSchemaStmt: applyMove,
  DropStmt: applyDrop,
  CreateEnumStmt: applyEnum,
  CreateDomainStmt: applyDomain,
  AlterDomainStmt: applyAlterDomain,
  CompositeTypeStmt: applyComposite,
  CreateRangeStmt: applyRange,
  CreateFunctionStmt: applyFunction,
  DefineStmt: applyDefine,
  CreateTrigStmt: applyTrigger,
  RuleStmt: applyRule,
  CreateStatsStmt: applyStatistics,
  CreatePublicationStmt: applyPublication,
  AlterPublicationStmt: applyPublication,
  PrepareStmt: applyPrepare,
  DeallocateStmt: applyDeallocate,
  VariableSetStmt: applySetting,
  CreateSchemaStmt: applyCreateSchema,
  DoStmt: applyBlock,
  ExplainStmt: applyExplained,
};

/**
 * The schema after a statement. Pure and total: what the statement names and the catalog does not know is left alone.
 * Rules ask for it before the statement's turn to be applied comes, so the last answer is kept.
 */
export function applyStatement(catalog: Catalog, statement: Statement): Catalog {
  const last = applied.get(statement);
  if (last?.before === catalog) return last.after;
  const after = applyNode(catalog, statement.node, statement.sql);
  applied.set(statement, { before: catalog, after });
  return after;
}

const applied = new WeakMap<Statement, { readonly before: Catalog; readonly after: Catalog }>();

function applyNode(catalog: Catalog, node: object, sql: string): Catalog {
  const [kind, value] = Object.entries(node)[0] ?? [];
  const handler = kind === undefined ? undefined : HANDLERS[kind];
  return handler === undefined ? catalog : handler(catalog, value as never, sql);
}

/** A DO block changes the schema by what it embeds. */
function applyBlock(catalog: Catalog, node: DoStmt): Catalog {
  const code = readBlock(node, NO_PLACE);
  return code.statements.reduce((result, statement) => applyEmbedded(result, statement, code), catalog);
}

/** The schema after a statement inside of code, which may not run, or be undone by an error. */
export function applyEmbedded(
  catalog: Catalog,
  statement: Statement,
  { perhaps, undone }: Embedded,
): Catalog {
  const after = applyStatement(catalog, statement);
  const isCertain = !perhaps?.has(statement) && !undone?.has(statement);
  return isCertain ? after : perhapsAfter(catalog, after);
}

/** EXPLAIN ANALYZE does what the statement does. */
function applyExplained(catalog: Catalog, { query, options }: ExplainStmt): Catalog {
  return query !== undefined && isOn(options, 'analyze') ? applyNode(catalog, query, '') : catalog;
}

/** The elements of CREATE SCHEMA stand in the new schema. */
function applyCreateSchema(
  catalog: Catalog,
  { schemaname, schemaElts }: { schemaname?: string; schemaElts?: object[] },
): Catalog {
  const inside = { ...catalog, searchPath: [schemaname ?? 'public', ...catalog.searchPath] };
  const result = (schemaElts ?? []).reduce<Catalog>((made, element) => applyNode(made, element, ''), inside);
  return { ...result, searchPath: catalog.searchPath };
}
