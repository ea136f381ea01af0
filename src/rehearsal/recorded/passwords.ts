import { secretsIn } from '../../rules/secrets.ts';
import type { Statement } from '../../sql/statement.ts';
import { UNREAD } from './message-plan.ts';

/** String constants as the server's scanner reads them (docs 4.1.2). */
const CONSTANTS = /\be'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$/gis;
const IN_CONNECTION = /(password\s*=\s*|:\/\/[^\s:@/]+:)[^\s@&]+/i;

/** A constant without what it says; of a connection only the password goes, so that a rule still sees that one was there. */
function starred(constant: string): string {
  const connection = IN_CONNECTION.exec(constant);
  return connection === null ? "'***'" : `'${connection[1]}***'`;
}

/**
 * The statement's text as it is kept. What a command sends may come from its environment, so a password that stands in it
 * need not be in the repository, as one in a file is.
 */
export function withoutPasswords(statement: Statement): string {
  const { sql, kind } = statement;
  const isTold = kind === UNREAD ? /\bpassword\b/i.test(sql) : /password/i.test(sql) || sql.includes('://');
  if (!isTold || (kind !== UNREAD && secretsIn(statement).length === 0)) return sql;
  return sql.replaceAll(CONSTANTS, starred);
}
