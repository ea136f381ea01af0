import type {
  AlterDomainStmt,
  AlterExtensionContentsStmt,
  AlterObjectDependsStmt,
  AlterPolicyStmt,
  AlterPublicationStmt,
  AlterSeqStmt,
  AlterSubscriptionStmt,
  CommentStmt,
  CreatePolicyStmt,
  CreatePublicationStmt,
  CreateSchemaStmt,
  CreateSeqStmt,
  CreateStatsStmt,
  CreateSubscriptionStmt,
  CreateTrigStmt,
  GrantStmt,
  Node,
  RuleStmt,
} from '@pgsql/types';
import { published } from '../apply/objects.ts';
import { isOn } from '../boolean-option.ts';
import { touchesOf } from '../effects.ts';
import { relationsOfType, tablesOf } from '../graph.ts';
import { listedName, newName, relationName, resolve, strings } from '../names.ts';
import { splitType } from '../types.ts';
import { callsIn } from './code.ts';
import { query } from './queries.ts';
import { family, known, type Touch, type Touches, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

/** Objects that stand in a relation: the relation's name is all but the last part. */
const PARTS = new Set([
  'OBJECT_COLUMN',
  'OBJECT_TABCONSTRAINT',
  'OBJECT_TRIGGER',
  'OBJECT_RULE',
  'OBJECT_POLICY',
]);
const RELATIONS = new Set([
  'OBJECT_TABLE',
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
]);

/** COMMENT and SECURITY LABEL. */
export function comment({ objtype, object }: Pick<CommentStmt, 'objtype' | 'object'>, work: Work): Touches {
  const lock = 'ShareUpdateExclusiveLock';
  if (RELATIONS.has(objtype ?? ''))
    return [touch(work, listedName(work.catalog, object), lock, 'its comment is set')];
  if (!PARTS.has(objtype ?? '') || object === undefined || !('List' in object)) return [];
  const relation = resolve(work.catalog, strings(object.List.items).slice(0, -1));
  if (work.catalog.types.get(relation)?.kind === 'composite') return [];
  const partLock = objtype === 'OBJECT_COLUMN' ? lock : 'AccessShareLock';
  return [touch(work, relation, partLock, 'the comment of a part of it is set')];
}

export function createStatistics({ relations }: CreateStatsStmt, work: Work): Touches {
  return (relations ?? []).map((node) =>
    touch(work, listedName(work.catalog, node), 'ShareUpdateExclusiveLock', 'statistics are made on it'),
  );
}

/** CREATE TRIGGER on a partitioned table makes the trigger on every partition (CreateTriggerFiringOn). */
export function createTrigger({ relation, constrrel, row }: CreateTrigStmt, work: Work): Touches {
  const lock = 'ShareRowExclusiveLock';
  const name = relationName(work.catalog, relation);
  const isPartitioned = known(work, name)?.kind === 'partitioned table';
  const tables = isPartitioned && row ? family(work, relation) : [name];
  const other = constrrel
    ? [touch(work, relationName(work.catalog, constrrel), 'AccessShareLock', 'FROM names it')]
    : [];
  return [...tables.map((table) => touch(work, table, lock, 'a trigger is added')), ...other];
}

/** A policy's subqueries are looked at when it is made. */
export function policy(node: CreatePolicyStmt | AlterPolicyStmt, work: Work): Touches {
  const table = relationName(work.catalog, node.table);
  const conditions = { conditions: [node.qual, node.with_check] };
  return [
    touch(work, table, 'AccessExclusiveLock', 'its policies change'),
    ...query(conditions, { ...work, depth: 'analyzed' }),
  ];
}

/** A rule's statements are looked at when it is made. */
export function createRule({ relation, actions, whereClause }: RuleStmt, work: Work): Touches {
  const table = relationName(work.catalog, relation);
  return [
    touch(work, table, 'AccessExclusiveLock', 'a rule is added'),
    ...query({ actions, whereClause }, { ...work, depth: 'analyzed' }).filter(isNoRowVariable),
  ];
}

function isNoRowVariable(touched: Touch): boolean {
  return touched === 'unseen' || !/\.(old|new)$/.test(touched.relation);
}

export function grant({ objtype, targtype, objects }: GrantStmt, work: Work): Touches {
  if (!holds(work, 'grantLocks') || targtype !== 'ACL_TARGET_OBJECT') return [];
  if (!['OBJECT_TABLE', 'OBJECT_SEQUENCE'].includes(objtype ?? '')) return [];
  return (objects ?? []).map((object) =>
    touch(work, listedName(work.catalog, object), 'AccessShareLock', 'its privileges change'),
  );
}

/** SET TABLE locks the tables that the publication had, too. */
export function publication(node: CreatePublicationStmt | AlterPublicationStmt, work: Work): Touches {
  const isSet = 'action' in node && node.action === 'AP_SetObjects' && node.pubobjects !== undefined;
  const before = isSet
    ? tablesOf(work.catalog, 'publications', node.pubname ?? '').map(({ name }) => name)
    : [];
  return [...published(work.catalog, node), ...before].map((table) =>
    touch(work, table, 'ShareUpdateExclusiveLock', 'its publications change'),
  );
}

export function createSequence(
  { options, sequence, if_not_exists: mayExist }: CreateSeqStmt,
  work: Work,
): Touches {
  if (mayExist && known(work, newName(work.catalog, sequence))) return [];
  return ownerLock(options, work);
}

/** ALTER SEQUENCE writes its row into a new file, but for OWNED BY alone. */
export function alterSequence({ sequence, options, missing_ok: mayMiss }: AlterSeqStmt, work: Work): Touches {
  const name = relationName(work.catalog, sequence);
  if (mayMiss && work.catalog.complete && !known(work, name)) return [];
  const rewrite = (options ?? []).some(
    (option) => 'DefElem' in option && option.DefElem.defname !== 'owned_by',
  );
  const own = touch(work, name, 'ShareRowExclusiveLock', 'the sequence is changed', {
    kind: 'sequence',
    rewrite,
  });
  return [own, ...ownerLock(options, work)];
}

/** OWNED BY table.column. */
function ownerLock(options: readonly Node[] | undefined, work: Work): readonly Touch[] {
  return (options ?? []).flatMap((option) => {
    if (!('DefElem' in option) || option.DefElem.defname !== 'owned_by') return [];
    const { arg } = option.DefElem;
    const parts = arg && 'List' in arg ? strings(arg.List.items) : [];
    if (parts.length < 2) return [];
    const table = resolve(work.catalog, parts.slice(0, -1));
    return [touch(work, table, 'AccessShareLock', 'it will own the sequence')];
  });
}

/** The elements of CREATE SCHEMA, such as views, which read what stands elsewhere. */
export function createSchema({ schemaElts, schemaname }: CreateSchemaStmt, work: Work): Touches {
  const searchPath = [schemaname ?? '', ...work.catalog.searchPath];
  const inside = { ...work, catalog: { ...work.catalog, searchPath } };
  const isOld = (touched: Touch): boolean =>
    touched === 'unseen' || !touched.relation.startsWith(`${schemaname}.`);
  return (schemaElts ?? []).flatMap((node) => {
    const [kind = ''] = Object.keys(node);
    return (touchesOf({ kind, node }, inside) ?? ['unseen' as const]).filter(isOld);
  });
}

/** Subcommands of ALTER DOMAIN that check the rows of every table with a column of the domain (validateDomainCheckConstraint). */
export function alterDomain(node: AlterDomainStmt, work: Work): Touches {
  const { def, subtype } = node;
  const isCheck = subtype === 'C' && !(def && 'Constraint' in def && def.Constraint.skip_validation);
  if (!isCheck && subtype !== 'O' && subtype !== 'V') return [];
  const domain = resolve(work.catalog, strings(node.typeName));
  const scanned = tablesWithType(work, domain).map((table) =>
    touch(work, table, 'ShareLock', 'its values of the domain are checked', { scan: true }),
  );
  return [...scanned, ...(isCheck ? callsIn(def, work) : [])];
}

/** Tables and materialized views with columns of the domain, or of one made from it. */
function tablesWithType({ catalog }: Work, domain: string): readonly string[] {
  const domains = new Set([domain]);
  for (const [name, { base }] of catalog.types)
    if (base !== undefined && domains.has(base)) domains.add(name);
  const users = [...domains].flatMap((name) => relationsOfType(catalog, name));
  const holding = users.filter(({ kind, columns }) => {
    const hasRows = kind === 'table' || kind === 'materialized view';
    return hasRows && columns.some(({ type }) => domains.has(splitType(type).base));
  });
  return [...new Set(holding.map(({ name }) => name))];
}

/** ALTER INDEX, TRIGGER or MATERIALIZED VIEW … DEPENDS ON EXTENSION; functions have no relation. */
export function alterDepends({ relation }: AlterObjectDependsStmt, work: Work): Touches {
  if (relation === undefined) return [];
  return [
    touch(work, relationName(work.catalog, relation), 'AccessExclusiveLock', 'it will go with an extension'),
  ];
}

/** ALTER EXTENSION … ADD or DROP an object. */
export function extensionContents({ objtype, object }: AlterExtensionContentsStmt, work: Work): Touches {
  if (!RELATIONS.has(objtype ?? '')) return [];
  const name = listedName(work.catalog, object);
  return [touch(work, name, 'ShareUpdateExclusiveLock', 'it joins or leaves an extension')];
}

/** With connect = false nothing is asked of the publisher, which alone knows the tables. */
export function createSubscription({ options }: CreateSubscriptionStmt): Touches {
  const asks = (options ?? []).every(
    (option) => !('DefElem' in option) || option.DefElem.defname !== 'connect',
  );
  return asks || isOn(options, 'connect') ? undefined : [];
}

/** Those forms that ask the publisher for its tables are not known. */
export function alterSubscription({ kind, options }: AlterSubscriptionStmt): Touches {
  if (!REFRESHES.has(kind ?? '')) return [];
  const refreshes = (options ?? []).every(
    (option) => !('DefElem' in option) || option.DefElem.defname !== 'refresh',
  );
  return refreshes || isOn(options, 'refresh') ? undefined : [];
}

const REFRESHES: ReadonlySet<string> = new Set([
  'ALTER_SUBSCRIPTION_REFRESH',
  'ALTER_SUBSCRIPTION_SET_PUBLICATION',
  'ALTER_SUBSCRIPTION_ADD_PUBLICATION',
  'ALTER_SUBSCRIPTION_DROP_PUBLICATION',
]);
