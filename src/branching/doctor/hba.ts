import { type Check, type Outcome, ok, problem, remedy, warning } from './check.ts';

type HbaRule = {
  readonly line: number;
  readonly type: string;
  readonly method: string;
  readonly databases: readonly string[];
  readonly isLocal: boolean;
};

/** Login roles of branches bear their database's name, so `sameuser` is about them too. `/` begins a pattern, `@` a file. */
function meansBranches({ databases }: HbaRule): boolean {
  return databases.some((name) => /^(all|sameuser|samerole|samegroup|pullgres_.*|[/@+].*)$/.test(name));
}

const HBA = `
  SELECT line_number AS line, type, auth_method AS method, database AS databases, error IS NOT NULL AS broken,
         type = 'local' OR address IN ('localhost', '::1', 'samehost') OR address LIKE '127.%' AS local
  FROM pg_hba_file_rules ORDER BY line_number`;

const PLAIN_TYPES = ['host', 'hostnossl', 'hostnogssenc'];

function judgeHba(rules: readonly HbaRule[]): Outcome {
  const open = rules.filter(({ method }) => method === 'trust');
  const clear = rules.filter(
    ({ method, type, isLocal }) => method === 'password' && !isLocal && PLAIN_TYPES.includes(type),
  );
  const lines = (some: readonly HbaRule[]) => some.map(({ line }) => line).join(', ');
  const far = open.filter(({ isLocal }) => !isLocal);
  const advice = remedy(
    'Write scram-sha-256 in these lines of pg_hba.conf and reload it, as a superuser:',
    'SELECT pg_reload_conf()',
  );
  if (far.length > 0) {
    return problem(
      `pg_hba.conf trusts whoever comes over the network, line ${lines(far)}: branches need no password.`,
      advice,
    );
  }
  if (clear.length > 0)
    return problem(`pg_hba.conf takes passwords in clear over the network, line ${lines(clear)}.`, advice);
  if (open.length > 0) {
    return warning(
      `pg_hba.conf trusts everybody on the server’s own machine, line ${lines(open)}: they get into every branch.`,
      advice,
    );
  }
  const md5 = rules.filter(({ method }) => method === 'md5');
  if (md5.length === 0)
    return ok(`No line of ${rules.length} that mean branches trusts, or takes weak passwords.`);
  return ok(`md5 in line ${lines(md5)} means SCRAM for verifiers such as branches’ roles have (docs: 20.5).`);
}

/** What the file says now; the server obeys it since its last reload. */
export const hostBasedAuthentication: Check = {
  id: 'pg-hba',
  group: 'server',
  title: 'pg_hba.conf asks branches’ roles for their password',
  run: async (admin) => {
    const { rows } = await admin.query(HBA);
    const broken = rows.filter((row) => row.broken === true).map((row) => Number(row.line));
    if (broken.length > 0) {
      return warning(
        `pg_hba.conf cannot be read at line ${broken.join(', ')}; the server goes on with what it read before.`,
        remedy('Mend these lines and reload, as a superuser:', 'SELECT pg_reload_conf()'),
      );
    }
    const rules = rows.map(
      (row): HbaRule => ({
        line: Number(row.line),
        type: String(row.type),
        method: String(row.method),
        databases: row.databases as string[],
        isLocal: row.local === true,
      }),
    );
    return judgeHba(rules.filter(meansBranches));
  },
};
