import type { Node } from '@pgsql/types';
import { commentsIn } from '../../sql/split.ts';
import { bodyTexts } from './code-texts.ts';
import type {
  DdlStatement,
  NeededExtension,
  ScrubbedObject,
  ScrubOptions,
  ScrubProblem,
} from './ddl-statement.ts';
import type { Judge, Verdict } from './judge.ts';
import { type Subject, subjectOf } from './object-names.ts';
import { needsSuperuser, stepOf } from './statement-kinds.ts';
import { type Texts, textsIn } from './tree-texts.ts';

/** A statement as the grammar has it. */
export type Piece = {
  /** The grammar's node tag. */
  readonly tag: string;
  readonly node: Node;
  readonly sql: string;
  readonly line: number;
};

/** What a statement is held against. */
export type Scrub = {
  readonly section: 'pre-data' | 'post-data';
  readonly options: ScrubOptions;
  readonly judge: Judge;
  /** Wrappers of the foreign servers that were seen, by the servers' names. */
  readonly servers: Map<string, string>;
  /** What was told already of objects whose names are personal. */
  readonly told: Set<string>;
};

export type Outcome = {
  readonly statements: readonly DdlStatement[];
  readonly scrubbed: readonly ScrubbedObject[];
  readonly problems: readonly ScrubProblem[];
  readonly extensions: readonly NeededExtension[];
};

export const NOTHING: Outcome = { statements: [], scrubbed: [], problems: [], extensions: [] };

export function removed(subject: Subject, why: string): Outcome {
  return {
    ...NOTHING,
    scrubbed: [{ kind: subject.kind, name: subject.name, action: 'removed', why }],
  };
}

/** Rows, queries and whatever else is no part of a schema; it is named by its place, since its words may be values. */
export function unexpected({ tag, line }: Piece, { section }: Scrub): Outcome {
  const where = `line ${line} of the ${section} section`;
  const what = `A statement of a kind (${tag}) that a schema has no use for.`;
  return {
    ...NOTHING,
    scrubbed: [{ kind: 'statement', name: where, action: 'refused', why: what }],
    problems: [{ where, what, remedy: 'Take the schema with pg_dump --schema-only.' }],
  };
}

/** A statement in which nothing may be personal: it has its use as it is, so it cannot be blanked. */
export function keptIfClean(piece: Piece, scrub: Scrub): Outcome {
  const { tag, node, sql } = piece;
  const subject = subjectOf(tag, node, sql);
  return ifClean(subject, scrub.judge(statementTexts(piece)), scrub, asStatement(piece, subject, scrub));
}

export function ifClean(subject: Subject, verdict: Verdict, { options }: Scrub, kept: DdlStatement): Outcome {
  if (verdict.kind === 'clean') return { ...NOTHING, statements: [kept] };
  const allowed = verdict.kind === 'personal' ? options.allow?.get(subject.name) : undefined;
  if (allowed === undefined) return refused(subject, verdict);
  return { ...NOTHING, statements: [kept], scrubbed: [keptFor(subject, allowed)] };
}

export function keptFor(subject: Subject, reason: string): ScrubbedObject {
  return { kind: subject.kind, name: subject.name, action: 'kept', why: `allowed: ${reason}` };
}

export function refused(subject: Subject, verdict: Exclude<Verdict, { kind: 'clean' }>): Outcome {
  const { kind, name } = subject;
  const allow = `or, when it names nobody, allow it in the masking profile: texts: {${JSON.stringify(name)}: {reason: …, owner: …, until: …}}`;
  return {
    ...NOTHING,
    scrubbed: [{ kind, name, action: 'refused', why: verdict.why }],
    problems: [
      {
        where: `${kind} ${name}`,
        what: `A literal in its definition would reach every branch: ${verdict.why}.`,
        remedy: `Change it in the source${verdict.kind === 'known' ? '' : `, ${allow}`}.`,
      },
    ],
  };
}

export function asStatement(
  piece: Piece,
  subject: Subject,
  { section }: Scrub,
  sql = piece.sql,
): DdlStatement {
  const { tag, node } = piece;
  const roles = rolesOf(node);
  return {
    sql,
    step: section === 'pre-data' ? 'schema' : stepOf(tag, node),
    kind: subject.kind,
    name: subject.name,
    ...(subject.table === undefined ? {} : { table: subject.table }),
    ...(needsSuperuser(tag, node) ? { superuser: true } : {}),
    ...(roles.length === 0 ? {} : { roles }),
  };
}

/** Roles that a policy names. */
function rolesOf(node: Node): readonly string[] {
  if (!('CreatePolicyStmt' in node)) return [];
  return (node.CreatePolicyStmt.roles ?? []).flatMap((role) =>
    'RoleSpec' in role ? (role.RoleSpec.rolename ?? []) : [],
  );
}

/** All that the statement says: a function's body is read as code, and comments inside the text count as well. */
export function statementTexts({ node, sql }: Piece): Texts | undefined {
  const bytes = Buffer.from(sql);
  const comments = commentsIn(bytes, 0, bytes.length).map(({ start, end }) =>
    bytes.toString('utf8', start, end),
  );
  if (!('CreateFunctionStmt' in node)) return together(textsIn(node), { literals: comments, names: [] });
  const made = node.CreateFunctionStmt;
  const options = made.options?.filter((each) => !('DefElem' in each && each.DefElem.defname === 'as')) ?? [];
  const frame = textsIn({ CreateFunctionStmt: { ...made, options } });
  return together(together(frame, bodyTexts(made, sql)), { literals: comments, names: [] });
}

export function together(one: Texts | undefined, other: Texts | undefined): Texts | undefined {
  if (one === undefined || other === undefined) return undefined;
  return { literals: [...one.literals, ...other.literals], names: [...one.names, ...other.names] };
}

/** What a handler of a kind of statement is. */
export type Handler = (piece: Piece, scrub: Scrub) => Outcome;

/** The members of the statement's node. */
export function membersOf({ tag, node }: Piece): Readonly<Record<string, unknown>> {
  return (node as Readonly<Record<string, unknown>>)[tag] as Readonly<Record<string, unknown>>;
}

export function aboutOf({ tag, node, sql }: Piece): Subject {
  return subjectOf(tag, node, sql);
}
