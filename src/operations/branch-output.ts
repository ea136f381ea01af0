import type {
  BaselineJson,
  BranchJson,
  ListedJson,
  RemovedBaselineJson,
  RemovedJson,
} from '../report/branch-json-schema.ts';
import { baselineListText, branchListText, branchText } from '../report/branch-text.ts';
import { jsonText } from '../report/json-text.ts';
import { inert } from '../runner/inert.ts';

export type OutputFormat = 'text' | 'json';

/** The result as its documented JSON (docs/branch.schema.json) on one line, or as text that a terminal cannot take for anything else. */
function written(format: OutputFormat, json: unknown, text: () => string): string {
  return format === 'json' ? `${jsonText(json)}\n` : text().split('\n').map(inert).join('\n');
}

/** After `create`, `connect` or `reset`. */
export function writtenBranch(
  format: OutputFormat,
  done: 'create' | 'connect' | 'reset',
  json: BranchJson,
): string {
  return written(format, json, () => branchText(done, json));
}

/** After `remove`. */
export function writtenRemoval(format: OutputFormat, json: RemovedJson): string {
  return written(format, json, () => `${json.branch} is ${json.removed ? 'removed' : 'not there'}.\n`);
}

export function writtenBranches(format: OutputFormat, json: readonly ListedJson[]): string {
  return written(format, json, () => branchListText(json));
}

/** After `baseline publish`. */
export function writtenBaseline(format: OutputFormat, json: BaselineJson): string {
  return written(
    format,
    json,
    () => `The database ${json.database} is the baseline ${json.baseline} and takes no more connections.\n`,
  );
}

export function writtenBaselines(format: OutputFormat, json: readonly BaselineJson[]): string {
  return written(format, json, () => baselineListText(json));
}

/** After `baseline remove`. */
export function writtenBaselineRemoval(format: OutputFormat, json: RemovedBaselineJson): string {
  return written(format, json, () =>
    json.removed
      ? `The baseline ${json.baseline} is removed.\n`
      : `There is no baseline ${json.baseline} on this server; nothing was removed.\n`,
  );
}
