import type { AlterTableCmd } from '@pgsql/types';
import type { LockMode, RelationEffect } from '../effect.ts';
import { addColumn } from './add-column.ts';
import { addConstraint, constraintLock, constraintRecurses } from './add-constraint.ts';
import {
  alterType,
  dropColumn,
  dropIdentity,
  dropNotNull,
  setExpression,
  setIdentity,
  setNotNull,
  setNotNullRecurses,
} from './alter-column.ts';
import {
  alterConstraint,
  dropConstraint,
  dropConstraintRecurses,
  validateConstraint,
} from './constraints.ts';
import { attachPartition, detachLock, detachPartition } from './partitions.ts';
import { runsAddColumn, runsAddConstraint, runsAlterType, runsValidate } from './row-calls.ts';
import {
  changeOwner,
  clusterOn,
  inheritFrom,
  relationOptionsLock,
  replicaIdentity,
  setAccessMethod,
  setLogged,
  setTablespace,
} from './storage.ts';
import { known, type Touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

export type Command = {
  readonly work: Work;
  readonly table: string;
  readonly command: AlterTableCmd;
  /** The tables that the subcommand works on: the one it names and those it recurses to. */
  readonly family: readonly string[];
  /** The table with its partitions and children; itself alone when ONLY is written. */
  readonly reach: readonly string[];
  readonly isPartitioned: boolean;
};

export type Subcommand = {
  readonly lock: LockMode | ((command: Command) => LockMode);
  /** Whether it goes on to partitions and inheritance children. */
  readonly recurses: boolean | ((command: Command) => boolean);
  readonly why: string;
  /** Rewrites, scans and builds on the family, and other relations with locks of their own. */
  readonly more?: (command: Command) => readonly RelationEffect[];
  /** What functions do that it calls for the rows. */
  readonly runs?: (command: Command) => readonly Touch[];
};

const brief = (why: string, recurses = false): Subcommand => ({ lock: 'AccessExclusiveLock', recurses, why });
const gentle = (why: string, recurses = false): Subcommand => ({
  lock: 'ShareUpdateExclusiveLock',
  recurses,
  why,
});
/** Row triggers are switched on all partitions, but not on inheritance children (EnableDisableTrigger). */
const trigger: Subcommand = {
  lock: 'ShareRowExclusiveLock',
  recurses: ({ isPartitioned, work, table, command: { subtype = '', name } }) =>
    isPartitioned && (/(All|User)$/.test(subtype) || switchesRows(work, table, name)),
  why: 'a trigger is switched',
};

function switchesRows(work: Work, table: string, name: string | undefined): boolean {
  const found = known(work, table)?.triggers?.find((one) => one.name === name);
  return found === undefined || found.forEachRow === true;
}

const rule = brief('a rule is switched');
const security = brief('row security is switched');
const identity: Subcommand = {
  lock: 'AccessExclusiveLock',
  recurses: ({ isPartitioned, work }) => isPartitioned && holds(work, 'partitionedIdentity'),
  why: 'an identity is changed',
};

/** Each subcommand of ALTER TABLE by the grammar's name: its lock (AlterTableGetLockLevel in tablecmds.c), and what it does. */
export const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = {
  AT_AddColumn: { ...brief('a column is added', true), more: addColumn, runs: runsAddColumn },
  AT_DropColumn: { ...brief('a column is dropped', true), more: dropColumn },
  AT_AlterColumnType: { ...brief('a column changes its type', true), more: alterType, runs: runsAlterType },
  AT_ColumnDefault: brief('a default is changed', true),
  AT_SetNotNull: {
    ...brief('a column is set NOT NULL'),
    recurses: setNotNullRecurses,
    more: setNotNull,
  },
  AT_DropNotNull: { ...brief('a column is set nullable', true), more: dropNotNull },
  AT_SetExpression: { ...brief('a generated column gets another expression', true), more: setExpression },
  AT_DropExpression: brief('a generated column becomes a plain one', true),
  AT_SetStatistics: gentle('a statistics target is set', true),
  AT_SetOptions: gentle('options of a column are set'),
  AT_ResetOptions: gentle('options of a column are reset'),
  AT_SetStorage: brief('a column’s storage is set', true),
  AT_SetCompression: brief('a column’s compression is set'),
  AT_AddIdentity: identity,
  AT_SetIdentity: { ...identity, more: setIdentity },
  AT_DropIdentity: { ...identity, more: dropIdentity },
  AT_AddConstraint: {
    lock: constraintLock,
    recurses: constraintRecurses,
    why: 'a constraint is added',
    more: addConstraint,
    runs: runsAddConstraint,
  },
  AT_AlterConstraint: {
    lock: 'AccessExclusiveLock',
    recurses: ({ isPartitioned }) => isPartitioned,
    why: 'a constraint is changed',
    more: alterConstraint,
  },
  AT_ValidateConstraint: {
    ...gentle('a constraint is validated', true),
    more: validateConstraint,
    runs: runsValidate,
  },
  AT_DropConstraint: {
    ...brief('a constraint is dropped'),
    recurses: dropConstraintRecurses,
    more: dropConstraint,
  },
  AT_AttachPartition: { ...gentle('a partition is attached'), more: attachPartition },
  AT_DetachPartition: {
    lock: detachLock,
    recurses: false,
    why: 'a partition is detached',
    more: detachPartition,
  },
  AT_DetachPartitionFinalize: { ...gentle('a detach is finished'), more: detachPartition },
  AT_AddInherit: { ...brief('a parent is added'), more: inheritFrom },
  AT_DropInherit: { ...brief('a parent is removed'), more: inheritFrom },
  AT_AddOf: brief('the table gets a type'),
  AT_DropOf: brief('the table loses its type'),
  AT_EnableTrig: trigger,
  AT_EnableAlwaysTrig: trigger,
  AT_EnableReplicaTrig: trigger,
  AT_DisableTrig: trigger,
  AT_EnableTrigAll: trigger,
  AT_DisableTrigAll: trigger,
  AT_EnableTrigUser: trigger,
  AT_DisableTrigUser: trigger,
  AT_EnableRule: rule,
  AT_EnableAlwaysRule: rule,
  AT_EnableReplicaRule: rule,
  AT_DisableRule: rule,
  AT_EnableRowSecurity: security,
  AT_DisableRowSecurity: security,
  AT_ForceRowSecurity: security,
  AT_NoForceRowSecurity: security,
  AT_ReplicaIdentity: { ...brief('its replica identity changes'), more: replicaIdentity },
  AT_ChangeOwner: { ...brief('its owner changes'), more: changeOwner },
  AT_ClusterOn: { ...gentle('it is marked for CLUSTER'), more: clusterOn },
  AT_DropCluster: gentle('its mark for CLUSTER is removed'),
  AT_SetLogged: { ...brief('it becomes logged'), more: setLogged },
  AT_SetUnLogged: { ...brief('it becomes unlogged'), more: setLogged },
  AT_SetAccessMethod: { ...brief('its access method changes'), more: setAccessMethod },
  AT_DropOids: brief('nothing changes: tables have no OIDs since 12'),
  AT_SetTableSpace: { ...brief('it moves to another tablespace'), more: setTablespace },
  AT_SetRelOptions: { lock: relationOptionsLock, recurses: false, why: 'storage parameters are set' },
  AT_ResetRelOptions: { lock: relationOptionsLock, recurses: false, why: 'storage parameters are reset' },
  AT_GenericOptions: brief('options of the foreign table change'),
};
