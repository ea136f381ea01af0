import type { NamePattern, TableName } from './names.ts';
import type { ColumnRule } from './profile.ts';

/** Words that YAML 1.1 or 1.2 readers take for something else than text. */
const YAML_WORDS = /^(?:null|true|false|yes|no|on|off|y|n)$/i;
const OPTIONS = ['subset', 'sample'];

/** A text as one YAML scalar that every YAML reader takes for this text. */
export function yamlText(text: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_.]*$/.test(text) && !YAML_WORDS.test(text)) return text;
  if (/[^\S ]|\p{C}|[\u2028\u2029]/u.test(text)) return quoted(text);
  return text.includes('"') ? `'${text.replaceAll("'", "''")}'` : `"${text.replaceAll('\\', '\\\\')}"`;
}

/** A name of the catalog as the profile writes it, before YAML's own quotes. */
export function nameText(name: string): string {
  const plain = /^[^\s."'(),>*$\p{C}][^\s."'(),>*\p{C}]*$/u.test(name);
  return plain && name !== '__proto__' ? name : `"${name.replaceAll('"', '""')}"`;
}

/** A column's name as a key of a table's rules. */
export function columnText(name: string): string {
  return OPTIONS.includes(name) ? `"${name}"` : nameText(name);
}

/** `users`, or `shop.users` outside of the schema public. */
export function tableText({ schema, table }: TableName): string {
  return schema === 'public' ? nameText(table) : `${nameText(schema)}.${nameText(table)}`;
}

export function patternText({ text, glob }: NamePattern): string {
  return glob ? text : nameText(text);
}

/** `$.address.*` */
export function pathText(path: readonly string[]): string {
  const steps = path.map((step) =>
    step === '*' ? '.*' : /^[A-Za-z_][\w-]*$/.test(step) ? `.${step}` : `."${step.replaceAll('"', '""')}"`,
  );
  return `$${steps.join('')}`;
}

/** A strategy as one line of YAML: `email`, `{shift: 30d}`. */
export function ruleText(rule: ColumnRule): string {
  switch (rule.as) {
    case 'like':
      return `{like: ${yamlText(`${tableText(rule.column)}.${nameText(rule.column.column)}`)}}`;
    case 'set':
      return `{set: ${quoted(rule.value)}}`;
    case 'sql':
    case 'derive':
      return `{${rule.as}: ${quoted(rule.expression)}}`;
    case 'digits':
      return digitsText(rule);
    case 'shift':
      return `{shift: ${rule.days}d${rule.by === undefined ? '' : `, by: ${yamlText(rule.by)}`}}`;
    case 'noise':
      return `{noise: ${Number((rule.ratio * 100).toPrecision(6))}%}`;
    case 'json':
      return jsonText(rule);
    case 'elements':
      return `{elements: ${ruleText(rule.each)}}`;
    default:
      return rule.as === 'null' ? '"null"' : rule.as;
  }
}

function digitsText({ check, keep }: Extract<ColumnRule, { as: 'digits' }>): string {
  if (keep !== undefined) {
    return `{digits: {${check === undefined ? '' : `check: ${check}, `}keep: ${keep}}}`;
  }
  return check === undefined ? 'digits' : `id.${check}`;
}

function jsonText({ paths, otherwise }: Extract<ColumnRule, { as: 'json' }>): string {
  const members = paths.map(({ path, strategy }) => `${quoted(pathText(path))}: ${ruleText(strategy)}`);
  return `{${[...members, `"*": ${otherwise}`].join(', ')}}`;
}

/** In double quotes: a JSON string is one of YAML too (YAML 1.2, 1.3). What reorders or hides text is written by its number. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u2028\u2029\ufeff]|[^\P{Cf}\u{10000}-\u{10ffff}]/gu,
    (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    },
  );
}
