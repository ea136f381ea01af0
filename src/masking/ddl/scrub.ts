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
  const read = (text: string, section: Scrub['section']): Outcome => {
    const scrub: Scrub = { section, options, judge, servers };
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

/** An object whose very name is personal is named by its place instead. */
function withoutTellingNames(outcome: Outcome, line: number, { judge, section }: Scrub): Outcome {
  const isTelling = (name: string): boolean => judge({ literals: [name], names: [name] }).kind !== 'clean';
  const place = `line ${line} of the ${section} section`;
  return {
    ...outcome,
    scrubbed: outcome.scrubbed.map((one) => (isTelling(one.name) ? { ...one, name: place } : one)),
    problems: outcome.problems.map((one) =>
      isTelling(one.where) ? { ...one, where: place, remedy: 'Change its name in the source.' } : one,
    ),
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
