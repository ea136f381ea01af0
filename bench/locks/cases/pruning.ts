import { all, at, given, type LockCase } from '../case.ts';

/** Keys of several columns and types, defaults beside ranges, hashes of texts, expressions as keys. */
const KEYS = `
CREATE TABLE wide (a integer, b integer, v text) PARTITION BY RANGE (a, b);
CREATE TABLE wide_1 PARTITION OF wide FOR VALUES FROM (0, 0) TO (10, 5);
CREATE TABLE wide_2 PARTITION OF wide FOR VALUES FROM (10, 5) TO (20, MINVALUE);
CREATE TABLE wide_3 PARTITION OF wide FOR VALUES FROM (20, MINVALUE) TO (MAXVALUE, MAXVALUE);
CREATE TABLE marks (at timestamp, n bigint) PARTITION BY RANGE (at);
CREATE TABLE marks_1 PARTITION OF marks FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE marks_2 PARTITION OF marks FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE marks_rest PARTITION OF marks DEFAULT;
CREATE TABLE worded (id integer, word text) PARTITION BY HASH (word);
CREATE TABLE worded_0 PARTITION OF worded FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE worded_1 PARTITION OF worded FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE worded_2 PARTITION OF worded FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE worded_3 PARTITION OF worded FOR VALUES WITH (MODULUS 4, REMAINDER 3);
CREATE TABLE twofold (a bigint, u uuid) PARTITION BY HASH (a, u);
CREATE TABLE twofold_0 PARTITION OF twofold FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE twofold_1 PARTITION OF twofold FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE twofold_2 PARTITION OF twofold FOR VALUES WITH (MODULUS 3, REMAINDER 2);
CREATE TABLE lower_case (name text) PARTITION BY LIST (lower(name));
CREATE TABLE lower_case_a PARTITION OF lower_case FOR VALUES IN ('a');
CREATE TABLE lower_case_rest PARTITION OF lower_case DEFAULT;
CREATE TABLE kinds (kind text DEFAULT 'x', n integer) PARTITION BY LIST (kind);
CREATE TABLE kinds_x PARTITION OF kinds FOR VALUES IN ('x', NULL);
CREATE TABLE kinds_y PARTITION OF kinds FOR VALUES IN ('y');
CREATE TABLE kinds_rest PARTITION OF kinds DEFAULT;`;

export const pruning: readonly LockCase[] = [
  ...given(
    KEYS,
    all(
      'SELECT * FROM wide WHERE a = 10',
      'SELECT * FROM wide WHERE a = 10 AND b = 5',
      'SELECT * FROM wide WHERE a = 10 AND b < 5',
      'SELECT * FROM wide WHERE a = 20',
      'SELECT * FROM wide WHERE a > 20',
      'SELECT * FROM wide WHERE a < 10',
      'SELECT * FROM wide WHERE b = 5',
      'SELECT * FROM wide WHERE a BETWEEN 12 AND 15',
      'INSERT INTO wide VALUES (10, 4)',
      'INSERT INTO wide VALUES (10, 5), (30, 1)',
      "SELECT * FROM marks WHERE at = '2024-01-31 23:59:59'",
      "SELECT * FROM marks WHERE at >= '2024-02-01'",
      "SELECT * FROM marks WHERE at >= '2024-02-01' AND at < '2024-02-15'",
      "SELECT * FROM marks WHERE at < '2024-01-01'",
      "SELECT * FROM marks WHERE at >= DATE '2024-02-01'",
      "SELECT * FROM marks WHERE at >= '2024-02-01'::timestamp",
      'SELECT * FROM marks WHERE at IS NULL',
      'SELECT * FROM marks WHERE at IS NOT NULL',
      "SELECT * FROM marks WHERE at < '2024-01-15' OR at IS NULL",
      "SELECT * FROM marks m WHERE m.at < '2024-01-15' AND m.n = 4",
      "SELECT * FROM bare b LEFT JOIN marks m ON m.n = b.id AND m.at = '2024-01-05'",
      "SELECT * FROM bare b LEFT JOIN marks m ON m.n = b.id WHERE m.at = '2024-01-05'",
      'SELECT * FROM bare b LEFT JOIN marks m ON m.n = b.id WHERE m.at IS NULL',
      "SELECT * FROM bare b JOIN marks m ON m.n = b.id WHERE m.at = '2024-02-05'",
      "SELECT * FROM marks m LEFT JOIN bare b ON m.at = '2024-02-05'",
      "SELECT * FROM marks m FULL JOIN bare b ON m.n = b.id AND m.at = '2024-02-05'",
      "INSERT INTO marks VALUES ('2024-01-31 23:59', 1)",
      "INSERT INTO marks VALUES ('2030-01-01', 1)",
      'INSERT INTO marks (n) VALUES (1)',
      'INSERT INTO marks VALUES (now(), 1)',
      "UPDATE marks SET n = 2 WHERE at = '2024-01-05'",
      "UPDATE marks SET at = '2024-02-05' WHERE at = '2024-01-05'",
      "DELETE FROM marks USING bare WHERE marks.n = bare.id AND marks.at < '2024-01-05'",
      "SELECT * FROM worded WHERE word = 'hello'",
      "SELECT * FROM worded WHERE word = 'a rather long word, of more than twelve bytes'",
      "SELECT * FROM worded WHERE word IN ('a', 'b')",
      "SELECT * FROM worded WHERE word <> 'a'",
      'SELECT * FROM worded WHERE word IS NULL',
      "INSERT INTO worded VALUES (1, 'hello'), (2, 'exactly twelv')",
      "SELECT * FROM twofold WHERE a = 5 AND u = '11111111-2222-3333-4444-555555555555'",
      "SELECT * FROM twofold WHERE a = -5000000000 AND u = 'AAAAAAAA-2222-3333-4444-555555555555'",
      'SELECT * FROM twofold WHERE a = 5',
      'SELECT * FROM twofold WHERE a = 5 AND u IS NULL',
      "SELECT * FROM lower_case WHERE lower(name) = 'a'",
      "SELECT * FROM lower_case WHERE name = 'a'",
      "INSERT INTO lower_case VALUES ('A')",
      'INSERT INTO kinds DEFAULT VALUES',
      'INSERT INTO kinds (n) VALUES (1)',
      "INSERT INTO kinds VALUES ('q')",
      'INSERT INTO kinds VALUES (NULL)',
      "SELECT * FROM kinds WHERE kind <> 'y'",
      "SELECT * FROM kinds WHERE kind <> 'x'",
      'SELECT * FROM kinds WHERE kind IS NULL',
      "SELECT * FROM kinds WHERE kind > 'x'",
      "SELECT * FROM kinds WHERE kind = 'x' AND kind = 'y'",
      "SELECT * FROM kinds WHERE NOT kind = 'x'",
      "SELECT * FROM kinds WHERE kind NOT IN ('x', 'y')",
      "SELECT * FROM kinds WHERE kind = ANY (ARRAY['x', 'q'])",
      "SELECT * FROM kinds WHERE 'y' = kind",
      "SELECT * FROM kinds WHERE kind = 'y' FOR UPDATE",
      "SELECT * FROM bare WHERE EXISTS (SELECT FROM kinds WHERE kind = 'y' AND kinds.n = bare.id)",
    ),
  ),
  ...given(
    KEYS,
    at(
      15,
      "MERGE INTO kinds USING bare ON kinds.n = bare.id AND kinds.kind = 'y' WHEN MATCHED THEN DELETE",
      "MERGE INTO kinds USING bare ON kinds.n = bare.id AND kinds.kind = 'y' WHEN NOT MATCHED THEN INSERT VALUES ('q', 1)",
    ),
  ),
];
