/**
 * GitHub's REST API on loopback, with state. Every request and every answer is held against GitHub's own API
 * description (github-openapi.json); what is wrong is in `problems`, which a test expects to be empty.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ArtifactSpec } from './fake-github-artifacts.ts';
import type { Permissions, Token } from './fake-github-refusals.ts';
import { type FakeServer, type Fault, type RequestRecord, serve } from './fake-github-server.ts';
import {
  addArtifact,
  addComment,
  type FakeRepository,
  type FakeState,
  fakeState,
  type RepositorySeed,
} from './fake-github-state.ts';
import type { CommentSpec, PullSpec } from './github-pull-shapes.ts';

export type FakeGitHub = {
  /** The API's address, without a slash at its end. */
  readonly url: string;
  /** What the runner sets for a job of the first repository. */
  readonly environment: Readonly<Record<string, string>>;
  readonly state: FakeState;
  readonly repository: FakeRepository;
  readonly requests: RequestRecord[];
  readonly problems: string[];
  /** A new token; like a workflow's own with the least that Pullgres asks for unless told otherwise. */
  readonly token: (permissions?: Permissions, owner?: Partial<Pick<Token, 'kind' | 'login'>>) => string;
  readonly fault: (fault: Fault) => void;
  /** Adds a comment by anybody to the first repository. */
  readonly comment: (comment: Pick<CommentSpec, 'issue' | 'author' | 'body'>) => CommentSpec;
  /** Adds an artifact of a run of the first repository. */
  readonly artifact: (
    artifact: Pick<ArtifactSpec, 'runId' | 'archive'> & Partial<ArtifactSpec>,
  ) => ArtifactSpec;
  /** Operations called since the start, in order, for assertions. */
  readonly calls: () => readonly string[];
  /** Lets each answer take this long. */
  readonly setLatency: (milliseconds: number) => void;
  readonly close: () => Promise<void>;
};

export type FakeOptions = {
  readonly repositories?: readonly RepositorySeed[];
  readonly pulls?: readonly Partial<PullSpec>[];
  /** Whose tokens `token()` makes. */
  readonly login?: string;
  readonly latencyMs?: number;
};

/** Starts the fake on a free port. Close it, or the process does not end. */
export async function startFakeGitHub(options: FakeOptions = {}): Promise<FakeGitHub> {
  const problems: string[] = [];
  const http = createServer((request, response) => {
    serve(server, request, response).catch((error) => {
      problems.push(`the fake failed: ${error instanceof Error ? error.stack : error}`);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const state = fakeState(options.repositories ?? [], options.pulls ?? [{}]);
  const repository = state.repositories[0] as FakeRepository;
  const server: FakeServer = {
    host: { api: url, web: url },
    state,
    repository,
    tokens: new Map(),
    faults: [],
    requests: [],
    problems,
    latencyMs: options.latencyMs ?? 0,
  };
  return { url, ...handles(server, options), close: () => closeServer(http) };
}

/** What tests hold of a running fake. */
function handles(server: FakeServer, options: FakeOptions): Omit<FakeGitHub, 'url' | 'close'> {
  const { state, repository, requests, problems } = server;
  return {
    environment: {
      GITHUB_API_URL: server.host.api,
      GITHUB_SERVER_URL: server.host.web,
      GITHUB_REPOSITORY: `${repository.owner}/${repository.name}`,
      GITHUB_REPOSITORY_ID: String(repository.id),
    },
    state,
    repository,
    requests,
    problems,
    token: (permissions = LEAST, owner = {}) => {
      const login = owner.login ?? options.login ?? 'github-actions[bot]';
      const kind = owner.kind ?? (login.endsWith('[bot]') ? 'installation' : 'user');
      const text = `${kind === 'user' ? 'ghp' : 'ghs'}_${randomBytes(18).toString('hex')}`;
      server.tokens.set(text, { kind, login, permissions });
      return text;
    },
    fault: (fault) => {
      server.faults.push({ times: 1, skip: 0, ...fault });
    },
    comment: (comment) => addComment(state, repository, comment),
    artifact: (artifact) => addArtifact(state, repository, artifact),
    calls: () => requests.map(({ operation, method, path }) => operation ?? `${method} ${path}`),
    setLatency: (milliseconds) => {
      server.latencyMs = milliseconds;
    },
  };
}

/** What Pullgres asks a workflow to give. */
const LEAST: Permissions = { contents: 'read', 'pull-requests': 'write' };

function closeServer(http: Server): Promise<void> {
  return new Promise((resolve) => {
    http.close(() => resolve());
    http.closeAllConnections();
  });
}
