import type {
  AlterDomainStmt,
  AlterTableCmd,
  AlterTableStmt,
  ColumnDef,
  Constraint,
  IndexElem,
  IndexStmt,
  Node,
} from '@pgsql/types';
import { identifier } from '../postgres/quote.ts';
import { strings } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { serialType } from '../sql/types.ts';
import { writtenText } from '../sql/written.ts';
import { type Demand, type Key, type Named, NONE, named } from './preflight-demand.ts';
import { ofNewType, typeSql } from './preflight-type.ts';

/** What the statement asks of rows that are there already; nothing for one that asks nothing, or in a form that is not read. */
export function demands(statement: Statement): readonly Demand[] {
  const { node, sql } = statement;
  if ('AlterTableStmt' in node) return ofAlterTable(node.AlterTableStmt, sql);
  if ('IndexStmt' in node) return ofIndex(node.IndexStmt, sql);
  if ('AlterDomainStmt' in node) return ofDomain(node.AlterDomainStmt, sql);
  if ('CreateStmt' in node) {
    const { partbound, inhRelations } = node.CreateStmt;
    const [parent] = inhRelations ?? [];
    if (partbound === undefined || parent === undefined || !('RangeVar' in parent)) return [];
    return [{ kind: 'outside', parent: named(parent.RangeVar), bound: partbound }];
  }
  return [];
}

/** Subcommands after which a column is not what it was when the rows are counted. */
const REMAKES: ReadonlySet<string | undefined> = new Set([
  'AT_AlterColumnType',
  'AT_AddColumn',
  'AT_DropColumn',
]);

function ofAlterTable({ relation, cmds, objtype }: AlterTableStmt, sql: string): readonly Demand[] {
  if (relation === undefined || objtype !== 'OBJECT_TABLE') return [];
  const table = named(relation);
  const commands = (cmds ?? []).flatMap((node) => ('AlterTableCmd' in node ? [node.AlterTableCmd] : []));
  const remade = new Set(
    commands.flatMap((command) => (REMAKES.has(command.subtype) ? [columnOf(command)] : [])),
  );
  return commands.flatMap((command) =>
    ofCommand(table, command, sql).filter((demand) => !readsAny(demand, remade)),
  );
}

function columnOf({ name, def }: AlterTableCmd): string | undefined {
  return name ?? (def && 'ColumnDef' in def ? def.ColumnDef.colname : undefined);
}

function readsAny(demand: Demand, remade: ReadonlySet<string | undefined>): boolean {
  if (demand.kind === 'filled' || demand.kind === 'referring')
    return demand.columns.some((column) => remade.has(column));
  // Within an expression a name could be anything.
  if (demand.kind === 'unique')
    return demand.keys.some(({ text, isColumn }) => (isColumn ? remade.has(text) : remade.size > 0));
  return demand.kind === 'true' && remade.size > 0;
}

function ofCommand(table: Named, command: AlterTableCmd, sql: string): readonly Demand[] {
  const { subtype, name = '', def } = command;
  if (subtype === 'AT_SetNotNull') return [{ kind: 'filled', table, columns: [name] }];
  if (subtype === 'AT_ValidateConstraint') return [{ kind: 'constraint', table, name }];
  if (def === undefined) return [];
  if (subtype === 'AT_AlterConstraint' && 'ATAlterConstraint' in def) {
    const { conname = '', alterEnforceability, is_enforced } = def.ATAlterConstraint;
    return alterEnforceability && is_enforced ? [{ kind: 'constraint', table, name: conname }] : [];
  }
  if (subtype === 'AT_AddConstraint' && 'Constraint' in def) return ofConstraint(table, def.Constraint, sql);
  if (subtype === 'AT_AddColumn' && 'ColumnDef' in def) return ofNewColumn(table, command, def.ColumnDef);
  if (subtype === 'AT_AlterColumnType' && 'ColumnDef' in def) return ofNewType(table, name, def.ColumnDef);
  if (subtype === 'AT_AttachPartition' && 'PartitionCmd' in def) {
    const { name: child, bound } = def.PartitionCmd;
    if (child === undefined || bound === undefined) return [];
    return [
      { kind: 'within', parent: table, table: named(child), bound },
      { kind: 'outside', parent: table, bound },
    ];
  }
  return [];
}

function ofConstraint(table: Named, node: Constraint, sql: string): readonly Demand[] {
  const { contype, conname, keys, skip_validation: isLater, indexname: index } = node;
  if (isLater) return NONE;
  const columns = strings(keys);
  if (contype === 'CONSTR_NOTNULL') return [{ kind: 'filled', table, columns }];
  if (contype === 'CONSTR_PRIMARY' && index !== undefined) return [{ kind: 'primary index', table, index }];
  if (contype === 'CONSTR_PRIMARY' || contype === 'CONSTR_UNIQUE') {
    if (index !== undefined || node.without_overlaps) return NONE;
    const filled: Demand = { kind: 'filled', table, columns };
    const plain = columns.map((text) => ({ text, isColumn: true }));
    const unique: Demand = {
      kind: 'unique',
      table,
      keys: plain,
      nullsAlike: node.nulls_not_distinct === true,
    };
    return contype === 'CONSTR_PRIMARY' ? [filled, unique] : [unique];
  }
  if (contype === 'CONSTR_FOREIGN') return ofForeignKey(table, node);
  if (contype !== 'CONSTR_CHECK' || !node.is_enforced) return NONE;
  const condition = writtenText(sql, node.raw_expr);
  if (condition === undefined) return NONE;
  const reached = { ...table, only: table.only || node.is_no_inherit === true };
  return [{ kind: 'true', table: reached, condition, subject: conname ?? `CHECK (${condition})` }];
}

function ofForeignKey(table: Named, node: Constraint): readonly Demand[] {
  const { pktable, is_enforced: isEnforced, fk_with_period: isTemporal } = node;
  if (pktable === undefined || !isEnforced || isTemporal) return NONE;
  const full = node.fk_matchtype === 'f';
  const columns = strings(node.fk_attrs);
  const referencedColumns = strings(node.pk_attrs);
  return [{ kind: 'referring', table, columns, referenced: named(pktable), referencedColumns, full }];
}

/** What gives each row that is there a value of its own. */
const FILLS: ReadonlySet<string | undefined> = new Set(['CONSTR_IDENTITY', 'CONSTR_GENERATED']);
const REFUSES_NULL: ReadonlySet<string | undefined> = new Set(['CONSTR_NOTNULL', 'CONSTR_PRIMARY']);

function ofNewColumn(table: Named, command: AlterTableCmd, column: ColumnDef): readonly Demand[] {
  const constraints = (column.constraints ?? []).flatMap((node) =>
    'Constraint' in node ? [node.Constraint] : [],
  );
  const isFilled = constraints.some(
    ({ contype, raw_expr }) => FILLS.has(contype) || (contype === 'CONSTR_DEFAULT' && !isNull(raw_expr)),
  );
  const isStrict = constraints.some(({ contype }) => REFUSES_NULL.has(contype));
  // With IF NOT EXISTS the column may be there, and nothing is done.
  if (isFilled || !isStrict || command.missing_ok || serialType(column.typeName) !== undefined) return NONE;
  return [{ kind: 'empty', table, column: column.colname ?? '', type: typeSql(column.typeName)?.bare }];
}

function isNull(node: Node | undefined): boolean {
  return node !== undefined && 'A_Const' in node && node.A_Const.isnull === true;
}

function ofIndex(node: IndexStmt, sql: string): readonly Demand[] {
  const { unique, relation, indexParams, whereClause, idxname } = node;
  if (!unique || relation === undefined || (node.accessMethod ?? 'btree') !== 'btree') return NONE;
  const keys = (indexParams ?? []).map((each) =>
    'IndexElem' in each ? ofKey(each.IndexElem, sql) : undefined,
  );
  const condition = writtenText(sql, whereClause);
  if (!keys.every((key) => key !== undefined) || (whereClause !== undefined && condition === undefined))
    return NONE;
  const nullsAlike = node.nulls_not_distinct === true;
  const unless = node.if_not_exists ? idxname : undefined;
  return [{ kind: 'unique', table: named(relation), keys, condition, nullsAlike, unless }];
}

/** Operator classes that find the same values equal as the default one does (docs: 11.10). Of others nothing is known. */
const SAME_EQUALITY =
  /^(text|varchar|bpchar)_pattern_ops$|^(text|varchar|bpchar|int[248]|uuid|date|timestamp|timestamptz|numeric)_ops$/;

function ofKey({ name, expr, collation, opclass }: IndexElem, sql: string): Key | undefined {
  const ordering = strings(opclass).at(-1);
  if (ordering !== undefined && !SAME_EQUALITY.test(ordering)) return undefined;
  const text = name ?? writtenText(sql, expr);
  const collationNames = collation === undefined ? undefined : strings(collation);
  return text === undefined ? undefined : { text, isColumn: name !== undefined, collation: collationNames };
}

function ofDomain({ subtype, typeName, def, name }: AlterDomainStmt, sql: string): readonly Demand[] {
  const type = strings(typeName).map(identifier).join('.');
  if (subtype === 'O') return [{ kind: 'domain', type, asks: 'filled' }];
  if (subtype === 'V' && name !== undefined) return [{ kind: 'domain', type, asks: { validate: name } }];
  if (subtype !== 'C' || def === undefined || !('Constraint' in def)) return NONE;
  const { contype, raw_expr, skip_validation: isLater, conname } = def.Constraint;
  if (isLater) return NONE;
  if (contype === 'CONSTR_NOTNULL') return [{ kind: 'domain', type, asks: 'filled' }];
  const condition = contype === 'CONSTR_CHECK' ? writtenText(sql, raw_expr) : undefined;
  if (condition === undefined) return NONE;
  return [{ kind: 'domain', type, asks: { condition, subject: conname ?? `CHECK (${condition})` } }];
}
