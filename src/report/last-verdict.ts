import type { Verdict } from '../evidence/schema.ts';
import { VERDICT_WORDS } from './headline.ts';

/** What a comment said last of the pull request, and of which commit. */
export type LastVerdict = { readonly conclusion: Verdict['conclusion']; readonly shortSha: string };

const CONCLUSIONS = Object.keys(VERDICT_WORDS) as readonly Verdict['conclusion'][];
const TOLD = /^\*\*Last verdict:\*\* (.+), about `([0-9a-f]{7})`\.$/m;

/**
 * The verdict of a comment that we wrote about commit `sha` and nobody edited. Of its text only one of four known
 * verdicts is taken, never words, so nothing in it can speak through us. Undefined where there was none.
 */
export function readLastVerdict(body: string, sha: string): LastVerdict | undefined {
  const title = /^### (.*)$/m.exec(body)?.[1] ?? '';
  const conclusion = CONCLUSIONS.find((one) => title === words(one) || title.startsWith(`${words(one)}:`));
  if (conclusion !== undefined) return { conclusion, shortSha: sha.slice(0, 7) };
  // The comment of an earlier removal hands on what it was told.
  const [, said, shortSha] = TOLD.exec(body) ?? [];
  const earlier = CONCLUSIONS.find((one) => said === words(one));
  return earlier && shortSha ? { conclusion: earlier, shortSha } : undefined;
}

/** One line of Markdown. */
export function lastVerdictLine({ conclusion, shortSha }: LastVerdict): string {
  return `**Last verdict:** ${words(conclusion)}, about \`${shortSha}\`.`;
}

function words(conclusion: Verdict['conclusion']): string {
  const { glyph, words } = VERDICT_WORDS[conclusion];
  return `${glyph} ${words}`;
}
