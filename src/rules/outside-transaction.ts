import type { RuleContext } from './context.ts';
import { code } from './words.ts';

type Place = Pick<RuleContext, 'file'>;

const UNKNOWN_TOOL = `that runs outside a transaction: with ${code('-- pullgres:no-transaction')} in plain SQL files, with ${code('-- migrate:up transaction:false')} for dbmate`;

/** A sentence that takes a statement out of the transaction in which its tool sends the file. */
export function ownMigration({ file }: Place, lead = 'Give it a migration file of its own'): string {
  const { tool } = file;
  if (tool === undefined) return `${lead} ${UNKNOWN_TOOL}.`;
  const { title, leaves } = tool;
  if (leaves.by === 'directive') return `${lead}, with ${code(leaves.directive)} ${leaves.where}.`;
  if (leaves.by === 'standing alone') return `${lead}: ${leaves.because}.`;
  return `Run it outside ${title}, which has no way out of its transaction: by hand, or as a step of the deployment.`;
}

/** Where a statement must stand that the server refuses in a transaction; empty when it stands there already. */
export function aside({ inTransaction, file }: Pick<RuleContext, 'inTransaction' | 'file'>): string {
  if (!inTransaction) return '';
  const { tool } = file;
  if (tool === undefined) return ' in a migration of its own that runs outside a transaction';
  const { title, leaves } = tool;
  if (leaves.by === 'directive')
    return ` in a migration of its own, with ${code(leaves.directive)} ${leaves.where}`;
  if (leaves.by === 'standing alone')
    return ' alone in a migration of its own, which is then in no transaction';
  return ` outside ${title}, which has no way out of its transaction`;
}

/** The word that switches the tool's transaction off, in brackets; empty where nobody knows the tool or it has none. */
export function directive({ tool }: RuleContext['file']): string {
  return tool?.leaves.by === 'directive' ? ` (${code(tool.leaves.directive)} ${tool.leaves.where})` : '';
}
