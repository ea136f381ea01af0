const words = (text: string): string[] => text.trim().split(/\s+/);

/**
 * Functions that a masking expression may call: all of pg_catalog, and immutable in every overload, so that a row's mask
 * depends on nothing but the row (pg_proc.provolatile; a test asks the server). Left out because they are only stable:
 * concat, concat_ws, format, to_char, date_trunc, age, and length, for its overload with an encoding; char_length serves.
 */
export const ALLOWED_FUNCTIONS: ReadonlySet<string> = new Set(
  words(`abs ascii btrim ceil char_length chr decode encode floor host initcap left lower lpad ltrim make_date
    md5 mod octet_length regexp_replace repeat replace reverse right round rpad rtrim sha256 sign split_part starts_with
    strpos substr translate trunc upper`),
);

/** Functions that a derived column may call besides, with a constant configuration and a constant weight. */
export const TEXT_SEARCH_FUNCTIONS: ReadonlySet<string> = new Set(words('to_tsvector setweight'));

/** SQL's own functions: grammar, not pg_proc, so they take no schema. */
export const ALLOWED_CONSTRUCTS: ReadonlySet<string> = new Set(words('coalesce nullif greatest least'));

/** Types that a value may be cast to, with the way they are written back. Only Postgres' own: a cast to another type may run its maker's code. */
export const ALLOWED_TYPES: ReadonlyMap<string, string> = new Map([
  ['varchar', 'character varying'],
  ['char', 'character'],
  ['int2', 'smallint'],
  ['int', 'integer'],
  ['int4', 'integer'],
  ['int8', 'bigint'],
  ['decimal', 'numeric'],
  ['float4', 'real'],
  ['float8', 'double precision'],
  ['bool', 'boolean'],
  ['character varying', 'character varying'],
  ['double precision', 'double precision'],
  ['timestamp without time zone', 'timestamp'],
  ['timestamp with time zone', 'timestamptz'],
  ...words(
    'text character smallint integer bigint numeric real boolean date time timestamp timestamptz interval uuid json jsonb bytea inet',
  ).map((name): [string, string] => [name, name]),
]);

/** Operators between two values, by the parser's name, with their name in pg_catalog. */
export const ALLOWED_OPERATORS: ReadonlyMap<string, string> = new Map([
  ...words('= < <= > >= + - * / % || ~ ~* !~ !~*').map((name): [string, string] => [name, name]),
  ['!=', '<>'],
  ['LIKE', '~~'],
  ['NOT LIKE', '!~~'],
  ['ILIKE', '~~*'],
  ['NOT ILIKE', '!~~*'],
]);

/** Fields that may be taken out of a date or time. */
export const ALLOWED_FIELDS: ReadonlySet<string> = new Set(
  words('year quarter month week day dow doy hour minute second'),
);

/** Types from which a field is taken without asking the session for its time zone. */
export const ZONELESS_TYPES: ReadonlySet<string> = new Set(words('date time timestamp interval'));
