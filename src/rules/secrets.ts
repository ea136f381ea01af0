import type { FuncCall, Node } from '@pgsql/types';
import { identifierText } from '../sql/identifier.ts';
import { strings } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { collect } from '../sql/walk.ts';
import { optionOf } from './options.ts';
import { code } from './words.ts';

/** A secret in a statement, in words that do not repeat it. */
export type FoundSecret = { readonly what: string; readonly help: string };

/** The secrets that stand in a statement, each kind once. */
export function secretsIn(statement: Statement): readonly FoundSecret[] {
  const found = [
    rolePassword(statement.node),
    mappingPassword(statement.node),
    connectionPassword(statement.node),
    accessKey(statement.sql),
  ];
  return found.filter((one) => one !== undefined);
}

function rolePassword(node: Node): FoundSecret | undefined {
  const made = 'CreateRoleStmt' in node ? node.CreateRoleStmt : undefined;
  const changed = 'AlterRoleStmt' in node ? node.AlterRoleStmt : undefined;
  const password = text(optionOf(made?.options ?? changed?.options, 'password')?.arg);
  if (password === undefined || !isPlain(password) || HASHED.test(password)) return undefined;
  const role = made?.role ?? changed?.role?.rolename ?? 'CURRENT_USER';
  return {
    what: `the password of ${code(role)}`,
    help: `Change it, leave it out here (${code(`ALTER ROLE ${identifierText(role)} PASSWORD NULL`)}), and set the new one out of band, as with psql's ${code(`\\password ${identifierText(role)}`)}.`,
  };
}

/** As the server keeps them (documentation, CREATE ROLE). */
const HASHED = /^(?:SCRAM-SHA-256\$\d+:|md5[0-9a-f]{32}$)/;

function mappingPassword(node: Node): FoundSecret | undefined {
  const mapping =
    'CreateUserMappingStmt' in node
      ? node.CreateUserMappingStmt
      : 'AlterUserMappingStmt' in node
        ? node.AlterUserMappingStmt
        : undefined;
  const password = text(optionOf(mapping?.options, 'password')?.arg);
  if (password === undefined || !isPlain(password)) return undefined;
  return {
    what: `the password for the server ${code(mapping?.servername ?? '')}`,
    help: 'Change it, and make the user mapping out of band.',
  };
}

const CONNECTION = /(?:^|[\s;?&])password\s*=\s*(?:'([^']+)'|([^\s'&]+))|:\/\/[^\s:@/]+:([^\s@/]+)@/i;

function connectionPassword(node: Node): FoundSecret | undefined {
  const texts = connectionTexts(node);
  const isThere = texts.some((one) => {
    const [, quoted, bare, inUrl] = CONNECTION.exec(one) ?? [];
    return isPlain(quoted ?? bare ?? inUrl ?? '');
  });
  if (!isThere) return undefined;
  return {
    what: 'the password of the connection',
    help: 'Change it, and make the connection out of band, or with a user mapping or a password file of the server.',
  };
}

function connectionTexts(node: Node): readonly string[] {
  if ('CreateSubscriptionStmt' in node) return [node.CreateSubscriptionStmt.conninfo ?? ''];
  if ('AlterSubscriptionStmt' in node) return [node.AlterSubscriptionStmt.conninfo ?? ''];
  const calls = collect<FuncCall>(node, 'FuncCall').filter(({ funcname }) =>
    /^dblink/.test(strings(funcname).at(-1) ?? ''),
  );
  return calls.flatMap(({ args = [] }) => args.flatMap((one) => text(one) ?? []));
}

type Form = { readonly what: string; readonly pattern: RegExp };

/** The forms that issuers give to their keys, so that they can be found where they should not be. */
const FORMS: readonly Form[] = [
  { what: 'an AWS access key', pattern: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { what: 'a GitHub token', pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22})/ },
  { what: 'a GitLab token', pattern: /\bglpat-[A-Za-z0-9_-]{20}/ },
  { what: 'a Slack token', pattern: /\bxox[abprs]-[A-Za-z0-9-]{20}/ },
  { what: 'a Stripe key', pattern: /\b[rs]k_live_[A-Za-z0-9]{20}/ },
  { what: 'a Google key', pattern: /\bAIza[0-9A-Za-z_-]{35}/ },
  { what: 'a private key', pattern: /-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY-----/ },
];

function accessKey(sql: string): FoundSecret | undefined {
  const form = FORMS.find(({ pattern }) => pattern.test(sql));
  return (
    form && {
      what: form.what,
      help: 'Withdraw it where it was issued, and keep the new one in the application’s own store of secrets.',
    }
  );
}

/** Not empty, and no place that a tool fills in. */
function isPlain(secret: string): boolean {
  return secret !== '' && !/\$\{|\{\{|<%|^[:%$]\w/.test(secret);
}

function text(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ('A_Const' in node) return node.A_Const.sval?.sval;
  return 'String' in node ? node.String.sval : undefined;
}
