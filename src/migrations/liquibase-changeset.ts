import { createHash } from 'node:crypto';
import type { DownPart, Migration } from './migration.ts';
import { byteRange } from './text.ts';

/** A changeset of a formatted SQL file: its own text, and where it stands (JavaScript string indexes of the file's). */
export type Changeset = {
  readonly author: string;
  readonly id: string;
  /** The rest of its line: `attribute:value …`. */
  readonly attributes: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
};

/** `--changeset author:id attribute:value …`, both in quotes if need be (parser/AbstractFormattedChangeLogParser.java). */
const CHANGESET = /^[ \t]*--[ \t]*changeset[ \t]+("[^"\n]+"|[^:\n]+):[ \t]*("[^"\n]+"|\S+)([^\n]*)/gim;

/** The changesets of a file, in their order. */
export function changesetsIn(text: string): readonly Changeset[] {
  const found = [...text.matchAll(CHANGESET)];
  return found.map(({ 1: author = '', 2: id = '', 3: attributes = '', index }, at) => {
    const end = found[at + 1]?.index ?? text.length;
    return {
      author: unquoted(author),
      id: unquoted(id),
      attributes,
      start: index,
      end,
      text: text.slice(index, end),
    };
  });
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, '$1');
}

/** The value of an attribute, without quotes; undefined when it is not given. */
export function attributeOf({ attributes }: Pick<Changeset, 'attributes'>, name: string): string | undefined {
  const [, value] = new RegExp(`(?:^|\\s)${name}:("[^"]*"|\\S+)`, 'i').exec(attributes) ?? [];
  return value === undefined ? undefined : unquoted(value);
}

function isOn(changeset: Pick<Changeset, 'attributes'>, name: string): boolean {
  return attributeOf(changeset, name)?.toLowerCase() === 'true';
}

function isOff(changeset: Pick<Changeset, 'attributes'>, name: string): boolean {
  return attributeOf(changeset, name)?.toLowerCase() === 'false';
}

/**
 * A changeset is a transaction, statement by statement; `runInTransaction:false` sends each by itself, and with
 * `splitStatements:false` all of it as one message (docs.liquibase.com, "sql-format", changeset attributes).
 */
export function transactionOf(changeset: Pick<Changeset, 'attributes'>): Migration['transaction'] {
  if (!isOff(changeset, 'runInTransaction')) return 'file';
  return isOff(changeset, 'splitStatements') ? 'implicit' : 'none';
}

/** Run again when its text changes, or each time. */
export function isRepeatable(changeset: Changeset): boolean {
  return isOn(changeset, 'runOnChange') || isOn(changeset, 'runAlways');
}

/** Not one for another database, and not one that is to be ignored: Liquibase runs and notes neither. */
export function isForPostgres(changeset: Changeset): boolean {
  if (isOn(changeset, 'ignore')) return false;
  const names = attributeOf(changeset, 'dbms')?.toLowerCase().split(',') ?? [];
  if (names.length === 0 || names.includes('all')) return true;
  if (names.includes('none') || names.includes('!postgresql')) return false;
  return names.includes('postgresql') || names.every((name) => name.startsWith('!'));
}

/** Lines that say something of the changeset and are none of its SQL. */
const COMMENT = /^--\s*comment:? (.*)$/i;
const VALID = /^--\s*validCheckSum:? /i;
const ROLLBACK = /^(\s*--\s*rollback )(.*)$/i;
const CONDITION = /^\s*--\s*preconditions?\b/i;
const PROPERTY = /^\s*--\s*property\s/i;
const ROLLBACK_BEGIN = /^\s*\/\*\s*liquibase\s*rollback\s*$/i;
const ROLLBACK_END = /\*\/\s*$/;

type Line = { readonly kind: 'sql' | 'rollback' | 'other'; readonly text: string; readonly keepFrom: number };

/** Each line behind the first, with what it is; `keepFrom` is where the SQL of a rollback begins in it. */
function linesOf({ text }: Changeset): readonly Line[] {
  let isRollback = false;
  return text
    .split('\n')
    .slice(1)
    .map((line) => {
      const bare = line.replace(/\r$/, '');
      if (isRollback) {
        isRollback = !ROLLBACK_END.test(bare);
        return { kind: isRollback ? 'rollback' : 'other', text: line, keepFrom: 0 };
      }
      isRollback = ROLLBACK_BEGIN.test(bare);
      const [, prefix] = ROLLBACK.exec(bare) ?? [];
      if (prefix !== undefined) return { kind: 'rollback', text: line, keepFrom: prefix.length };
      const isOther = [COMMENT, VALID, CONDITION, PROPERTY].some((mark) => mark.test(bare));
      return { kind: isRollback || isOther ? 'other' : 'sql', text: line, keepFrom: 0 };
    });
}

/** What stands on its last line `--comment: …`; empty when there is none. */
export function commentOf({ text }: Changeset): string {
  const comments = text.split(/\r?\n/).flatMap((line) => COMMENT.exec(line)?.[1] ?? []);
  return comments.at(-1)?.trim() ?? '';
}

/** Whether it bears a line that takes other checksums for right. */
export function takesOtherSums({ text }: Changeset): boolean {
  return text.split('\n').some((line) => VALID.test(line));
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/**
 * The checksum of version 9, since Liquibase 4.22: of the checksum of its one change, which is that of its SQL without
 * blanks (change/AbstractSQLChange.java, NormalizingStream; changelog/ChangeSet.java, generateCheckSum).
 */
export function liquibaseChecksum(changeset: Changeset): string {
  const lines = linesOf(changeset).flatMap(({ kind, text }) => (kind === 'sql' ? [text] : []));
  const sql = lines
    .join('\n')
    .trim()
    .replaceAll(/[ \t\r\n]/g, '');
  return `9:${md5(`9:${md5(sql)}:`)}`;
}

/**
 * The SQL of its rollback lines, each where it stands in the file: the rest of the text is blank. Undefined when there is
 * none, or when the lines name another changeset in its place.
 */
export function rollbackOf(changeset: Changeset, path: string, text: string): DownPart | undefined {
  const first = changeset.text.split('\n', 1)[0] ?? '';
  const kept = linesOf(changeset).map((line) => ({
    ...line,
    keepFrom: line.kind === 'rollback' ? line.keepFrom : line.text.length,
  }));
  const rollback = kept
    .map((line) => line.text.slice(line.keepFrom).trim())
    .join('\n')
    .trim();
  if (rollback === '' || /^(empty|not required)$|\bchangeset(Id|Path|Author):/i.test(rollback))
    return undefined;
  const body = kept.map((line) => blank(line.text.slice(0, line.keepFrom)) + line.text.slice(line.keepFrom));
  const own = [blank(first), ...body].join('\n');
  const [start, end] = [changeset.start, changeset.end];
  const whole = blank(text.slice(0, start)) + own + blank(text.slice(end));
  return { path, text: whole, ...byteRange(text, start, end) };
}

/** As many blanks as the text has bytes, its line ends kept. */
function blank(text: string): string {
  return text.replaceAll(/[^\r\n]+/gu, (part) => ' '.repeat(Buffer.byteLength(part)));
}
