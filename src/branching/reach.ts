/** A function as far as it tells whether it can reach out of its database. */
export type Routine = {
  readonly id: string;
  /** Without its schema. */
  readonly name: string;
  readonly language: string;
  /** Whether everybody may write in the language; C and internal count as not. */
  readonly trusted: boolean;
  /** Source in a procedural language, link symbol in C and internal. */
  readonly source: string;
  /** The library that a C function stands in. */
  readonly library: string | undefined;
  readonly extension: string | undefined;
  /** Ids of the functions that it calls, as far as the catalog knows them (bodies in SQL's standard form). */
  readonly calls: readonly string[];
};

/** Extensions that speak to other servers, with those of their functions that do. postgres_fdw's do not: it speaks through servers and mappings. */
const EXTENSIONS: Readonly<Record<string, RegExp>> = {
  adminpack: /./,
  amqp: /./,
  aws_lambda: /./,
  aws_s3: /./,
  azure_ai: /./,
  azure_storage: /./,
  dblink: /./,
  google_ml_integration: /./,
  http: /^http/,
  pg_curl: /./,
  pg_net: /^(http_|worker_|wake)/,
  pg_smtp_client: /./,
};

/** Libraries whose functions somebody may have declared by hand, as a C function that no extension knows. */
const LIBRARIES = /(^|\/)(adminpack|dblink|http|pg_amqp|pg_curl|pg_net|plsh)(\.so)?$/;

/** What Postgres itself keeps for superusers, under whatever name it was declared again in C or internal. */
const SERVER_FILES = /^(be_)?(lo_import|lo_export|pg_read_\w*file\w*|pg_ls_\w+|pg_stat_file\w*|pg_file_\w+)$/;

/** Words of a body that reach out of the database. A comment counts as well: rather one trigger too many than one too few. */
const WORDS: readonly RegExp[] = [
  /\b(to|from)\s+program\b/i,
  /\bdblink(_\w+)?"?\s*\(/i,
  /\bhttp(_(get|post|put|patch|delete|head))?"?\s*\(/i,
  /\bnet"?\s*\.\s*"?http_\w+"?\s*\(/i,
  /\bamqp"?\s*\.\s*"?\w+"?\s*\(/i,
  /\b(aws_lambda|aws_s3)"?\s*\.\s*"?\w+"?\s*\(/i,
  /\b(lo_import|lo_export|pg_read_file|pg_read_binary_file|pg_ls_dir)"?\s*\(/i,
];

/**
 * Whether the function itself speaks to the network, the server's files or its shell, so that nobody on a branch may
 * execute it. What calls such a function is none: it fails when it does.
 */
export function reachesItself(routine: Routine): boolean {
  const { extension, language } = routine;
  if (extension !== undefined && EXTENSIONS[extension]?.test(routine.name)) return true;
  if (routine.trusted) return false;
  if (language !== 'c' && language !== 'internal') return true;
  if (extension !== undefined) return false;
  return SERVER_FILES.test(routine.source) || (language === 'c' && LIBRARIES.test(routine.library ?? ''));
}

const mentions = (source: string, name: string): boolean =>
  new RegExp(`(?<![\\w$])${name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}"?\\s*\\(`, 'i').test(source);

/**
 * Ids of the functions that reach out of the database when they are called: by themselves, by the words of their body, or
 * by another function that does, however long the chain. A name that two schemas have counts for both.
 */
export function reaching(routines: readonly Routine[]): ReadonlySet<string> {
  const found = new Map<string, Routine>();
  const candidates = routines.filter(({ trusted, extension }) => trusted && extension === undefined);
  let fresh = routines.filter(
    (each) =>
      reachesItself(each) ||
      (each.trusted && each.extension === undefined && WORDS.some((word) => word.test(each.source))),
  );
  while (fresh.length > 0) {
    for (const each of fresh) found.set(each.id, each);
    const last = fresh;
    fresh = candidates.filter(
      (each) =>
        !found.has(each.id) &&
        last.some(({ id, name }) => each.calls.includes(id) || mentions(each.source, name)),
    );
  }
  return new Set(found.keys());
}
