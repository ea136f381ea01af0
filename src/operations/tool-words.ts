import { type TransactionModel, transactionModels } from '../migrations/transaction-models.ts';
import type { LintSource } from '../rules/context.ts';

const models: Readonly<Record<string, TransactionModel>> = transactionModels;

/** What the rules and the parser are told of who sends a file; nothing for a name that is no tool's. */
export function senderOf(name: string): Pick<LintSource, 'tool' | 'psql' | 'cutsAt' | 'includes'> {
  if (!Object.hasOwn(models, name)) return {};
  const model = models[name];
  return { tool: model, psql: model?.runsPsql, cutsAt: model?.cutsAt, includes: model?.includes };
}
