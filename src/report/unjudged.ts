import type { Evidence } from '../evidence/schema.ts';
import { blocks, code, escapeText } from './markdown.ts';
import { footer } from './sections.ts';

/** What kept a run from judging. The error's own words are not told: nobody has looked through them for secrets. */
export type Obstacle = 'misuse' | 'server' | 'github' | 'bug';

const WORDS: Record<Obstacle, string> = {
  misuse: 'What the workflow, the policy or the checkout gives is not right.',
  server: 'The database server refused, or could not be reached.',
  github: 'GitHub refused, or could not be reached.',
  bug: 'Pullgres itself failed. Please report it with the lines of the log.',
};

/** A comment in place of an older one, so that no verdict stands under a commit that it is not about. */
export function renderUnjudged(
  run: Pick<Evidence, 'subject' | 'run' | 'tool'>,
  obstacle: Obstacle,
  earlierSha: string,
): string {
  const about = earlierSha === run.subject.headSha ? 'this commit' : `commit ${code(earlierSha.slice(0, 7))}`;
  return blocks([
    '### ❔ Not proved: this commit could not be judged',
    '**What to do now:** Read the error in the log of the run, mend what it names, and run the job again.',
    `- ${escapeText(WORDS[obstacle])}`,
    `- What an earlier run said here, about ${about}, no longer counts.`,
    footer(run),
  ]);
}
