import { UserError } from '../errors.ts';
import { legible } from '../migrations/legible.ts';
import type { MigrationTool, Reading, SourceFile } from '../migrations/migration.ts';
import { refusalOf } from '../migrations/refusal.ts';
import { markedTool, tools } from '../migrations/registry.ts';
import { sourceFile } from '../migrations/text.ts';
import { type AnyToolName, isCodeTool, sentAs, transactionModels } from '../migrations/transaction-models.ts';
import type { LintItem } from './lint-sources.ts';
import { senderOf } from './tool-words.ts';

/** A file as it was named, before it is read. `shown` is what the report calls it. */
export type Named = {
  readonly shown: string;
  readonly name: string;
  readonly read: () => Promise<Buffer>;
};

/** Standard input as a file whose name most tools take. */
export const STANDARD_INPUT_NAME = '0/1_stdin.sql';

/**
 * A file that no list of migrations holds: as the named tool would send it, or the one whose mark it
 * bears, else as `psql -f` runs it. One that cannot be
 * read, or that its tool would refuse, has a problem.
 */
export async function loneFile(file: Named, wanted: AnyToolName | 'auto'): Promise<LintItem> {
  let tool: string = wanted === 'auto' ? 'none' : wanted;
  try {
    const { bytes, problem } = legible(await file.read());
    const source = sourceFile(file.shown, bytes);
    const marked = wanted === 'auto' ? markedTool(source.text) : undefined;
    tool = marked?.name ?? tool;
    const { up, transaction } = await (marked ? marked.read(source) : reading(file, source, wanted));
    const sender = tool === 'none' ? { psql: true } : senderOf(tool);
    const told = problem && { file: file.shown, ...problem };
    const read = { file: file.shown, text: source.text, up, transaction, ...sender, problem: told };
    return { tool, source: read };
  } catch (error) {
    if (!(error instanceof UserError) && !(error as NodeJS.ErrnoException).code) throw error;
    return unreadable(file, tool, error as UserError);
  }
}

async function reading(
  { name }: Named,
  source: SourceFile,
  wanted: AnyToolName | 'auto',
): Promise<Pick<Reading, 'up' | 'transaction'>> {
  const up = { startByte: 0, endByte: source.bytes };
  if (wanted === 'auto') return { up, transaction: 'none' };
  const whole = { up, transaction: sentAs(transactionModels[wanted], source.text) };
  if (isCodeTool(wanted)) return whole;
  try {
    return await tools[wanted].read(source);
  } catch (error) {
    // A piece of SQL that is piped in has no marks to be read by.
    const isMarked = (tools[wanted] as MigrationTool).bears?.(source.text);
    if (name === STANDARD_INPUT_NAME && !isMarked && error instanceof UserError) return whole;
    throw error;
  }
}

function unreadable({ shown }: Named, tool: string, error: UserError): LintItem {
  return {
    tool,
    source: {
      file: shown,
      text: '',
      up: { startByte: 0, endByte: 0 },
      transaction: 'none',
      problem: { file: shown, line: 1, column: 1, ...refusalOf(shown, error) },
    },
  };
}
