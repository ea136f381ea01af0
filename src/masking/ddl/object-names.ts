import type { Node, RangeVar } from '@pgsql/types';
import { identifierText } from '../../sql/identifier.ts';
import { strings } from '../../sql/names.ts';
import { tableKey } from '../source.ts';

/** What a statement is about. */
export type Subject = {
  readonly kind: string;
  /** As SQL writes it. */
  readonly name: string;
  /** tableKey. */
  readonly table?: string | undefined;
};

/** Names as SQL writes them, joined by dots. */
export function dotted(names: readonly (string | undefined)[]): string {
  return names.flatMap((name) => (name === undefined || name === '' ? [] : identifierText(name))).join('.');
}

export function rangeName(range: RangeVar | undefined): string {
  return dotted([range?.schemaname, range?.relname]);
}

export function rangeKey(range: RangeVar | undefined): string | undefined {
  const { schemaname, relname } = range ?? {};
  return schemaname === undefined || relname === undefined ? undefined : tableKey(schemaname, relname);
}

const listName = (names: readonly Node[] | undefined): string => dotted(strings(names));

/** The members of statements that name things, as the grammar calls them. */
type Members = {
  readonly relation?: RangeVar;
  readonly into?: { readonly rel?: RangeVar };
  readonly sequence?: RangeVar;
  readonly view?: RangeVar;
  readonly typevar?: RangeVar;
  readonly typeName?: readonly Node[];
  readonly funcname?: readonly Node[];
  readonly defnames?: readonly Node[];
  readonly domainname?: readonly Node[];
  readonly cfgname?: readonly Node[];
  readonly dictname?: readonly Node[];
  readonly trigname?: string;
  readonly policy_name?: string;
  readonly table?: RangeVar;
  readonly rulename?: string;
  readonly idxname?: string;
  readonly schemaname?: string;
  readonly extname?: string;
  readonly pubname?: string;
  readonly subname?: string;
  readonly fdwname?: string;
  readonly servername?: string;
  readonly plname?: string;
  readonly amname?: string;
  readonly name?: string;
};

const onTable =
  (kind: string, name: (members: Members) => string | undefined, of: 'relation' | 'table' = 'relation') =>
  (members: Members): Subject => ({
    kind,
    name: `${dotted([name(members)])} on ${rangeName(members[of])}`,
    table: rangeKey(members[of]),
  });
const ofRelation =
  (kind: string) =>
  ({ relation }: Members): Subject => ({ kind, name: rangeName(relation), table: rangeKey(relation) });
const named =
  (kind: string, name: (members: Members) => string | undefined) =>
  (members: Members): Subject => ({ kind, name: dotted([name(members)]) });
const listed =
  (kind: string, names: (members: Members) => readonly Node[] | undefined) =>
  (members: Members): Subject => ({ kind, name: listName(names(members)) });

const SUBJECTS: Readonly<Record<string, (members: Members) => Subject>> = {
  CreateStmt: ofRelation('table'),
  AlterTableStmt: ofRelation('table'),
  ViewStmt: ({ view }) => ({ kind: 'view', name: rangeName(view) }),
  CreateTableAsStmt: ({ into }) => ({
    kind: 'materialized view',
    name: rangeName(into?.rel),
    table: rangeKey(into?.rel),
  }),
  RefreshMatViewStmt: ofRelation('materialized view'),
  CreateSeqStmt: ({ sequence }) => ({ kind: 'sequence', name: rangeName(sequence) }),
  AlterSeqStmt: ({ sequence }) => ({ kind: 'sequence', name: rangeName(sequence) }),
  IndexStmt: onTable('index', ({ idxname }) => idxname),
  CreateTrigStmt: onTable('trigger', ({ trigname }) => trigname),
  RuleStmt: onTable('rule', ({ rulename }) => rulename),
  CreatePolicyStmt: onTable('policy', ({ policy_name: name }) => name, 'table'),
  CreateStatsStmt: listed('statistics', ({ defnames }) => defnames),
  AlterTSConfigurationStmt: listed('text search configuration', ({ cfgname }) => cfgname),
  AlterTSDictionaryStmt: listed('text search dictionary', ({ dictname }) => dictname),
  AlterStatsStmt: listed('statistics', ({ defnames }) => defnames),
  CreateFunctionStmt: listed('function', ({ funcname }) => funcname),
  AlterFunctionStmt: named('function', () => undefined),
  CreateEnumStmt: listed('enum', ({ typeName }) => typeName),
  AlterEnumStmt: listed('enum', ({ typeName }) => typeName),
  CreateDomainStmt: listed('domain', ({ domainname }) => domainname),
  AlterDomainStmt: listed('domain', ({ typeName }) => typeName),
  CreateRangeStmt: listed('type', ({ typeName }) => typeName),
  CompositeTypeStmt: ({ typevar }) => ({ kind: 'type', name: rangeName(typevar) }),
  DefineStmt: listed('definition', ({ defnames }) => defnames),
  CreateSchemaStmt: named('schema', ({ schemaname }) => schemaname),
  CreateExtensionStmt: named('extension', ({ extname }) => extname),
  CreatePublicationStmt: named('publication', ({ pubname }) => pubname),
  AlterPublicationStmt: named('publication', ({ pubname }) => pubname),
  CreateSubscriptionStmt: named('subscription', ({ subname }) => subname),
  AlterSubscriptionStmt: named('subscription', ({ subname }) => subname),
  CreateEventTrigStmt: named('event trigger', ({ trigname }) => trigname),
  AlterEventTrigStmt: named('event trigger', ({ trigname }) => trigname),
  CreateFdwStmt: named('foreign-data wrapper', ({ fdwname }) => fdwname),
  CreateForeignServerStmt: named('foreign server', ({ servername }) => servername),
  CreateUserMappingStmt: ({ servername }) => ({
    kind: 'user mapping',
    name: `on ${dotted([servername])}`,
  }),
  CreatePLangStmt: named('language', ({ plname }) => plname),
  CreateAmStmt: named('access method', ({ amname }) => amname),
  VariableSetStmt: named('setting', ({ name }) => name),
};

/** Kinds of statements that say what they are about in another way, and whose name is of no use to people. */
const KIND_OF: Readonly<Record<string, string>> = {
  CreateCastStmt: 'cast',
  CreateTransformStmt: 'transform',
  CreateConversionStmt: 'conversion',
  CreateOpClassStmt: 'operator class',
  CreateOpFamilyStmt: 'operator family',
  AlterOpFamilyStmt: 'operator family',
  AlterOperatorStmt: 'operator',
  AlterTypeStmt: 'type',
  AlterObjectDependsStmt: 'dependency',
  CommentStmt: 'comment',
  SecLabelStmt: 'security label',
  AlterOwnerStmt: 'owner',
  GrantStmt: 'privilege',
  GrantRoleStmt: 'privilege',
  AlterDefaultPrivilegesStmt: 'default privileges',
  AlterDatabaseSetStmt: 'database setting',
  AlterRoleSetStmt: 'role setting',
  SelectStmt: 'query',
};

/** The statement's own words up to the first literal, bracket or line's end: they name things, and hold no value. */
export function openingWords(sql: string): string {
  const words = /^[^'$(\n]{0,160}/.exec(sql)?.[0] ?? '';
  return words.replace(/\s+(?:IS|AS|E|U&)?\s*$/i, '').trim();
}

/** What the statement is about: its kind in words, and the name. */
export function subjectOf(tag: string, node: Node, sql: string): Subject {
  const members = (node as Readonly<Record<string, unknown>>)[tag] as Members;
  if (tag === 'CreateForeignTableStmt') {
    const { base } = (node as { CreateForeignTableStmt: { base?: { relation?: RangeVar } } })
      .CreateForeignTableStmt;
    return { kind: 'foreign table', name: rangeName(base?.relation), table: rangeKey(base?.relation) };
  }
  const subject = SUBJECTS[tag]?.(members);
  if (subject !== undefined && subject.name !== '') return subject;
  return { kind: subject?.kind ?? KIND_OF[tag] ?? tag, name: openingWords(sql) };
}
