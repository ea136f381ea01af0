import type {
  AlterDomainStmt,
  AlterPublicationStmt,
  CommentStmt,
  CreatePublicationStmt,
  CreateStatsStmt,
  CreateTrigStmt,
  GrantStmt,
} from '@pgsql/types';
import type { RelationEffect } from '../effect.ts';
import { listedName, relationName, resolve, strings } from '../names.ts';
import { splitType } from '../types.ts';
import { family, known, type Touches, touch, type Work } from './touch.ts';
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

export function comment({ objtype, object }: CommentStmt, work: Work): Touches {
  const lock = 'ShareUpdateExclusiveLock';
  if (RELATIONS.has(objtype ?? ''))
    return [touch(work, listedName(work.catalog, object), lock, 'its comment is set')];
  if (!PARTS.has(objtype ?? '') || object === undefined || !('List' in object)) return [];
  const relation = resolve(work.catalog, strings(object.List.items).slice(0, -1));
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
  const other = constrrel ? [touch(work, relationName(work.catalog, constrrel), lock, 'FROM names it')] : [];
  return [...tables.map((table) => touch(work, table, lock, 'a trigger is added')), ...other];
}

export function grant({ objtype, targtype, objects }: GrantStmt, work: Work): Touches {
  if (!holds(work, 'grantLocks') || targtype !== 'ACL_TARGET_OBJECT') return [];
  if (!['OBJECT_TABLE', 'OBJECT_SEQUENCE'].includes(objtype ?? '')) return [];
  return (objects ?? []).map((object) =>
    touch(work, listedName(work.catalog, object), 'AccessShareLock', 'its privileges change'),
  );
}

export function publication(node: CreatePublicationStmt | AlterPublicationStmt, work: Work): Touches {
  return (node.pubobjects ?? []).flatMap((object) => {
    if (!('PublicationObjSpec' in object) || object.PublicationObjSpec.pubtable === undefined) return [];
    return family(work, object.PublicationObjSpec.pubtable.relation).map((table) =>
      touch(work, table, 'ShareUpdateExclusiveLock', 'it is published'),
    );
  });
}

/** Subcommands of ALTER DOMAIN that check the rows of every table with a column of the domain (validateDomainCheckConstraint). */
export function alterDomain(node: AlterDomainStmt, work: Work): Touches {
  const isCheck =
    node.subtype === 'C' && !(node.def && 'Constraint' in node.def && node.def.Constraint.skip_validation);
  if (!isCheck && node.subtype !== 'O' && node.subtype !== 'V') return [];
  const domain = resolve(work.catalog, strings(node.typeName));
  return tablesWithType(work, domain).map((table) =>
    touch(work, table, 'ShareLock', 'its values of the domain are checked', { scan: true }),
  );
}

function tablesWithType({ catalog }: Work, domain: string): readonly RelationEffect['relation'][] {
  const domains = new Set([domain]);
  for (const [name, facts] of catalog.types)
    if (facts.base !== undefined && domains.has(facts.base)) domains.add(name);
  return [...catalog.relations.values()]
    .filter(({ kind }) => kind === 'table' || kind === 'materialized view')
    .filter(({ columns }) => columns.some(({ type }) => domains.has(splitType(type).base)))
    .map(({ name }) => name);
}
