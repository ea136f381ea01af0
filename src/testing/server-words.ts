/** What kind of thing the server did not find, or found in the way. */
export type ComplaintKind = 'column' | 'relation' | 'schema' | 'function' | 'type' | 'constraint';

/** One complaint of the server's about something of the schema, as its message has it. Names are not quoted. */
export type Complaint = {
  /** SQLSTATE (docs: appendix A). */
  readonly code: string;
  readonly kind: ComplaintKind;
  readonly name: string;
  /** Whose column or constraint it is, where the message says so; of a column in a query it may be an alias. */
  readonly relation: string | undefined;
};

type Words = { readonly code: string; readonly kind: ComplaintKind; readonly pattern: RegExp };

const QUOTED = '"(?<name>[^"\\n]{1,200})"';
const OF = '"(?<relation>[^"\\n]{1,200})"';
const BARE = '(?<relation>[^\\s."]{1,130})\\.(?<name>[^\\s"]{1,130})';

const words = (code: string, kind: ComplaintKind, pattern: string): Words => ({
  code,
  kind,
  pattern: new RegExp(pattern, 'u'),
});

/**
 * The server's English words (its src/backend, `errmsg`), which drivers and test runners pass on as they are; each is
 * produced on a server by test/testing/server-words.pg.test.ts. A server that speaks another language is not understood.
 */
const TABLE: readonly Words[] = [
  words('42703', 'column', `column ${QUOTED} of relation ${OF} does not exist`),
  words('42703', 'column', `column ${QUOTED} does not exist`),
  words('42703', 'column', `column ${BARE} does not exist`),
  words('42703', 'column', `record "[^"\\n]{1,130}" has no field ${QUOTED}`),
  words('42P01', 'relation', `relation ${QUOTED} does not exist`),
  words('3F000', 'schema', `schema ${QUOTED} does not exist`),
  words(
    '42883',
    'function',
    `(?:function|procedure) (?<name>[^\\s"(]{1,130}\\([^)\\n]{0,400}\\)) does not exist`,
  ),
  words('42704', 'type', `type ${QUOTED} does not exist`),
  words('23502', 'column', `null value in column ${QUOTED} of relation ${OF} violates not-null constraint`),
  words('23514', 'constraint', `new row for relation ${OF} violates check constraint ${QUOTED}`),
  words('23514', 'type', `value for domain (?<name>[^\\s"]{1,130}) violates check constraint`),
  words('23503', 'constraint', `insert or update on table ${OF} violates foreign key constraint ${QUOTED}`),
  words(
    '23503',
    'constraint',
    `update or delete on table "[^"\\n]{1,200}" violates foreign key constraint ${QUOTED} on table ${OF}`,
  ),
  words('23505', 'constraint', `duplicate key value violates unique constraint ${QUOTED}`),
  words('23P01', 'constraint', `conflicting key value violates exclusion constraint ${QUOTED}`),
  words('22P02', 'type', 'invalid input value for enum (?<name>[^\\s":]{1,200})'),
  words('42804', 'column', `column ${QUOTED} is of type [^\\n]{1,200}? but expression is of type`),
  words('428C9', 'column', `cannot insert a non-DEFAULT value into column ${QUOTED}`),
  // Postgres 13 says it so, by 42601.
  words('428C9', 'column', `cannot insert into column ${QUOTED}`),
  words('428C9', 'column', `column ${QUOTED} can only be updated to DEFAULT`),
  words('55000', 'relation', `cannot (?:insert into|update|delete from) view ${QUOTED}`),
  words(
    '42501',
    'relation',
    'permission denied for (?:table|view|sequence|materialized view) (?<name>[^\\s"]{1,200})',
  ),
];

/** Beyond this a text is output, not a message. */
const MAXIMUM_TEXT = 100_000;

/** The first complaint that the text holds: a test's failure, or what a command printed. */
export function findComplaint(text: string): Complaint | undefined {
  const searched = text.slice(0, MAXIMUM_TEXT);
  const found = TABLE.flatMap(({ code, kind, pattern }) => {
    const match = pattern.exec(searched);
    const { name, relation } = match?.groups ?? {};
    return match && name !== undefined
      ? [{ at: match.index, complaint: { code, kind, name, relation } }]
      : [];
  });
  // Of two that begin at one place the table's first says more.
  return found.toSorted((a, b) => a.at - b.at)[0]?.complaint;
}
