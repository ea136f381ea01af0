import type { Node } from '@pgsql/types';
import { parseSql } from '../../sql/parse.ts';
import type { Statement } from '../../sql/statement.ts';

/** What the client sends in one simple query, as the statements that we send one by one. */
export type Step = {
  readonly statement: Statement;
  /** The statement as the client wrote it. */
  readonly bytes: Buffer;
  /** Characters before it in the client's text. */
  readonly before: () => number;
  /** The server would run it in the implicit transaction of the whole message (docs 53.2.2.1). */
  readonly implicit: boolean;
};

const NOWHERE = { file: '', line: 1, column: 1, endLine: 1, endColumn: 1, startByte: 0, endByte: 0 };

/** The kind of what the grammar does not read, and of several statements that only the server can take apart. */
export const UNREAD = 'Unread';
const SEVERAL = 'Several';

/** A statement of which we know the text at most. */
export function unread(sql: string): Statement {
  return { sql, place: NOWHERE, kind: UNREAD, node: {} as Node };
}

/** What kind of transaction command a statement is; `TRANS_STMT_BEGIN` and the like, undefined when it is none. */
export function transactionKind({ node }: Statement): string | undefined {
  return 'TransactionStmt' in node ? (node.TransactionStmt.kind ?? 'TRANS_STMT_BEGIN') : undefined;
}

export function isChained({ node }: Statement): boolean {
  return 'TransactionStmt' in node && node.TransactionStmt.chain === true;
}

export const BEGINS: readonly (string | undefined)[] = ['TRANS_STMT_BEGIN', 'TRANS_STMT_START'];
export const ENDS: readonly (string | undefined)[] = [
  'TRANS_STMT_COMMIT',
  'TRANS_STMT_ROLLBACK',
  'TRANS_STMT_PREPARE',
];

/** Which statements run in the message's implicit transaction. Undefined when that cannot be shown from outside. */
function implicitOnes(statements: readonly Statement[], inBlock: boolean): readonly boolean[] | undefined {
  let explicit = inBlock;
  const found: boolean[] = [];
  for (const statement of statements) {
    const kind = transactionKind(statement);
    found.push(!explicit && kind === undefined && statements.length > 1);
    if (BEGINS.includes(kind)) explicit = true;
    else if (ENDS.includes(kind)) explicit = isChained(statement) && explicit;
    // A savepoint is refused in an implicit transaction, and would not be in ours.
    else if (kind !== undefined && !explicit) return undefined;
  }
  return found;
}

/**
 * Reads a query's text. `whole`: it goes as it is, since it cannot be read or what it does in parts is not the same.
 * No steps: it is empty.
 */
export function planMessage(
  bytes: Buffer,
  text: string,
  { inBlock, divisible }: { readonly inBlock: boolean; readonly divisible: boolean },
): readonly Step[] {
  const whole = (statement: Statement): readonly Step[] => [
    { statement, bytes, before: () => 0, implicit: false },
  ];
  const parsed = parseSql(text, '');
  if (!parsed.ok) return whole(unread(text));
  const { statements } = parsed;
  const [only] = statements;
  if (only !== undefined && statements.length === 1) return whole(only);
  const implicit = divisible ? implicitOnes(statements, inBlock) : undefined;
  if (implicit === undefined) return whole({ ...unread(text), kind: SEVERAL });
  return statements.map((statement, at) => {
    const { startByte, endByte } = statement.place;
    return {
      statement,
      bytes: bytes.subarray(startByte, endByte),
      before: () => [...bytes.toString('utf8', 0, startByte)].length,
      implicit: implicit[at] ?? false,
    };
  });
}
