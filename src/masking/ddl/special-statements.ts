import type { Node } from '@pgsql/types';
import { identifierText } from '../../sql/identifier.ts';
import { foreignServer, foreignTable } from './foreign-statements.ts';
import {
  aboutOf,
  asStatement,
  type Handler,
  ifClean,
  keptIfClean,
  membersOf,
  NOTHING,
  removed,
  statementTexts,
  unexpected,
} from './outcome.ts';
import { routine } from './routine-settings.ts';
import { extensionNeeds } from './statement-kinds.ts';
import { alterTable, tableLike } from './table-statements.ts';
import { textsIn } from './tree-texts.ts';

/** What pg_dump sets for its own text: the target's session is set so beforehand (DDL_SETTINGS), and newer ones are unknown to older servers. */
const setSetting: Handler = (piece, scrub) => {
  const { name = '', args } = membersOf(piece) as { name?: string; args?: readonly Node[] };
  const [value = ''] = textsIn(args)?.literals ?? [];
  if (name === 'default_table_access_method' && scrub.section === 'pre-data')
    return keptIfClean(piece, scrub);
  if (name !== 'default_tablespace' || value === '') return NOTHING;
  return removed(
    { kind: 'tablespace', name: identifierText(value) },
    'the branch server has tablespaces of its own; everything stands in its default one',
  );
};

const LARGE_OBJECT = /^\s*SELECT\s+pg_catalog\.lo_(?:create|creat|unlink)\s*\(/i;
const EMPTY_PATH =
  /^\s*SELECT\s+pg_catalog\.set_config\s*\(\s*'search_path'\s*,\s*''\s*,\s*(?:false|true)\s*\)\s*$/i;

const query: Handler = (piece, scrub) => {
  if (EMPTY_PATH.test(piece.sql)) return NOTHING;
  if (!LARGE_OBJECT.test(piece.sql)) return unexpected(piece, scrub);
  return removed(
    { kind: 'large object', name: `line ${piece.line} of the ${scrub.section} section` },
    'large objects are not masked, so none is taken along',
  );
};

const comment: Handler = (piece, scrub) => {
  const about = aboutOf(piece);
  if (!scrub.options.keepComments)
    return removed(about, 'comments are removed unless the profile keeps them');
  const verdict = scrub.judge(statementTexts(piece));
  if (verdict.kind === 'clean') return { ...NOTHING, statements: [asStatement(piece, about, scrub)] };
  return {
    ...NOTHING,
    scrubbed: [{ kind: about.kind, name: about.name, action: 'blanked', why: verdict.why }],
  };
};

/** A schema that is there already, such as public or an extension's, is no error. */
const schema: Handler = (piece, scrub) => {
  const { schemaname, schemaElts } = membersOf(piece) as {
    schemaname?: string;
    schemaElts?: readonly Node[];
  };
  if (schemaname === undefined || schemaElts !== undefined) return unexpected(piece, scrub);
  const sql = `CREATE SCHEMA IF NOT EXISTS ${identifierText(schemaname)}`;
  const about = aboutOf(piece);
  return ifClean(about, scrub.judge(statementTexts(piece)), scrub, asStatement(piece, about, scrub, sql));
};

const extension: Handler = (piece, scrub) => {
  const { extname = '', options = [] } = membersOf(piece) as { extname?: string; options?: readonly Node[] };
  const entry = options.find((each) => 'DefElem' in each && each.DefElem.defname === 'schema');
  const arg = entry !== undefined && 'DefElem' in entry ? entry.DefElem.arg : undefined;
  const space = arg !== undefined && 'String' in arg ? arg.String.sval : undefined;
  const needs = extensionNeeds(extname);
  const about = aboutOf(piece);
  const statement = {
    ...asStatement(piece, about, scrub),
    ...(needs.superuser ? { superuser: true as const } : {}),
  };
  const outcome = ifClean(about, scrub.judge(statementTexts(piece)), scrub, statement);
  return { ...outcome, extensions: [{ name: extname, schema: space, ...needs }] };
};

/** It would react to our own statements and to the branch's; a migration that alters it finds it, off. */
const eventTrigger: Handler = (piece, scrub) => {
  const about = aboutOf(piece);
  const sql = `${piece.sql}; ALTER EVENT TRIGGER ${about.name} DISABLE`;
  const verdict = scrub.judge(statementTexts(piece));
  const outcome = ifClean(about, verdict, scrub, asStatement(piece, about, scrub, sql));
  if (outcome.statements.length === 0) return outcome;
  const why = 'disabled: branches have no event trigger that reacts';
  return {
    ...outcome,
    scrubbed: [...outcome.scrubbed, { kind: about.kind, name: about.name, action: 'kept', why }],
  };
};

/** pg_dump names a publication's tables one by one; the publication itself is listed. */
const publicationPart: Handler = () => NOTHING;

/** The object stays, so that queries are planned as they were; what it knew of the source's rows does not. */
const extendedStatistics: Handler = (piece, scrub) => {
  const outcome = keptIfClean(piece, scrub);
  if (outcome.statements.length === 0) return outcome;
  const { kind, name } = aboutOf(piece);
  const why = 'its definition alone: ANALYZE fills it from the masked rows';
  return { ...outcome, scrubbed: [...outcome.scrubbed, { kind, name, action: 'kept', why }] };
};

/** Statements about which more is to be decided than whether they stay. */
export const SPECIAL: Readonly<Record<string, Handler>> = {
  VariableSetStmt: setSetting,
  SelectStmt: query,
  CommentStmt: comment,
  CreateSchemaStmt: schema,
  CreateExtensionStmt: extension,
  CreateEventTrigStmt: eventTrigger,
  AlterPublicationStmt: publicationPart,
  CreateStatsStmt: extendedStatistics,
  CreateFunctionStmt: routine,
  CreateFdwStmt: foreignServer,
  CreateForeignServerStmt: foreignServer,
  CreateForeignTableStmt: foreignTable,
  CreateStmt: tableLike,
  CreateDomainStmt: tableLike,
  AlterTableStmt: alterTable,
};
