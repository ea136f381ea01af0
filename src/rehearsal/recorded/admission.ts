import type { Socket } from 'node:net';
import type { ConnectionFacts } from '../../postgres/facts.ts';
import { ProtocolError } from '../../postgres/wire/framing.ts';
import { checkPassword, readGreeting } from '../../postgres/wire/greeting.ts';
import { type BackendKey, type Complaint, errorResponse } from '../../postgres/wire/messages.ts';

/** Where tools look whether their database exists. */
const MAINTENANCE: readonly string[] = ['postgres', 'template1'];
const GREETING_MS = 30_000;
/** These we answer ourselves; a user or a database of the client's own was checked. */
const OURS: readonly string[] = ['user', 'database', 'replication'];

export type Admitted =
  | { readonly kind: 'cancel'; readonly key: BackendKey }
  | {
      readonly kind: 'session';
      readonly database: string;
      /** Looks at another database of the same server. */
      readonly elsewhere: boolean;
      readonly parameters: ReadonlyMap<string, string>;
    };

type Refused = Complaint & { readonly problem: string };

function refusedParameters(
  parameters: ReadonlyMap<string, string>,
  facts: ConnectionFacts,
): Refused | undefined {
  const replication = parameters.get('replication') ?? 'false';
  if (!['false', 'off', 'no', '0'].includes(replication)) {
    const problem = 'it asked for a replication connection, which cannot be rehearsed';
    return { code: '0A000', message: 'A rehearsal carries no replication connections.', problem };
  }
  const user = parameters.get('user') ?? '';
  if (user !== facts.user) {
    const problem = 'it logged in as another user than the one of DATABASE_URL';
    return { code: '28000', message: 'A rehearsal takes the user of DATABASE_URL only.', problem };
  }
  const database = parameters.get('database') ?? user;
  if (database === facts.database || MAINTENANCE.includes(database)) return undefined;
  return {
    code: '3D000',
    message: 'A rehearsal takes the database of DATABASE_URL only.',
    hint: 'The migrations of another database are rehearsed with a run of their own.',
    problem: `it asked for the database ${JSON.stringify(database)}, which is not the one that is rehearsed`,
  };
}

const WRONG_PASSWORD: Refused = {
  code: '28P01',
  message: 'The password is not the one of DATABASE_URL.',
  hint: 'While a command is rehearsed, DATABASE_URL and PGPASSWORD carry a password of this run only.',
  problem: 'it gave another password than the one of DATABASE_URL',
};

/**
 * Lets a client in or not. Undefined when it left or was refused, which it has been told. `onProblem` gets the end of a
 * sentence about the command. `facts` are the proxy's own. Who has not come in after `limitMs` is cut off.
 */
export async function admit(
  client: Socket,
  facts: ConnectionFacts,
  onProblem: (problem: string) => void,
  limitMs = GREETING_MS,
): Promise<Admitted | undefined> {
  const limit = setTimeout(() => client.destroy(), limitMs);
  const refuse = ({ problem, ...complaint }: Refused): undefined => {
    onProblem(problem);
    client.end(errorResponse('FATAL', complaint));
  };
  try {
    const greeting = await readGreeting(client);
    if (greeting === undefined || greeting.kind === 'cancel') return greeting;
    const { parameters } = greeting;
    const refused = refusedParameters(parameters, facts);
    if (refused !== undefined) return refuse(refused);
    const isRight = await checkPassword(client, facts.password.reveal());
    if (client.readableEnded || client.destroyed) return undefined;
    if (!isRight) return refuse(WRONG_PASSWORD);
    const database = parameters.get('database') ?? facts.database;
    const rest = new Map([...parameters].filter(([name]) => !OURS.includes(name)));
    return { kind: 'session', database, elsewhere: database !== facts.database, parameters: rest };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const problem = `it does not speak the protocol: ${error.message}`;
    return refuse({ code: '08P01', message: error.message, problem });
  } finally {
    clearTimeout(limit);
  }
}
