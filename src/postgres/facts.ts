import type { Secret } from '../secret.ts';

/** How to reach a database. `host` may be a directory with a Unix socket. The URL form is a secret, these parts but for the password are not. */
export type ConnectionFacts = {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: Secret;
  /** libpq's sslmode. */
  readonly sslmode: 'disable' | 'prefer' | 'require' | 'verify-full';
};
