// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what the texts hold
/** mulberry32: whole numbers below a limit, the same ones for the same seed. */
export type Pick = (below: number) => number;

export function generator(seed: number): Pick {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What breaks out of a statement, a line, a terminal or a report, or is read by psql, a template tool or ourselves. */
const SPARKS = [
  "'",
  "''",
  '"',
  '$$',
  '$a$',
  '\\',
  '\n',
  '\r',
  '\r\n',
  ' ',
  ';',
  ';;',
  '(',
  ')',
  '--',
  '/*',
  '*/',
  ',',
  '.',
  '::',
  ':x',
  ":'x'",
  ':"x"',
  '{{ x }}',
  '${x}',
  '{% if x %}',
  '<%= x %>',
  '@x@',
  '%(x)s',
  "E'",
  "U&'",
  'é',
  '😀',
  '\ufeff',
  '\ud800',
  '\0',
  '\u202e',
  '\x1b[31m',
  '\u2028',
  '\n::error::x\n',
  '##[group]',
  '\n\\set x orders\n',
  '\n\\set x `date`\n',
  '\n\\i more.sql\n',
  '\n\\if true\n',
  '\\gexec\n',
  '\\g\n',
  '\n\\copy t from x\n',
  '\n\\connect other\n',
  '\n\\restrict a\n',
  '\n\\.\n',
  'COPY t FROM stdin;\n1\t2\n\\.\n',
  '\n-- pullgres:allow drop-table reason="r" owner=@a until=2027-01-31\n',
  '\n-- pullgres:allow-file drop-table, truncate reason=x owner=@a until=2020-01-31\n',
  '/* pullgres:allow nonsense "',
  'BEGIN',
  'COMMIT',
  'ATOMIC',
  'END',
  'CASE',
  'NULL',
  'DEFAULT',
  'CONCURRENTLY',
  'IF EXISTS',
  'NOT VALID',
  'CASCADE',
  '1',
  '-1',
  '99999999999999999999',
  '*',
  'public.',
  'pg_catalog.',
  '""',
  'SELECT 1;',
  'DO $$ BEGIN DROP TABLE t; END $$;',
] as const;

export function spark(pick: Pick): string {
  return SPARKS[pick(SPARKS.length)] as string;
}

const TOKENS = /'[^']*'|"[^"]*"|\w+|\s+|[^\w\s]/g;

/** The statement with one to four small changes; sometimes with none. */
export function mutated(sql: string, pool: readonly string[], pick: Pick): string {
  let tokens: readonly string[] = sql.match(TOKENS) ?? [];
  for (let left = pick(5); left > 0; left -= 1) tokens = mutateOnce(tokens, pool, pick);
  return tokens.join('');
}

function mutateOnce(tokens: readonly string[], pool: readonly string[], pick: Pick): string[] {
  const at = pick(tokens.length + 1);
  const token = tokens[at] ?? '';
  const other = tokens[pick(tokens.length + 1)] ?? '';
  switch (pick(8)) {
    case 0:
      return tokens.toSpliced(at, 1 + pick(3));
    case 1:
      return tokens.toSpliced(at, 0, spark(pick));
    case 2:
      return tokens.toSpliced(at, 1, other);
    case 3:
      return tokens.toSpliced(at, 0, ` ${other} `);
    case 4:
      return tokens.toSpliced(at, 1, spark(pick));
    case 5:
      return tokens.toSpliced(at, 1, token.slice(0, pick(token.length + 1)));
    case 6:
      return tokens.toSpliced(at, 1, token.toUpperCase() === token ? token.toLowerCase() : `"${token}"`);
    default:
      return [...tokens.slice(0, at), ...(pool[pick(pool.length)]?.match(TOKENS) ?? []).slice(pick(6))];
  }
}
