import { parseOne } from './cut.ts';
import { type Closed, closedServer, closedTable, type ForeignStatement } from './foreign.ts';
import type { Verdict } from './judge.ts';
import {
  aboutOf,
  asStatement,
  type Handler,
  ifClean,
  membersOf,
  type Outcome,
  type Piece,
  refused,
  type Scrub,
  statementTexts,
} from './outcome.ts';
import { tableLike } from './table-statements.ts';

export const foreignServer: Handler = (piece, scrub) => {
  const members = membersOf(piece) as ForeignStatement;
  if (members.servername !== undefined && members.fdwname !== undefined)
    scrub.servers.set(members.servername, members.fdwname);
  return closed(piece, scrub, closedServer(piece.sql, piece.node, members));
};

export const foreignTable: Handler = (piece, scrub) => {
  const members = membersOf(piece) as ForeignStatement;
  const wrapper = scrub.servers.get(members.servername ?? '');
  const outcome = closed(piece, scrub, closedTable(piece.sql, piece.node, members, wrapper));
  const [statement] = outcome.statements;
  const node = statement === undefined ? undefined : parseOne(statement.sql);
  if (statement === undefined || node === undefined) return outcome;
  const table = tableLike({ ...piece, sql: statement.sql, node }, scrub);
  return { ...table, scrubbed: [...outcome.scrubbed, ...table.scrubbed] };
};

/** The statement without the options that lead elsewhere. */
function closed(piece: Piece, scrub: Scrub, { sql, dropped }: Closed): Outcome {
  const about = aboutOf(piece);
  const node = sql === undefined ? undefined : parseOne(sql);
  if (sql === undefined || node === undefined) {
    return refused(about, { kind: 'known', why: 'its options cannot be taken out of its text' });
  }
  const verdict: Verdict =
    piece.tag === 'CreateForeignTableStmt'
      ? { kind: 'clean' }
      : scrub.judge(statementTexts({ ...piece, sql, node }));
  const outcome = ifClean(about, verdict, scrub, asStatement(piece, about, scrub, sql));
  if (dropped.length === 0) return outcome;
  const why = `its options (${dropped.join(', ')}) lead to another server or a file`;
  return {
    ...outcome,
    scrubbed: [{ kind: about.kind, name: about.name, action: 'blanked', why }, ...outcome.scrubbed],
  };
}
