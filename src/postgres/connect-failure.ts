import { ProviderError } from '../errors.ts';
import type { ConnectionFacts } from './facts.ts';

type Advice = { readonly what: string; readonly hint: string; readonly retryable?: boolean };

const REFUSED: Advice = {
  what: 'nothing listens there',
  hint: 'Check the host and the port, that the server runs, and that its listen_addresses let this machine in.',
  retryable: true,
};
const UNKNOWN_HOST: Advice = {
  what: 'the host name is unknown',
  hint: 'Check the spelling of the host, and that this machine resolves the names of that network.',
};
const TIME_OUT: Advice = {
  what: 'it did not answer in time',
  hint: 'Often a firewall: allow the runner’s address, or use a runner inside that network.',
  retryable: true,
};
const UNREACHABLE: Advice = {
  what: 'there is no route to it',
  hint: 'The runner cannot reach that network: check the address, the VPN and IPv6 (GitHub’s runners have none).',
  retryable: true,
};
const CLOSED: Advice = {
  what: 'the connection was closed before the log-in ended',
  hint: 'A server that stops or restarts just then does this: read its log, and try again. If it never worked, check that the port is a Postgres server’s.',
  retryable: true,
};
const NO_TLS: Advice = {
  what: 'the server refuses TLS, and the sslmode asks for it',
  hint: 'Turn TLS on at the server, or write sslmode=disable if the network between is trusted.',
};
const CERTIFICATE: Advice = {
  what: 'the server’s TLS certificate does not prove who it is',
  hint: 'With verify-full the certificate must name this host and come from an authority that Node trusts (NODE_EXTRA_CA_CERTS adds one).',
};
const PASSWORD: Advice = {
  what: 'the password or the user is wrong',
  hint: 'Check both in the secret that holds the URL; special characters in the password must be percent-encoded.',
};
const NOT_ALLOWED: Advice = {
  what: 'the server does not let this user in from here',
  hint: 'Look at pg_hba.conf (and whether it asks for TLS), at CONNECT on the database, and at VALID UNTIL of the role.',
};
const NO_DATABASE: Advice = {
  what: 'the database does not exist',
  hint: 'Check the name after the last / of the URL; without one, the user’s name is taken.',
};
const FULL: Advice = {
  what: 'the server takes no more connections',
  hint: 'Raise max_connections or the role’s CONNECTION LIMIT, or end idle sessions.',
  retryable: true,
};
const STARTING: Advice = {
  what: 'the server is starting up or shutting down',
  hint: 'Try again in a moment.',
  retryable: true,
};

/** By system error code, SQLSTATE (docs: appendix A) or TLS error code of OpenSSL. */
const ADVICE: Readonly<Record<string, Advice>> = {
  ECONNREFUSED: REFUSED,
  ENOENT: REFUSED,
  EACCES: REFUSED,
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: { ...UNKNOWN_HOST, retryable: true },
  ETIMEDOUT: TIME_OUT,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  '28P01': PASSWORD,
  '28000': NOT_ALLOWED,
  '42501': NOT_ALLOWED,
  '3D000': NO_DATABASE,
  '53300': FULL,
  '57P03': STARTING,
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  CERT_HAS_EXPIRED: CERTIFICATE,
  CERT_NOT_YET_VALID: CERTIFICATE,
  ERR_TLS_CERT_ALTNAME_INVALID: CERTIFICATE,
};

/** Errors that `pg` 8 raises without a code, by a part of their text. */
const ADVICE_BY_TEXT: readonly (readonly [RegExp, Advice])[] = [
  [/does not support SSL/, NO_TLS],
  [/timeout expired/, TIME_OUT],
  [/password must be a (non-empty )?string|SASL/, PASSWORD],
  [/Connection terminated|establishing an SSL connection/, CLOSED],
];

/** True when the server answered that it has no TLS; with sslmode=prefer a plain connection is tried then. */
export function refusesTls(error: unknown): boolean {
  return error instanceof Error && /does not support SSL/.test(error.message);
}

/**
 * Why a connection could not be opened, as advice. Names host, port, user and database, never the password
 * or the URL; the text of the cause is left out because drivers may quote what they were given.
 */
export function connectFailure(facts: ConnectionFacts, error: unknown): ProviderError {
  const code = errorCode(error);
  const text = error instanceof Error ? error.message : '';
  const advice =
    (code === undefined ? undefined : ADVICE[code]) ??
    ADVICE_BY_TEXT.find(([pattern]) => pattern.test(text))?.[1];
  const place = `${facts.host}, port ${facts.port}`;
  const what = advice?.what ?? `the attempt ended with ${code ?? 'an unknown error'}`;
  return new ProviderError(
    `Cannot connect to the database ${facts.database} as ${facts.user} at ${place}: ${what}.`,
    {
      hint: advice?.hint ?? 'Try the same facts with psql from the same machine.',
      retryable: advice?.retryable ?? false,
      ...(code === undefined ? {} : { status: code }),
    },
  );
}

/** Node wraps the attempts at several addresses of one name into an AggregateError, whose own code is that of the first. */
function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  return undefined;
}
