import type * as z from 'zod';
import { fingerprint } from '../rules/fingerprint.ts';
import type { Finding } from '../rules/rule.ts';
import { locate } from '../sql/place.ts';
import { commentsIn } from '../sql/split.ts';
import type { Place, Statement } from '../sql/statement.ts';
import type { PlacedException } from './exceptions.ts';
import { exceptionFacts } from './schema.ts';

/** Rules about the comments themselves. */
export const INLINE_RULES = ['exception-invalid', 'exception-unknown-rule', 'exception-not-allowed'] as const;

export type InlineExceptions = {
  readonly exceptions: readonly PlacedException[];
  readonly findings: readonly Finding[];
};

export type InlineSource = {
  readonly file: string;
  readonly text: string;
  readonly up: { readonly startByte: number; readonly endByte: number };
  readonly statements: readonly Pick<Statement, 'place'>[];
};

const MARK = /^(?:--|\/\*)\s*pullgres:(allow(?:-file)?)\b([\s\S]*?)(?:\*\/)?\s*$/;
const NONE: InlineExceptions = { exceptions: [], findings: [] };

/**
 * Reads comments such as `-- pullgres:allow drop-column reason="not read since 4.2" owner=@ann until=2027-01-31`.
 * On a line of its own it speaks for the statement around it or the next one, behind code for the statement of that
 * code; `pullgres:allow-file` speaks for the file. Several rules are parted by commas. What it says wrongly is a
 * finding and waives nothing. `known` are the names of all rules.
 */
export function readInlineExceptions(source: InlineSource, known: readonly string[]): InlineExceptions {
  const bytes = Buffer.from(source.text);
  const { startByte, endByte } = source.up;
  if (!bytes.includes('pullgres:allow')) return NONE;
  const { place } = locate(bytes);
  const read = commentsIn(bytes, startByte, endByte).flatMap(({ start, end }) => {
    const [, scope, text] = MARK.exec(bytes.toString('utf8', start, end)) ?? [];
    if (scope === undefined || text === undefined) return [];
    const here = place(source.file, start, start + bytes.toString('utf8', start, end).trimEnd().length);
    const whole = scope === 'allow-file';
    return [readComment(text, here, whole ? undefined : target(source, bytes, start), whole, known)];
  });
  return {
    exceptions: read.flatMap(({ exceptions }) => exceptions),
    findings: read.flatMap(({ findings }) => findings),
  };
}

/** The statement that a comment at this byte speaks for. */
function target({ statements }: InlineSource, bytes: Buffer, at: number): Place | undefined {
  const behind = firstBehind(statements, at);
  const before = statements[behind - 1]?.place;
  if (before !== undefined && at < before.endByte) return before;
  return isAlone(bytes, at) ? statements[behind]?.place : before;
}

/** Nothing but blanks stands before this byte on its line. */
function isAlone(bytes: Buffer, at: number): boolean {
  let start = at;
  while (start > 0 && !isLineEnd(bytes[start - 1])) {
    start -= 1;
    if (at - start > WIDEST_INDENT) return false;
  }
  return bytes.toString('utf8', start, at).trim() === '';
}

const WIDEST_INDENT = 1000;

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}

/** Index of the first statement that begins behind this byte; they stand in order. */
function firstBehind(statements: InlineSource['statements'], at: number): number {
  let low = 0;
  let high = statements.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((statements[middle]?.place.startByte ?? 0) >= at) high = middle;
    else low = middle + 1;
  }
  return low;
}

function readComment(
  text: string,
  place: Place,
  statement: Place | undefined,
  whole: boolean,
  known: readonly string[],
): InlineExceptions {
  const { rules, members, rest } = splitComment(text);
  const facts = exceptionFacts.safeParse(members);
  const problems = [
    ...(rules.length === 0 ? ['it names no rule'] : []),
    ...(rest === '' ? [] : [`\`${plain(rest)}\` is not understood`]),
    ...(facts.success ? [] : facts.error.issues.map(issueWords)),
    ...(!whole && statement === undefined ? ['no statement stands behind it'] : []),
  ];
  const unknown = rules.filter((rule) => !known.includes(rule));
  const findings = [
    ...(problems.length > 0 ? [invalid(place, problems)] : []),
    ...unknown.map((rule) => unknownRule(place, rule)),
  ];
  if (problems.length > 0 || !facts.success) return { exceptions: [], findings };
  const exceptions = rules
    .filter((rule) => known.includes(rule))
    .map((rule) => ({ rule, path: place.file, ...facts.data, place, statement, source: 'file' as const }));
  return { exceptions, findings };
}

const MEMBER = /(?:^|\s)([a-z]+)=(?:"([^"]*)"|'([^']*)'|(\S+))/g;

function splitComment(text: string) {
  const members: Record<string, string> = {};
  const others = text.replaceAll(
    MEMBER,
    (_, name: string, double?: string, single?: string, bare?: string) => {
      members[name] = double ?? single ?? bare ?? '';
      return ' ';
    },
  );
  const [, names = '', rest = ''] = /^\s*((?:[\w-]+\s*,\s*)*[\w-]*)\s*([\s\S]*)$/.exec(others) ?? [];
  const rules = names.split(',').map((name) => name.trim());
  return { rules: rules.filter((name) => name !== ''), members, rest: rest.trim() };
}

function issueWords({ path, code, message, ...more }: z.core.$ZodIssue): string {
  if (code === 'unrecognized_keys' && 'keys' in more)
    return `${(more.keys as string[]).join(', ')} is not one of reason, owner, until`;
  const missing = code === 'invalid_type';
  return missing ? `${path.join('.')} is missing` : `${path.join('.')}: ${message}`;
}

function plain(text: string): string {
  return text.replaceAll('`', "'").slice(0, 60);
}

const EXAMPLE = '`-- pullgres:allow drop-column reason="not read since 4.2" owner=@ann until=2027-01-31`';

function invalid(place: Place, problems: readonly string[]): Finding {
  return complaint('exception-invalid', place, {
    message: `This exception waives nothing: ${problems.join('; ')}.`,
    help: `Write it as in ${EXAMPLE}.`,
  });
}

function unknownRule(place: Place, rule: string): Finding {
  return complaint('exception-unknown-rule', place, {
    message: `This exception waives nothing: there is no rule \`${plain(rule)}\`.`,
    help: 'Take the name from the finding that it is meant for.',
  });
}

/** An exception in a file although the policy takes none there. */
export function notAllowed({ rule, place }: PlacedException): Finding {
  return complaint('exception-not-allowed', place, {
    message: `This exception for \`${rule}\` waives nothing: the policy takes no exceptions in migrations.`,
    help: 'Ask for it in the policy, on the base branch.',
  });
}

function complaint(
  rule: (typeof INLINE_RULES)[number],
  place: Place,
  words: Pick<Finding, 'message' | 'help'>,
): Finding {
  return {
    rule,
    severity: 'warning',
    place,
    relation: undefined,
    ...words,
    fix: [],
    evidence: 'predicted',
    fingerprint: fingerprint(rule, undefined, undefined, `${place.file} ${words.message}`),
  };
}
