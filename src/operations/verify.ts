import type { InspectedBaseline } from '../branching/inspect-baseline.ts';
import type { Distrust, Trust } from '../branching/provider.ts';
import { commandLine } from '../command-line.ts';
import { UserError } from '../errors.ts';
import type { Attestation } from '../masking/attestation-body.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';
import { jsonText } from '../report/json-text.ts';
import { VERIFY_JSON_VERSION, type VerifyCheck, type VerifyJson } from '../report/verify-json-schema.ts';
import { verifyText } from '../report/verify-text.ts';
import { inert } from '../runner/inert.ts';
import type { World } from '../runner/world.ts';
import { manifestHash } from './baseline-manifest.ts';
import { loadPolicy } from './policy.ts';
import { onServer } from './team-server.ts';
import { attestationOf, trustOf } from './trust.ts';

/** What a person at a terminal asks. */
export type VerifyHere = {
  readonly serverUrl: string | undefined;
  /** Id of a version, or a name: then its newest version. */
  readonly baseline: string | undefined;
  /** In place of the policy's. */
  readonly publicKeys?: readonly string[] | undefined;
  /** In place of the policy's: a duration such as `7d`. */
  readonly maxAge?: string | undefined;
};

export type Verified = { readonly json: VerifyJson; readonly now: string };

/**
 * Asks a published baseline for everything that can be known of it from outside: nobody enters it, for it takes no
 * connections. Needs no masking key.
 * @throws UserError when no baseline is named or it is not a masked one; ProviderError when the server cannot be asked.
 */
export async function verifyHere(world: World, wish: VerifyHere): Promise<Verified> {
  const { baseline } = wish;
  if (!baseline) {
    throw new UserError('No baseline is named.', {
      hint: `Name one by --baseline, as \`${commandLine('baseline list')}\` shows them.`,
    });
  }
  const trust = trustOf(
    wishedMasking(wish, (await loadPolicy({ root: world.workspace, commit: undefined })).policy),
  );
  return onServer(world, wish.serverUrl, { trust }, async (provider) => {
    const found = await provider.inspectBaseline(baseline);
    if (!found) {
      throw new UserError(`There is no baseline ${JSON.stringify(baseline)} on this server.`, {
        hint: `See \`${commandLine('baseline list')}\`.`,
      });
    }
    if (found.baseline.kind !== 'masked') {
      throw new UserError(`The baseline ${found.baseline.id} is of kind ${found.baseline.kind}.`, {
        hint: 'Only masked ones have a proof: whoever published it answers for its rows.',
      });
    }
    return { json: verifyJson(found, trust), now: found.place.now.toISOString() };
  });
}

/** The answer as it is printed. */
export function verifyOutput({ json, now }: Verified, format: 'text' | 'json'): string {
  if (format === 'json') return `${jsonText(json)}\n`;
  return verifyText(json, now).split('\n').map(inert).join('\n');
}

function wishedMasking({ publicKeys, maxAge }: VerifyHere, { masking }: Policy): Policy['masking'] {
  if (maxAge !== undefined) requireDuration(maxAge);
  return {
    ...masking,
    ...(publicKeys && publicKeys.length > 0 ? { 'public-keys': [...publicKeys] } : {}),
    ...(maxAge === undefined ? {} : { 'max-age': maxAge }),
  };
}

function requireDuration(text: string): void {
  try {
    durationMs(text);
  } catch (cause) {
    throw new UserError(`--max-age does not take ${JSON.stringify(text.slice(0, 40))}.`, {
      hint: 'Write a number and a unit: 12h or 7d.',
      cause,
    });
  }
}

/** The checks as data; a baseline is trusted when every one is proved. */
export function verifyJson(found: InspectedBaseline, trust: Trust): VerifyJson {
  const { baseline, database } = found;
  const read = attestationOf(baseline.attestation ?? '');
  const attestation = 'body' in read ? read : undefined;
  const checks = [
    attested(trust(baseline, found.place), attestation),
    schema(found, attestation),
    manifest(found, attestation),
    ...outside(found),
  ];
  return {
    version: VERIFY_JSON_VERSION,
    baseline: baseline.id,
    name: baseline.name ?? null,
    database,
    sourceAt: baseline.sourceAt ?? null,
    trusted: checks.every(({ status }) => status === 'proved'),
    checks,
    signed: attestation ? signedOf(attestation) : null,
  };
}

function attested(distrust: Distrust | undefined, attestation: Attestation | undefined): VerifyCheck {
  if (distrust) return { id: 'attestation', status: 'failed', summary: distrust.why, hint: distrust.hint };
  const summary = `Signed by the trusted key ${attestation?.signer}, for this database of this server, and young enough.`;
  return { id: 'attestation', status: 'proved', summary, hint: null };
}

/** The schema itself is inside, where nobody can look; what can be known is that nobody could change it. */
function schema(
  { connectable, untouched }: InspectedBaseline,
  attestation: Attestation | undefined,
): VerifyCheck {
  const told = attestation ? `${attestation.body.schemaFingerprint.slice(0, 16)}…` : undefined;
  if (told !== undefined && untouched && !connectable) {
    const summary = `Its fingerprint was ${told} when it was signed, and nobody could enter the database since; it is not read again, for a baseline takes no connections.`;
    return { id: 'schema', status: 'proved', summary, hint: null };
  }
  const summary =
    'Somebody could have changed it since it was published, and a baseline is not entered to look.';
  return { id: 'schema', status: 'unproven', summary, hint: 'Refresh the baseline.' };
}

function manifest({ manifest: text }: InspectedBaseline, attestation: Attestation | undefined): VerifyCheck {
  const id = 'manifest' as const;
  if (text === undefined) {
    const summary = 'There is none in pullgres.manifests, so rehearsals extrapolate nothing.';
    return { id, status: 'failed', summary, hint: 'Refresh the baseline.' };
  }
  const hash = manifestHash(text);
  if (hash === attestation?.body.manifestHash)
    return {
      id,
      status: 'proved',
      summary: `Its SHA-256 is the signed one, ${hash.slice(0, 16)}….`,
      hint: null,
    };
  const summary = `Its SHA-256 is ${hash.slice(0, 16)}…, not the signed one.`;
  return { id, status: 'failed', summary, hint: 'It was changed by hand: refresh the baseline.' };
}

function outside({ connectable, untouched, template, sessions }: InspectedBaseline): readonly VerifyCheck[] {
  const check = (
    id: VerifyCheck['id'],
    holds: boolean,
    [yes, no]: readonly [string, string],
  ): VerifyCheck => ({
    id,
    status: holds ? 'proved' : 'failed',
    summary: holds ? yes : no,
    hint: holds ? null : 'Refresh the baseline, and find who altered this one.',
  });
  return [
    check('closed', !connectable, ['It takes no connections.', 'It takes connections.']),
    check('untouched', untouched, [
      'Nobody has opened, renamed, granted on or relabelled it since it was published.',
      'It was opened, renamed, granted on or relabelled since it was published.',
    ]),
    check('template', template, ['It is a template.', 'It is no template any more.']),
    check('sessions', sessions === 0, ['Nobody is in it.', `${sessions} sessions are in it.`]),
  ];
}

function signedOf({ body, signer }: Attestation): VerifyJson['signed'] {
  const {
    version: _,
    baseline: __,
    databaseOid: ___,
    systemIdentifier: ____,
    sourceAt: _____,
    ...rest
  } = body;
  return { signer, ...rest, checks: rest.checks.map((check) => ({ ...check })) };
}
