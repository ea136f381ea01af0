import * as z from 'zod';
import { UserError } from '../errors.ts';

const count = z.number().nonnegative();

/** What production is like, as far as a rehearsal needs it: sizes and rates by table, no value of any row. */
export const manifestSchema = z.strictObject({
  version: z.literal(1),
  /** Where and when the figures were read, for people. */
  source: z.string(),
  takenAt: z.iso.datetime(),
  tables: z.array(
    z.strictObject({
      /** Schema-qualified: `public.orders`. */
      relation: z.string(),
      rows: count,
      /** Of the table with its TOAST, without indexes. */
      bytes: count,
      indexBytes: count,
      readsPerSecond: count.optional(),
      writesPerSecond: count.optional(),
      /** Share of the rows that the baseline has: below 1 where a refresh took a subset. */
      share: z.number().min(0).max(1).optional(),
      /** What the planner knows of the full table, without any value (docs: 53.32, pg_stats). */
      columns: z
        .array(
          z.strictObject({
            name: z.string(),
            nullFraction: z.number().min(0).max(1),
            /** A count, or, below 0, minus the share of the rows. */
            distinct: z.number(),
            averageWidth: count,
            correlation: z.number().optional(),
            /** Shares of the rows that the most frequent values have. */
            frequencies: z.array(z.number().min(0).max(1)),
          }),
        )
        .optional(),
    }),
  ),
  /** Written by a refresh: what the figures and the baseline were made from. */
  refresh: z
    .strictObject({
      /** SHA-256, hexadecimal. */
      profileHash: z.string(),
      schemaFingerprint: z.string(),
      keyId: z.string(),
      /** Major version of the source's server. */
      postgres: count,
      tool: z.string(),
      /** The restore drill on the way, when the source was a backup. */
      drill: z
        .strictObject({
          source: z.enum(['dump', 'physical']),
          takenAt: z.iso.datetime().nullable(),
          rpoSeconds: count.nullable(),
          rtoMs: count.nullable(),
        })
        .optional(),
    })
    .optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** What stands for the source of estimates where there are none. */
export const NO_MANIFEST =
  'There is no manifest of production, so nothing is extrapolated. Name one as rehearsal.production in the policy (docs/production-manifest.md).';

/** Reads a manifest. Throws UserError with every place that is wrong. */
export function readManifest(text: string, path: string): Manifest {
  const result = manifestSchema.safeParse(parse(text, path));
  if (result.success) return result.data;
  throw new UserError(`${path} is no manifest of production:\n${z.prettifyError(result.error)}`, {
    hint: 'See docs/production-manifest.md for the format.',
  });
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${path} is not JSON.`, {
      hint: 'See docs/production-manifest.md for the format.',
      cause,
    });
  }
}
