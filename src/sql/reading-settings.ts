import type { FuncCall, VariableSetStmt } from '@pgsql/types';
import { constantOf } from './constant-text.ts';
import { strings } from './names.ts';
import type { SqlProblem, Statement } from './statement.ts';
import { collect } from './walk.ts';

/**
 * Told where a statement changes how the server reads the rest of the text, once a setting: what stands behind is read
 * here as if it had not (documentation 4.1.2.2 on standard_conforming_strings, 23.3.3 on client_encoding).
 */
export function readingProblems(statements: readonly Statement[], text: Buffer): readonly SqlProblem[] {
  const told = new Map<string, SqlProblem>();
  for (const [index, statement] of statements.entries()) {
    if (index === statements.length - 1) break;
    for (const { name, value } of settingsIn(statement)) {
      if (told.has(name) || isRead(name, value, text)) continue;
      const { file, line, column } = statement.place;
      told.set(name, { file, line, column, ...wordsOf(name) });
    }
  }
  return [...told.values()];
}

/** Whether a text is read under this encoding as it stands, as plain ASCII is under SQL_ASCII; the server looks at letters and digits only (clean_encoding_name). */
export function isReadableEncoding(name: string, text: Buffer): boolean {
  const clean = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return (
    clean === 'utf8' || clean === 'unicode' || (clean === 'sqlascii' && !text.some((byte) => byte > 127))
  );
}

export const OTHER_ENCODING = {
  message: 'the text behind it is in another encoding for the server, and is judged as UTF-8 all the same',
  hint: 'Write the file in UTF-8 and remove the setting.',
};

const OTHER_STRINGS = {
  message:
    'standard_conforming_strings: with it off a backslash in a string is an escape, so what stands behind it may be cut otherwise than it is judged',
  hint: "Leave it on, and write strings that need escapes as E'…'.",
};

const STRINGS = 'standard_conforming_strings';
const ENCODING = 'client_encoding';
const ON = /^(on|t(r(ue?)?)?|y(es?)?|1)$/i;

/** `value` is undefined when nobody knows it. */
type Setting = { readonly name: string; readonly value: string | undefined };

function isRead(name: string, value: string | undefined, text: Buffer): boolean {
  if (name === STRINGS) return ON.test(value ?? '');
  return name !== ENCODING || isReadableEncoding(value ?? '', text);
}

function wordsOf(name: string): Pick<SqlProblem, 'message' | 'hint'> {
  return name === STRINGS
    ? OTHER_STRINGS
    : { ...OTHER_ENCODING, message: `${ENCODING}: ${OTHER_ENCODING.message}` };
}

function settingsIn({ sql, kind, node }: Statement): readonly Setting[] {
  if ('VariableSetStmt' in node) return setIn(node.VariableSetStmt);
  // The code of a DO block is not read so closely: to name one is enough.
  if (kind === 'DoStmt')
    return [STRINGS, ENCODING].flatMap((name) =>
      new RegExp(name, 'i').test(sql) ? [{ name, value: undefined }] : [],
    );
  if (!/set_config/i.test(sql)) return [];
  return collect<FuncCall>(node, 'FuncCall').flatMap(({ funcname, args = [] }) => {
    const name = constantOf(args[0])?.toLowerCase();
    const isSet = strings(funcname).at(-1) === 'set_config' && name !== undefined;
    return isSet ? [{ name, value: constantOf(args[1]) ?? undefined }] : [];
  });
}

/** SET … TO DEFAULT and RESET give the server's own, which is as it should be. */
function setIn({ kind, name = '', args }: VariableSetStmt): readonly Setting[] {
  return kind === 'VAR_SET_VALUE'
    ? [{ name: name.toLowerCase(), value: constantOf(args?.[0]) ?? undefined }]
    : [];
}
