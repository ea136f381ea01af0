import { type TransactionModel, transactionModels } from '../migrations/transaction-models.ts';
import type { ToolWords } from '../rules/context.ts';

const models: Readonly<Record<string, TransactionModel>> = transactionModels;

/** What the rules say of a tool; undefined for a name that is none. */
export function toolWords(name: string): ToolWords | undefined {
  return Object.hasOwn(models, name) ? models[name] : undefined;
}
