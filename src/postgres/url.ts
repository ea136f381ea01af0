import { UserError } from '../errors.ts';
import { Secret } from '../secret.ts';
import type { ConnectionFacts } from './facts.ts';

const SHAPE = 'postgresql://user:password@host:5432/database?sslmode=require';
const SSL_MODES = ['disable', 'prefer', 'require', 'verify-full'] as const;

/** Parameters that the URL may carry and that do not change which database is reached or how safely: settings of the client, and of ORMs that share the variable. */
const IGNORED_PARAMETERS = new Set([
  'application_name',
  'channel_binding',
  'connect_timeout',
  'connection_limit',
  'fallback_application_name',
  'gssencmode',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'pgbouncer',
  'pool_timeout',
  'schema',
  'socket_timeout',
  'sslnegotiation',
  'sslsni',
  'statement_cache_size',
  'tcp_user_timeout',
]);

/** Parameters of libpq that would change where or how we connect; leaving one out silently would be wrong. Only these names may be printed. */
const REFUSED_PARAMETERS = new Set([
  'hostaddr',
  'options',
  'passfile',
  'requiressl',
  'service',
  'sslcert',
  'sslcrl',
  'sslkey',
  'sslpassword',
  'sslrootcert',
  'target_session_attrs',
]);

const USED_PARAMETERS = ['host', 'port', 'user', 'password', 'dbname', 'sslmode'] as const;
type Parameters = Partial<Record<(typeof USED_PARAMETERS)[number], string>>;

function refuse(problem: string, hint = `Write it as ${SHAPE}, with special characters percent-encoded.`) {
  return new UserError(`The database URL ${problem}.`, { hint });
}

/**
 * Reads a `postgres://` or `postgresql://` URL (docs: 34.1.1.2). Without a user, a port or a host it takes
 * `postgres`, 5432 and `localhost`; without a database, the user's name as libpq does.
 * Throws UserError that never holds any part of the URL but a known parameter name.
 */
export function parseServerUrl(url: Secret): ConnectionFacts {
  const text = url.reveal().trim();
  const parts = splitUrl(text);
  const parameters = readParameters(parts.query);
  const user = parameters.user ?? (decode(parts.user, 'user name') || 'postgres');
  const password = parameters.password ?? decode(parts.password, 'password');
  const database = parameters.dbname ?? decode(parts.database, 'database name');
  const facts = {
    host: parameters.host ?? (decode(parts.host, 'host') || 'localhost'),
    port: readPort(parameters.port ?? parts.port),
    database: database || user,
    user,
    password: new Secret(password),
    sslmode: readSslMode(parameters.sslmode),
  };
  if (facts.host.includes(',')) throw refuse('names several hosts', 'Name the one host that is the primary.');
  const texts = [facts.host, facts.database, facts.user, password];
  if (texts.some((part) => part.includes('\0'))) throw refuse('holds a NUL character');
  return facts;
}

function splitUrl(text: string) {
  if (text === '') throw refuse('is empty');
  if (/^[a-z_]+\s*=/i.test(text)) {
    throw refuse('is in the keyword form (host=… dbname=…), which Pullgres does not read');
  }
  if (!/^postgres(ql)?:\/\//.test(text)) throw refuse('does not begin with postgresql:// or postgres://');
  const pattern =
    /^postgres(?:ql)?:\/\/(?:(?<user>[^:@/?#]*)(?::(?<password>[^@/?#]*))?@)?(?:\[(?<six>[0-9A-Fa-f:.%]+)\]|(?<host>[^@:/?#[\]]*))(?::(?<port>[^@:/?#]*))?(?:\/(?<database>[^/?#]*))?(?:\?(?<query>[^#]*))?$/;
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) throw refuse('cannot be read: a special character in it is not percent-encoded');
  const part = (name: string): string => groups[name] ?? '';
  return {
    user: part('user'),
    password: part('password'),
    host: part('six') || part('host'),
    port: part('port'),
    database: part('database'),
    query: part('query'),
  };
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refuse(`has a broken percent-encoding in its ${what}`);
  }
}

function readPort(text: string): number {
  if (text === '') return 5432;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw refuse('has a port that is not a number from 1 to 65535');
  return port;
}

function readSslMode(text: string | undefined): ConnectionFacts['sslmode'] {
  const mode = SSL_MODES.find((known) => known === (text ?? 'prefer'));
  if (mode === undefined) {
    throw refuse('has an sslmode that Pullgres does not know', `Use one of ${SSL_MODES.join(', ')}.`);
  }
  return mode;
}

function readParameters(query: string): Parameters {
  const found: Parameters = {};
  for (const pair of query.split('&').filter((text) => text !== '')) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals), 'parameters');
    const used = USED_PARAMETERS.find((known) => known === name);
    if (used !== undefined) found[used] = decode(equals < 0 ? '' : pair.slice(equals + 1), 'parameters');
    else if (REFUSED_PARAMETERS.has(name)) throw refuse(`sets ${name}, which Pullgres does not support`);
    else if (!IGNORED_PARAMETERS.has(name)) throw refuse('has a parameter that Pullgres does not know');
  }
  return found;
}

/** The facts as one URL. A socket directory goes into `host=`, as libpq and the common drivers read it. */
export function connectionUrl(facts: ConnectionFacts): Secret {
  const password = facts.password.reveal();
  const login = encodeURIComponent(facts.user) + (password === '' ? '' : `:${encodeURIComponent(password)}`);
  const socket = facts.host.startsWith('/');
  const host = facts.host.includes(':') ? `[${facts.host}]` : encodeURIComponent(facts.host);
  const parameters = [
    ...(socket ? [`host=${encodeURIComponent(facts.host)}`, `port=${facts.port}`] : []),
    ...(facts.sslmode === 'prefer' ? [] : [`sslmode=${facts.sslmode}`]),
  ];
  const place = socket ? '' : `${host}:${facts.port}`;
  const query = parameters.length === 0 ? '' : `?${parameters.join('&')}`;
  return new Secret(`postgresql://${login}@${place}/${encodeURIComponent(facts.database)}${query}`);
}

/** The facts as the environment that libpq (docs: 34.15) and most drivers read. Holds the password in clear: mask it first. */
export function libpqEnvironment(facts: ConnectionFacts): Record<string, string> {
  return {
    PGHOST: facts.host,
    PGPORT: String(facts.port),
    PGDATABASE: facts.database,
    PGUSER: facts.user,
    PGPASSWORD: facts.password.reveal(),
    PGSSLMODE: facts.sslmode,
    DATABASE_URL: connectionUrl(facts).reveal(),
  };
}
