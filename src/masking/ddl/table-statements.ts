import type { Node, RangeVar } from '@pgsql/types';
import { identifierText } from '../../sql/identifier.ts';
import { defaultsIn, parseOne, withoutDefault, withoutDefaults } from './cut.ts';
import { harmful } from './foreign.ts';
import { dotted, rangeKey, rangeName, type Subject } from './object-names.ts';
import {
  aboutOf,
  asStatement,
  type Handler,
  ifClean,
  keptFor,
  keptIfClean,
  membersOf,
  NOTHING,
  type Outcome,
  type Piece,
  refused,
  removed,
  type Scrub,
  statementTexts,
  unexpected,
} from './outcome.ts';
import { commandsOf } from './statement-kinds.ts';
import { textsIn } from './tree-texts.ts';

/** Tables and domains: a default that is personal is left out, all else is judged piece by piece, so that it can be named. */
export const tableLike: Handler = (piece, scrub) => {
  const blanked: Outcome['scrubbed'][number][] = [];
  let { sql, node } = piece;
  const about = aboutOf(piece);
  const defaults = [...defaultsIn(node)].sort((a, b) => b.location - a.location);
  for (const { location, expression, column } of defaults) {
    const verdict = scrub.judge(textsIn(expression));
    if (verdict.kind === 'clean') continue;
    const name = column === '' ? about.name : `${about.name}.${identifierText(column)}`;
    const at: Subject = { kind: 'default', name };
    const reason = verdict.kind === 'personal' ? scrub.options.allow?.get(name) : undefined;
    if (reason !== undefined) {
      blanked.push(keptFor(at, reason));
      continue;
    }
    const cut = withoutDefault(sql, node, location);
    const read = cut === undefined ? undefined : parseOne(cut);
    if (cut === undefined || read === undefined) return refused(at, verdict);
    [sql, node] = [cut, read];
    blanked.push({ kind: at.kind, name: at.name, action: 'blanked', why: verdict.why });
  }
  const clean = { ...piece, sql, node };
  const judged = judgeParts(clean, about, scrub);
  return { ...judged, scrubbed: [...blanked, ...judged.scrubbed] };
};

type Table = { readonly tableElts?: readonly Node[]; readonly base?: Table };

/** A constraint or column that is personal is named by itself. */
function judgeParts(piece: Piece, about: Subject, scrub: Scrub): Outcome {
  const bare = { ...piece, node: withoutDefaults(piece.node) };
  const members = membersOf(bare) as Table;
  const parts = members.tableElts ?? members.base?.tableElts ?? [];
  const problems = parts.flatMap((part) => {
    const at = partSubject(part, about);
    const verdict = scrub.judge(textsIn(part));
    return verdict.kind === 'clean' ? [] : [{ at, verdict }];
  });
  const statement = asStatement(piece, about, scrub);
  // Whatever the parts do not hold: bounds, storage parameters, comments in the text.
  if (problems.length === 0) return ifClean(about, scrub.judge(statementTexts(bare)), scrub, statement);
  const outcomes = problems.map(({ at, verdict }) => ifClean(at, verdict, scrub, statement));
  const allAllowed = outcomes.every(({ statements }) => statements.length > 0);
  return {
    ...NOTHING,
    statements: allAllowed ? [statement] : [],
    scrubbed: outcomes.flatMap(({ scrubbed }) => scrubbed),
    problems: outcomes.flatMap(({ problems: found }) => found),
  };
}

function partSubject(part: Node, about: Subject): Subject {
  if ('ColumnDef' in part)
    return { kind: 'column', name: `${about.name}.${identifierText(part.ColumnDef.colname ?? '')}` };
  if ('Constraint' in part && part.Constraint.conname !== undefined)
    return { kind: 'constraint', name: `${identifierText(part.Constraint.conname)} on ${about.name}` };
  return about;
}

type Command = { readonly name?: string; readonly def?: Node; readonly subtype?: string };

export const alterTable: Handler = (piece, scrub) => {
  const commands = commandsOf(piece.node) as readonly Command[];
  const about = aboutOf(piece);
  const [only] = commands;
  const subtypes = new Set(commands.map(({ subtype }) => subtype));
  if (subtypes.size === 1 && subtypes.has('AT_ChangeOwner'))
    return removed({ ...about, kind: 'owner' }, 'production’s roles are not on the branch server');
  if (subtypes.size === 1 && subtypes.has('AT_SetTableSpace'))
    return removed({ ...about, kind: 'tablespace' }, 'the branch server has tablespaces of its own');
  if (subtypes.has('AT_ChangeOwner') || subtypes.has('AT_SetTableSpace')) return unexpected(piece, scrub);
  if (only === undefined || commands.length > 1) return keptIfClean(piece, scrub);
  return ALTERATIONS[only.subtype ?? '']?.(piece, only, about, scrub) ?? keptIfClean(piece, scrub);
};

type Alteration = (piece: Piece, command: Command, about: Subject, scrub: Scrub) => Outcome | undefined;

const foreignOptions: Alteration = (_, { name, def }, about) => {
  const items = def !== undefined && 'List' in def ? def.List.items : [];
  const dropped = harmful(items);
  if (dropped.length === 0) return undefined;
  const at = name === undefined ? about.name : `${about.name}.${identifierText(name)}`;
  return {
    ...NOTHING,
    scrubbed: [
      {
        kind: 'foreign table',
        name: at,
        action: 'removed',
        why: `its options (${dropped.join(', ')}) may lead elsewhere`,
      },
    ],
  };
};

const ALTERATIONS: Readonly<Record<string, Alteration>> = {
  AT_ColumnDefault: (piece, { name = '' }, about, scrub) => {
    const verdict = scrub.judge(statementTexts(piece));
    if (verdict.kind === 'clean') return undefined;
    const at = { kind: 'default', name: `${about.name}.${identifierText(name)}` };
    const reason = verdict.kind === 'personal' ? scrub.options.allow?.get(at.name) : undefined;
    if (reason !== undefined)
      return { ...NOTHING, statements: [asStatement(piece, about, scrub)], scrubbed: [keptFor(at, reason)] };
    return { ...NOTHING, scrubbed: [{ ...at, action: 'blanked', why: verdict.why }] };
  },
  AT_AddConstraint: (piece, { def }, about, scrub) => {
    const name = def !== undefined && 'Constraint' in def ? def.Constraint.conname : undefined;
    const at = { ...about, kind: 'constraint', name: `${dotted([name])} on ${about.name}` };
    const statement = asStatement(piece, at, scrub);
    return ifClean(at, scrub.judge(statementTexts(piece)), scrub, statement);
  },
  AT_AttachPartition: (piece, { def }, about, scrub) => {
    const part = (def as { PartitionCmd?: { name?: RangeVar } } | undefined)?.PartitionCmd?.name;
    const isIndex = 'AlterTableStmt' in piece.node && piece.node.AlterTableStmt.objtype === 'OBJECT_INDEX';
    const at = {
      kind: isIndex ? 'index' : 'partition bound',
      name: rangeName(part),
      table: isIndex ? undefined : (rangeKey(part) ?? about.table),
    };
    return ifClean(at, scrub.judge(statementTexts(piece)), scrub, asStatement(piece, at, scrub));
  },
  AT_GenericOptions: foreignOptions,
  AT_AlterColumnGenericOptions: foreignOptions,
};
