import * as z from 'zod';
import { UserError } from '../errors.ts';
import { EVIDENCE_VERSION, type Evidence, evidenceSchema } from './schema.ts';
import { decideVerdict } from './verdict.ts';

/** Longest evidence that is read, in UTF-8 bytes: 16 MiB. */
export const MAXIMUM_EVIDENCE_BYTES = 16 * 1024 * 1024;
const MAXIMUM_PROBLEMS = 10;

/** Reads evidence as JSON, strictly. Throws UserError when it is too long, no JSON, of another version or not in the format. */
export function readEvidence(text: string): Evidence {
  const json = parseEvidence(text);
  refuseOtherVersion(json);
  const result = evidenceSchema.safeParse(json);
  if (result.success) return result.data;
  throw new UserError(`The evidence is not in Pullgres' format:\n${listProblems(result.error.issues)}`, {
    hint: 'Pass on the file that Pullgres wrote, unchanged.',
  });
}

/** The JSON of evidence, in no known format yet. Throws UserError when it is too long or no JSON. */
export function parseEvidence(text: string): unknown {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAXIMUM_EVIDENCE_BYTES) {
    throw new UserError(
      `The evidence is ${bytes} bytes long; at most ${MAXIMUM_EVIDENCE_BYTES} (16 MiB) are read.`,
      {
        hint: 'Lint and rehearse fewer migrations in one run.',
      },
    );
  }
  return parseJson(text);
}

/** The parts of the record that later steps and jobs add. */
export type EvidenceSection = Partial<
  Pick<Evidence, 'run' | 'migrations' | 'branch' | 'lint' | 'rehearsal' | 'tests' | 'teardown'>
>;

/** The record with a section put in or replaced, judged anew. The base is not changed. */
export function mergeEvidence(base: Evidence, section: EvidenceSection): Evidence {
  const { verdict: _judgedBefore, ...unjudged } = { ...base, ...section };
  return { ...unjudged, verdict: decideVerdict(unjudged) };
}

/** JSON Schema (draft 2020-12) of the evidence, for readers in other languages. */
export function evidenceJsonSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(evidenceSchema, { target: 'draft-2020-12' }),
    title: 'Pullgres evidence',
    description: 'The record of one run: what was asked, decided, done and measured.',
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, which may come from a fork.
    throw new UserError('The evidence is not JSON.', {
      hint: 'Pass on the file that Pullgres wrote, whole and unchanged; it may have been cut.',
    });
  }
}

function refuseOtherVersion(json: unknown): void {
  const version = typeof json === 'object' && json !== null && 'version' in json ? json.version : undefined;
  if (version === EVIDENCE_VERSION || typeof version !== 'number') return;
  throw new UserError(
    `The evidence has format version ${version}; this Pullgres reads version ${EVIDENCE_VERSION}.`,
    { hint: 'Use the same release of Pullgres in every job of the workflow.' },
  );
}

function listProblems(issues: readonly z.core.$ZodIssue[]): string {
  const lines = issues.slice(0, MAXIMUM_PROBLEMS).map(({ path, message }) => {
    const where = path.length > 0 ? JSON.stringify(path.map(String).join('.').slice(0, 200)) : 'the record';
    return `  ${where}: ${inert(message)}`;
  });
  const more = issues.length - lines.length;
  return [...lines, ...(more > 0 ? [`  and ${more} more`] : [])].join('\n');
}

/** zod's messages may quote keys of the record. */
function inert(message: string): string {
  return message.replaceAll(/\p{C}/gu, '?').slice(0, 300);
}
