import { loadParser, parseSql } from '../../sql/parse.ts';
import type { Statement } from '../../sql/statement.ts';
import type {
  DdlStatement,
  NeededExtension,
  Scrubbed,
  ScrubbedObject,
  ScrubOptions,
  ScrubProblem,
} from './ddl-statement.ts';
import { judgeBy } from './judge.ts';
import {
  aboutOf,
  keptIfClean,
  type Outcome,
  type Piece,
  removed,
  type Scrub,
  unexpected,
} from './outcome.ts';
import { shownName } from './shown-name.ts';
import { SPECIAL } from './special-statements.ts';
import { isKept, REMOVED } from './statement-kinds.ts';

/** The sections as pg_dump writes them. */
export type SectionTexts = { readonly preData: string; readonly postData: string };

/**
 * Decides about every statement of a schema: what stays, what is left out or blanked, and what stands in the way, told
 * all at once. What cannot be read stands in the way. No literal is in what it gives but in the statements that may run.
 */
export async function scrubSections(sections: SectionTexts, options: ScrubOptions): Promise<Scrubbed> {
  await loadParser();
  const judge = judgeBy(options);
  const servers = new Map<string, string>();
  const told = new Set<string>();
  const read = (text: string, section: Scrub['section']): Outcome => {
    const scrub: Scrub = { section, options, judge, servers, told };
    const parsed = parseSql(text, section);
    if (!parsed.ok) return unreadable(section, parsed.problem.line);
    return joined(parsed.statements.map((statement) => scrubOne(statement, scrub)));
  };
  const before = read(sections.preData, 'pre-data');
  const after = read(sections.postData, 'post-data');
  return {
    preData: before.statements,
    postData: after.statements,
    scrubbed: [...before.scrubbed, ...after.scrubbed],
    problems: [...before.problems, ...after.problems],
    extensions: [...before.extensions, ...after.extensions],
  };
}

/** The grammar's own message would repeat what it stumbled over. */
function unreadable(section: string, line: number): Outcome {
  const problem = {
    where: `line ${line} of the ${section} section`,
    what: 'The schema cannot be read from there on, so nothing in it can be vouched for.',
    remedy: 'Take the schema with pg_dump of the server’s own version.',
  };
  return { statements: [], scrubbed: [], problems: [problem], extensions: [] };
}

function scrubOne({ kind: tag, node, sql, place }: Statement, scrub: Scrub): Outcome {
  return withoutTellingNames(scrubStatement({ tag, node, sql, line: place.line }, scrub), place.line, scrub);
}

/** An object whose very name is personal is told by its kind, the rest of its name, and its place; and once, however many statements are about it. */
function withoutTellingNames(outcome: Outcome, line: number, { judge, section, told }: Scrub): Outcome {
  const isTelling = (name: string): boolean => judge({ literals: [name], names: [name] }).kind !== 'clean';
  const place = `line ${line} of the ${section} section`;
  const shown = (name: string): string => `${shownName(name, isTelling)} (${place})`;
  const isFirst = (kind: string, name: string): boolean => {
    const key = JSON.stringify([kind, name]);
    const seen = told.has(key);
    told.add(key);
    return !seen;
  };
  return {
    ...outcome,
    scrubbed: outcome.scrubbed.flatMap((one) => {
      if (!isTelling(one.name)) return [one];
      return isFirst(`${one.action} ${one.kind}`, one.name) ? [{ ...one, name: shown(one.name) }] : [];
    }),
    problems: outcome.problems.flatMap((one) => {
      if (!isTelling(one.where)) return [one];
      const what = 'Its name looks personal, and would be in every branch.';
      const remedy = 'Change its name in the source.';
      return isFirst('problem', one.where) ? [{ where: shown(one.where), what, remedy }] : [];
    }),
  };
}

/** Decides about one statement. */
function scrubStatement(piece: Piece, scrub: Scrub): Outcome {
  const { tag } = piece;
  const why = REMOVED[tag];
  if (why !== undefined) return removed(aboutOf(piece), why);
  const special = SPECIAL[tag];
  if (special !== undefined) return special(piece, scrub);
  return isKept(tag) ? keptIfClean(piece, scrub) : unexpected(piece, scrub);
}

function joined(outcomes: readonly Outcome[]): Outcome {
  const statements: DdlStatement[] = [];
  const scrubbed: ScrubbedObject[] = [];
  const problems: ScrubProblem[] = [];
  const extensions: NeededExtension[] = [];
  for (const outcome of outcomes) {
    statements.push(...outcome.statements);
    scrubbed.push(...outcome.scrubbed);
    problems.push(...outcome.problems);
    extensions.push(...outcome.extensions);
  }
  return { statements, scrubbed, problems, extensions };
}
