import { type Admin, asAdmin, type Server } from '../admin.ts';
import { type Check, type Outcome, ok, problem, remedy, unknown, warning } from './check.ts';

/** As the parser and the rules know them (src/sql/effect.ts); older servers are refused when we connect. */
const NEWEST = 18;

const serverVersion: Check = {
  id: 'server-version',
  group: 'server',
  title: 'The server’s version is supported',
  run: async (admin) => {
    const { rows } = await admin.query("SELECT current_setting('server_version') AS version");
    const detail = `Postgres ${rows[0]?.version}`;
    if (admin.serverVersion <= NEWEST) return ok(`${detail}; 13 to ${NEWEST} are supported.`);
    return warning(
      `${detail} is newer than ${NEWEST}, the newest that this Pullgres was proved on.`,
      remedy('Update Pullgres, or try your migrations here by hand first.'),
    );
  },
};

const writable: Check = {
  id: 'writable',
  group: 'server',
  title: 'The server is a primary that takes writes',
  run: async (admin, { settings }) => {
    const { rows } = await admin.query('SELECT pg_is_in_recovery() AS standby');
    if (rows[0]?.standby === true) {
      return problem(
        'The server is a standby: nothing can be made on it.',
        remedy('Name the primary in the server’s URL.'),
      );
    }
    if (settings.text('default_transaction_read_only') !== 'on')
      return ok('It is a primary, and transactions write by default.');
    return problem(
      'default_transaction_read_only is on for the administrator, so nothing can be made.',
      remedy('Turn it off where it was set: for the role, for its database, or for the server.'),
    );
  },
};

/** Says whether two of our sessions are one backend of the server's at once. */
async function sharesBackend(server: Server, admin: Admin): Promise<boolean> {
  const ask = async () => {
    const { rows } = await admin.query(
      "SELECT pg_backend_pid() AS pid, current_setting('pullgres.doctor', true) AS mark",
    );
    return { pid: Number(rows[0]?.pid), mark: rows[0]?.mark };
  };
  await admin.query("SELECT set_config('pullgres.doctor', 'here', false)");
  const own = await ask();
  return asAdmin(server, async (other) => {
    await other.script('BEGIN');
    const { rows } = await other.query('SELECT pg_backend_pid() AS pid');
    // With the transaction open, a pooler in transaction mode has given it the backend that was ours.
    if (Number(rows[0]?.pid) === own.pid) return true;
    const again = await ask();
    return own.mark !== 'here' || again.mark !== 'here' || again.pid !== own.pid;
  });
}

const pooler: Check = {
  id: 'pooler',
  group: 'server',
  title: 'No pooler shares our sessions with others',
  run: async (admin, { server }) => {
    if (!(await sharesBackend(server, admin)))
      return ok('Two sessions of ours had a backend each, and kept their settings.');
    return problem(
      'A pooler in transaction mode stands between: two sessions of ours met on one backend, where locks and settings mix.',
      remedy(
        'Name the server itself in its URL, or a pool in session mode: jobs keep each other apart by locks that belong to a session.',
      ),
    );
  },
};

const CLOCK_SLACK_MS = 10_000;

const clock: Check = {
  id: 'clock',
  group: 'server',
  title: 'This machine’s clock and the server’s agree',
  run: async (admin, { server }) => {
    const before = server.now().getTime();
    const { rows } = await admin.query('SELECT extract(epoch FROM clock_timestamp()) * 1000 AS ms');
    const after = server.now().getTime();
    const ahead = Number(rows[0]?.ms) - (before + after) / 2;
    const seconds = (Math.abs(ahead) / 1000).toFixed(1);
    const detail = `The server’s clock is ${seconds} s ${ahead < 0 ? 'behind' : 'ahead'}, measured to within ${((after - before) / 2000).toFixed(1)} s.`;
    if (Math.abs(ahead) - (after - before) / 2 <= CLOCK_SLACK_MS) return ok(detail);
    return warning(
      `${detail} Branches are born and expire by the server’s clock; times in reports will not fit.`,
      remedy('Set both by NTP.'),
    );
  },
};

const LOCAL_ADDRESS = /^(localhost|127\.\d+\.\d+\.\d+|::1|)$/;

const tls: Check = {
  id: 'tls',
  group: 'server',
  title: 'Passwords and rows travel encrypted',
  run: async (admin, { settings }) => {
    const { rows } = await admin.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    return judgeTls({
      addresses: settings.text('listen_addresses') ?? '*',
      ssl: settings.text('ssl') === 'on',
      encrypted: rows[0]?.ssl === true,
    });
  },
};

/** `addresses` as listen_addresses has them; `encrypted`: this very session is. */
export function judgeTls(facts: {
  readonly addresses: string;
  readonly ssl: boolean;
  readonly encrypted: boolean;
}): Outcome {
  const isLocal = facts.addresses.split(',').every((address) => LOCAL_ADDRESS.test(address.trim()));
  if (isLocal) return ok('The server listens on its own machine’s addresses only.');
  if (!facts.ssl) {
    return warning(
      'The server listens beyond its own machine, and ssl is off.',
      remedy(
        'As a superuser: give the server a certificate (docs: 19.9), turn ssl on, and write sslmode=verify-full in the URL.',
        'ALTER SYSTEM SET ssl = on',
        'SELECT pg_reload_conf()',
      ),
    );
  }
  if (facts.encrypted) return ok('ssl is on, and this session is encrypted.');
  return warning(
    'ssl is on, and this very session is not encrypted.',
    remedy('Write sslmode=verify-full, or at least require, in the server’s URL.'),
  );
}

const passwordEncryption: Check = {
  id: 'password-encryption',
  group: 'server',
  title: 'New passwords are kept as SCRAM verifiers',
  run: (_admin, { settings }) => {
    const method = settings.text('password_encryption');
    if (method === 'scram-sha-256') return ok('password_encryption is scram-sha-256.');
    if (method === undefined) return unknown('password_encryption cannot be read.');
    return warning(
      `password_encryption is ${method}; Pullgres stores SCRAM for its own roles, everybody else’s new password is weaker.`,
      remedy(
        'As a superuser: change it, and set the passwords of people’s roles again.',
        "ALTER SYSTEM SET password_encryption = 'scram-sha-256'",
        'SELECT pg_reload_conf()',
      ),
    );
  },
};

export const serverChecks: readonly Check[] = [
  serverVersion,
  writable,
  pooler,
  clock,
  tls,
  passwordEncryption,
];
