import { languageOf } from '../../sql/routine.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule } from '../rule.ts';
import { code } from '../words.ts';

type Work = { readonly what: string; readonly effect: string; readonly help: string };

function check({ node }: Statement): readonly Complaint[] {
  const work = workOf(node);
  if (work === undefined) return [];
  return [
    { relation: undefined, part: work.what, message: `${code(work.what)} ${work.effect}.`, help: work.help },
  ];
}

const OUTSIDE = 'Leave it to whoever runs the server, before this migration.';

function workOf(node: Statement['node']): Work | undefined {
  if ('AlterSystemStmt' in node) return ALTER_SYSTEM;
  if ('VariableSetStmt' in node) return settingOf(node.VariableSetStmt.name ?? '', node.VariableSetStmt.kind);
  if ('CopyStmt' in node) return copyOf(node.CopyStmt);
  if ('CreateFunctionStmt' in node) return languageWork(languageOf(node.CreateFunctionStmt));
  return 'CreateExtensionStmt' in node ? extensionWork(node.CreateExtensionStmt.extname ?? '') : undefined;
}

const ALTER_SYSTEM: Work = {
  what: 'ALTER SYSTEM',
  effect:
    'changes the settings of the whole server, for all of its databases, and only once they are read again',
  help: 'Set it for this database or role with ALTER DATABASE or ALTER ROLE, or leave it to whoever runs the server.',
};

const ROLE_SETTINGS: Readonly<Record<string, string>> = {
  role: 'SET ROLE',
  session_authorization: 'SET SESSION AUTHORIZATION',
};

function settingOf(name: string, kind: string | undefined): Work | undefined {
  const what = kind === 'VAR_SET_VALUE' ? ROLE_SETTINGS[name] : undefined;
  if (what === undefined) return undefined;
  return {
    what,
    effect: 'gives the rest of the migration other rights and owners than the role that it is run as',
    help: 'Let the tool connect as the role that is to own what the migration makes.',
  };
}

function copyOf({
  is_program: isProgram,
  filename,
}: {
  is_program?: boolean;
  filename?: string;
}): Work | undefined {
  if (filename === undefined) return undefined;
  return {
    what: isProgram ? 'COPY … PROGRAM' : 'COPY of a file',
    effect:
      "reaches for the server's own machine, which only a superuser or a role made for it may, and no hosted server lets",
    help: 'Send the rows from the client, with COPY FROM STDIN or INSERT.',
  };
}

/** Trusted languages of the distribution (documentation, CREATE LANGUAGE and chapter 38). */
const TRUSTED_LANGUAGES = new Set(['', 'sql', 'plpgsql', 'plperl', 'pltcl', 'plv8', 'plrust']);

function languageWork(language: string): Work | undefined {
  if (TRUSTED_LANGUAGES.has(language)) return undefined;
  return {
    what: `LANGUAGE ${language}`,
    effect:
      'is not trusted: its code may do whatever the server process may, and only a superuser may write it',
    help: 'Write it in PL/pgSQL or SQL, or outside the database.',
  };
}

/** Extensions of the distribution that only a superuser may create (documentation, appendix F). */
const UNTRUSTED = new Set(
  `adminpack amcheck auth_delay auto_explain autoinc basebackup_to_shell basic_archive bloom dblink dict_xsyn earthdistance
  file_fdw hstore_plpython3u insert_username intagg jsonb_plpython3u lo_manage ltree_plpython3u moddatetime pageinspect
  passwordcheck pg_buffercache pg_freespacemap pg_logicalinspect pg_overexplain pg_prewarm pg_stat_statements
  pg_surgery pg_visibility pg_walinspect pgrowlocks pgstattuple plperlu plpython3u pltclu postgres_fdw refint sepgsql
  bool_plperlu hstore_plperl hstore_plperlu jsonb_plperlu sslinfo test_decoding xml2`.split(/\s+/),
);

function extensionWork(name: string): Work | undefined {
  if (!UNTRUSTED.has(name)) return undefined;
  return {
    what: `CREATE EXTENSION ${name}`,
    effect: 'is left to superusers, so the migration fails for any other role',
    help: OUTSIDE,
  };
}

export const rule: Rule = {
  slug: 'superuser-operations',
  section: 'security',
  title: 'Work that needs the rights of a superuser',
  condition:
    '`ALTER SYSTEM`, `SET ROLE`, functions in an untrusted language, files and programs of the server, or an extension that is not trusted.',
  effect: 'The migration fails for an ordinary role, or has to run as one that may do anything.',
  workaround: 'Leave it to whoever runs the server.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
