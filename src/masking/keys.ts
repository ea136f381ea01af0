import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { UserError } from '../errors.ts';
import { Secret } from '../secret.ts';

const MINIMUM_BYTES = 32;

/** The session setting that holds a domain's key. Its name says nothing of the domain. */
export function settingOf(domain: string): string {
  return `pullgres.k${createHash('sha256').update(domain).digest('hex').slice(0, 16)}`;
}

/** Keys of all domains by setting, and a name of the master key that tells nothing about it. */
export type MaskKeys = {
  /** Hexadecimal, 64 characters; set by `set_config` with a bind parameter, so that no query's text has it. */
  readonly settings: ReadonlyMap<string, Secret>;
  readonly keyId: string;
};

/**
 * Derives one key for each domain, so that equal values of different domains have masks that cannot be compared.
 * @throws UserError when the master key has fewer than 32 bytes.
 */
export function maskKeys(master: Secret, domains: readonly string[]): MaskKeys {
  const key = Buffer.from(master.reveal(), 'utf8');
  if (key.length < MINIMUM_BYTES) {
    throw new UserError(`The masking key has ${key.length} bytes; it needs ${MINIMUM_BYTES} or more.`, {
      hint: 'Make one with `pullgres mask key`, and keep it as a secret of the repository.',
    });
  }
  const derived = (domain: string): Secret =>
    new Secret(createHmac('sha256', key).update(`pullgres mask 1\0${domain}`).digest('hex'));
  return {
    settings: new Map(domains.map((domain) => [settingOf(domain), derived(domain)])),
    keyId: createHmac('sha256', key).update('pullgres key id 1').digest('hex').slice(0, 16),
  };
}

/** 32 bytes for another use of the same master key (RFC 5869), such as the seed of a signing key. */
export function derivedBytes(master: Secret, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', master.reveal(), '', `pullgres ${use}`, 32));
}
