/** How the fake GitHub treats one request: faults, token, limits, description, permission, deed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendArchive } from './fake-github-artifacts.ts';
import { operations } from './fake-github-operations.ts';
import {
  type Answer,
  notFound,
  permissionRefusal,
  rateLimitExceeded,
  type Token,
  unauthorized,
  validationFailed,
} from './fake-github-refusals.ts';
import type { FakeRepository, FakeState } from './fake-github-state.ts';
import { type Match, matchOperation, requestProblems, responseProblems } from './github-schema.ts';
import type { Host } from './github-shapes.ts';

/** What the next requests get instead of, or (`after`) in spite of, what they ask for. */
export type Fault = {
  readonly method?: string;
  readonly path?: RegExp;
  /** How many requests; 1 when not given. */
  readonly times?: number;
  /** How many requests that fit are let by first. */
  readonly skip?: number;
  /** `drop`: the connection is cut. `hang`: no answer ever comes. `cut`: half of the right answer comes. */
  readonly answer: Answer | 'drop' | 'hang' | 'cut';
  /** The request is carried out, and only its answer is lost. */
  readonly after?: boolean;
};

export type RequestRecord = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly operation: string | undefined;
  readonly login: string | undefined;
  /** Of the answer; missing while there is none. */
  status: number | undefined;
};

export type FakeServer = {
  readonly host: Host;
  readonly state: FakeState;
  /** The first one. */
  readonly repository: FakeRepository;
  readonly tokens: Map<string, Token>;
  /** `times` and `skip` count down. */
  readonly faults: (Omit<Fault, 'times' | 'skip'> & { times: number; skip: number })[];
  readonly requests: RequestRecord[];
  readonly problems: string[];
  latencyMs: number;
};

type Asked = {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly match: Match | undefined;
  readonly token: Token | undefined;
  readonly record: RequestRecord;
};

/** Answers one request. */
export async function serve(
  server: FakeServer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = await read(server, request);
  if (server.latencyMs > 0) await sleep(server.latencyMs, undefined, { ref: false });
  const fault = takeFault(server, asked.record);
  if (fault !== undefined && !fault.after && fault.answer !== 'cut') {
    return deliver(server, response, asked, fault.answer);
  }
  if (asked.path.startsWith('/storage/')) return serveStorage(server, request, response, asked);
  const answer = decide(server, request, asked);
  checkAnswer(server, asked, answer);
  if (fault?.answer === 'cut') return sendHalf(response, answer);
  return deliver(server, response, asked, fault?.answer ?? answer);
}

/** Where artifacts lie. It is not the API, and whoever sends the token there gives it away. */
function serveStorage(
  { problems, repository }: FakeServer,
  { headers }: IncomingMessage,
  response: ServerResponse,
  { path, query, record }: Asked,
): void {
  if (headers.authorization !== undefined) problems.push('the token was sent to the storage');
  if (query.get('signature') !== '0b5c') problems.push('the signature was not sent to the storage');
  const artifact = repository.artifacts.find(({ id }) => path === `/storage/${id}`);
  record.status = sendArchive(artifact, response);
}

function deliver(server: FakeServer, response: ServerResponse, asked: Asked, answer: Fault['answer']): void {
  if (typeof answer === 'object') send(server, response, asked, answer);
  if (answer === 'drop') response.destroy();
}

async function read(server: FakeServer, request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const url = new URL(request.url ?? '/', server.host.api);
  const path = namedPath(server.state, url.pathname);
  const method = request.method ?? 'GET';
  const match = matchOperation(method, path);
  const token = server.tokens.get(request.headers.authorization?.replace(/^(?:token|bearer) /i, '') ?? '');
  const record: RequestRecord = {
    method,
    path,
    query: Object.fromEntries(url.searchParams),
    body,
    operation: match?.operation,
    login: token?.login,
    status: undefined,
  };
  server.requests.push(record);
  return { path, query: url.searchParams, body, match, token, record };
}

/** `/repositories/<id>/…`, as GitHub's own links say, is `/repos/<owner>/<name>/…`. */
function namedPath(state: FakeState, path: string): string {
  const id = /^\/repositories\/(\d+)/.exec(path)?.[1];
  const repository = state.repositories.find((candidate) => String(candidate.id) === id);
  if (repository === undefined) return path;
  return path.replace(/^\/repositories\/\d+/, `/repos/${repository.owner}/${repository.name}`);
}

function takeFault({ faults }: FakeServer, { method, path }: RequestRecord): Fault | undefined {
  const fault = faults.find(
    (candidate) =>
      candidate.times > 0 && (candidate.method ?? method) === method && (candidate.path?.test(path) ?? true),
  );
  if (fault === undefined) return undefined;
  if (fault.skip > 0) {
    fault.skip -= 1;
    return undefined;
  }
  fault.times -= 1;
  return fault;
}

function decide(server: FakeServer, request: IncomingMessage, asked: Asked): Answer {
  const { state, problems } = server;
  const { token, match, path, query } = asked;
  if (token === undefined) return unauthorized(request.headers.authorization !== undefined);
  if (state.rate.remaining === 0) return rateLimitExceeded();
  state.rate.remaining -= 1;
  if (path === '/graphql') return answerViewer(server, asked, token);
  if (match === undefined) {
    problems.push(`no such operation: ${asked.record.method} ${path}`);
    return notFound(undefined);
  }
  const wrong = [...requestProblems(match, query, asked.body), ...headerProblems(request)];
  problems.push(...wrong.map((problem) => `request ${match.operation}: ${problem}`));
  if (wrong.length > 0) {
    return validationFailed(
      match.operation,
      wrong.map((message) => ({ code: 'invalid', message })),
    );
  }
  const { owner, repo } = match.parameters;
  const repository = state.repositories.find((entry) => entry.owner === owner && entry.name === repo);
  if (owner !== undefined && repository === undefined) return notFound(match.operation);
  const refused = permissionRefusal(match.operation, token, repository?.private === false);
  const perform = operations[match.operation];
  if (refused !== undefined || perform === undefined) return refused ?? notFound(match.operation);
  return perform({
    operation: match.operation,
    state,
    host: server.host,
    repository: repository ?? server.repository,
    parameters: match.parameters,
    query,
    body: (asked.body ?? {}) as Readonly<Record<string, unknown>>,
    login: token.login,
    path,
  });
}

/** GitHub refuses requests without a User-Agent (docs: "Getting started with the REST API"). */
function headerProblems(request: IncomingMessage): string[] {
  return request.headers['user-agent'] === undefined ? ['no User-Agent'] : [];
}

/** The one GraphQL query served, outside of the REST description: whose token is this? */
function answerViewer({ problems }: FakeServer, { body }: Asked, token: Token): Answer {
  const query = typeof body === 'object' && body !== null && 'query' in body ? String(body.query) : '';
  if (/^query\s*\{\s*viewer\s*\{\s*login\s*\}\s*\}$/.test(query.trim())) {
    return { status: 200, body: { data: { viewer: { login: token.login } } } };
  }
  problems.push(`unknown GraphQL query: ${query}`);
  return { status: 200, body: { errors: [{ type: 'undefinedField', message: 'not served' }] } };
}

function checkAnswer({ problems }: FakeServer, { match }: Asked, answer: Answer): void {
  if (match === undefined) return;
  const sent = answer.body === undefined ? undefined : JSON.parse(JSON.stringify(answer.body));
  const wrong = responseProblems(match.operation, answer.status, sent);
  problems.push(...wrong.map((problem) => `answer ${match.operation} ${answer.status}: ${problem}`));
}

function send({ state: { rate } }: FakeServer, response: ServerResponse, asked: Asked, answer: Answer): void {
  asked.record.status = answer.status;
  response.writeHead(answer.status, {
    ...(answer.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'x-github-media-type': 'github.v3; format=json',
    'x-ratelimit-limit': String(rate.limit),
    'x-ratelimit-remaining': String(rate.remaining),
    'x-ratelimit-reset': String(rate.reset),
    'x-ratelimit-used': String(rate.limit - rate.remaining),
    'x-ratelimit-resource': 'core',
    ...answer.headers,
  });
  response.end(answer.body === undefined ? undefined : JSON.stringify(answer.body));
}

function sendHalf(response: ServerResponse, { status, body }: Answer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.write(text.slice(0, text.length / 2), () => response.destroy());
}
