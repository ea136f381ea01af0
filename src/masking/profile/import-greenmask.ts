import * as z from 'zod';
import { UserError } from '../../errors.ts';
import type { Strategy } from '../strategy.ts';
import { type Imported, type ImportedRule, importing } from './imported.ts';
import type { TableName } from './names.ts';
import { inert } from './problems.ts';
import { nameText, tableText } from './strategy-text.ts';

// Only what is read is described: Greenmask's file says much else, and a later version may say more.
const list = <T extends z.ZodType>(item: T) => z.array(item).nullish();
const text = z.string();
const params = z.record(z.string(), z.unknown());
const transformer = z.looseObject({
  name: text,
  params: params.nullish(),
  dynamic_params: z.unknown().optional(),
  apply_for_references: z.unknown().optional(),
  when: z.unknown().optional(),
});
const table = z.looseObject({
  schema: text,
  name: text,
  query: text.nullish(),
  when: z.unknown().optional(),
  subset_conds: list(text),
  transformers: list(transformer),
});
const reference = z.looseObject({
  schema: text,
  name: text,
  columns: list(z.looseObject({ name: text.nullish(), expression: text.nullish() })),
  polymorphic_exprs: list(text),
});
const virtual = z.looseObject({ schema: text, name: text, references: list(reference) });
const fileSchema = z.looseObject({
  dump: z.looseObject({ transformation: list(table), virtual_references: list(virtual) }),
});

type Transformer = z.output<typeof transformer>;
type Draft = ReturnType<typeof importing>;

/**
 * Makes a profile of Greenmask's configuration, read from YAML (its documentation, "Configuration" and "Transformers").
 * @throws UserError when it is not one.
 */
export function importGreenmask(value: unknown, file: string): Imported {
  const read = fileSchema.safeParse(value);
  if (!read.success) {
    const places = read.error.issues.map(({ path }) => path.map(String).join('.')).slice(0, 10);
    throw new UserError(`${file} is not a configuration of Greenmask: ${places.map(inert).join(', ')}.`, {
      hint: 'It has a section `dump` with `transformation`.',
    });
  }
  const draft = importing('Greenmask');
  for (const one of read.data.dump.transformation ?? []) importTable(one, draft);
  for (const one of read.data.dump.virtual_references ?? []) importLinks(one, draft);
  return draft.done();
}

function importTable(one: z.output<typeof table>, draft: Draft): void {
  const name = { schema: one.schema, table: one.name };
  const where = inert(tableText(name));
  for (const condition of one.subset_conds ?? []) draft.subset(name, unqualified(condition, one));
  if (one.query)
    draft.remark(`${where}: its query is not taken over; say subset, or leave columns out by "null".`);
  if (one.when) draft.remark(`${where}: its condition \`when\` is not taken over; all rows are masked.`);
  for (const each of one.transformers ?? []) importTransformer(name, each, draft);
}

/** Conditions name their table, as Greenmask wants; here the row is the table's own. */
function unqualified(condition: string, { schema, name }: { schema: string; name: string }): string {
  return [`${schema}.${name}.`, `"${schema}"."${name}".`, `${name}.`, `"${name}".`].reduce(
    (all, prefix) => all.split(prefix).join(''),
    condition,
  );
}

function importTransformer(name: TableName, one: Transformer, draft: Draft): void {
  const given = one.params ?? {};
  const columns = columnsOf(given);
  const where = `${inert(tableText(name))}, ${inert(one.name)}`;
  if (columns.length === 0) draft.remark(`${where} names no column and is not taken over.`);
  for (const column of columns) {
    const rule = ruleOf(one.name, given);
    if (rule === undefined)
      draft.remark(`${where} of ${inert(column)} has no strategy here: the column has no rule yet.`);
    else draft.column(name, column, rule);
  }
  if (one.when) draft.remark(`${where}: its condition \`when\` is not taken over; all rows are masked.`);
  if (one.dynamic_params) draft.remark(`${where}: its dynamic parameters are not taken over.`);
  if (given.keep_null === false) draft.remark(`${where}: NULL stays NULL here.`);
  // apply_for_references needs no word: keys that refer to a column follow it.
}

function columnsOf(given: Readonly<Record<string, unknown>>): readonly string[] {
  if (typeof given.column === 'string') return [given.column];
  const many = Array.isArray(given.columns) ? given.columns : [];
  return many.flatMap((one: unknown) => {
    const name = typeof one === 'string' ? one : (one as { name?: unknown } | null)?.name;
    return typeof name === 'string' ? [name] : [];
  });
}

const RANDOM = 'the value was random on each run, and is the same for equal values now';
const KEPT = 'part of the value was kept, and is masked now';

const TRANSFORMERS: Readonly<Record<string, Strategy>> = {
  RandomEmail: { as: 'email' },
  RandomUsername: { as: 'username' },
  RandomName: { as: 'name' },
  RandomFirstName: { as: 'name.first' },
  RandomFirstNameMale: { as: 'name.first' },
  RandomFirstNameFemale: { as: 'name.first' },
  RandomLastName: { as: 'name.last' },
  RandomCompany: { as: 'company' },
  RandomPhoneNumber: { as: 'phone' },
  RandomTollFreePhoneNumber: { as: 'phone' },
  RandomE164PhoneNumber: { as: 'phone' },
  RandomCCNumber: { as: 'digits', check: 'luhn' },
  RandomURL: { as: 'url' },
  RandomDomainName: { as: 'url' },
  RandomUuid: { as: 'uuid' },
  RandomIp: { as: 'ip' },
  RandomMac: { as: 'mac' },
  RandomString: { as: 'code' },
  RandomInt: { as: 'digits' },
  RandomParagraph: { as: 'text' },
  RandomSentence: { as: 'text' },
  RandomWord: { as: 'text' },
  SetNull: { as: 'null' },
  Hash: { as: 'code' },
};

/** What Masking's `type` means (docs: Masking transformer). */
const MASKED: Readonly<Record<string, Strategy>> = {
  name: { as: 'name' },
  email: { as: 'email' },
  address: { as: 'address' },
  mobile: { as: 'phone' },
  telephone: { as: 'phone' },
  credit_card: { as: 'digits', check: 'luhn' },
  url: { as: 'url' },
};

function ruleOf(name: string, given: Readonly<Record<string, unknown>>): ImportedRule | undefined {
  if (name === 'Replace') {
    const { value } = given;
    const constant = ['string', 'number', 'boolean'].includes(typeof value);
    return constant ? { rule: { as: 'set', value: String(value) } } : undefined;
  }
  if (name === 'Masking') {
    const type = String(given.type ?? 'default');
    return { rule: (Object.hasOwn(MASKED, type) ? MASKED[type] : undefined) ?? { as: 'code' }, remark: KEPT };
  }
  if (name.startsWith('Noise')) return noiseRule(name, given);
  const rule = Object.hasOwn(TRANSFORMERS, name) ? TRANSFORMERS[name] : undefined;
  if (rule === undefined) return undefined;
  const same = given.engine === 'hash' || name === 'SetNull' || name === 'Hash';
  return { rule, ...(same ? {} : { remark: RANDOM }) };
}

function noiseRule(name: string, given: Readonly<Record<string, unknown>>): ImportedRule | undefined {
  const ratio = Number(given.max_ratio ?? given.ratio);
  if (name === 'NoiseDate') {
    const [, days] = /^(\d{1,4}) days?\b/.exec(String(given.max_ratio ?? given.ratio)) ?? [];
    return Number(days) > 0 ? { rule: { as: 'shift', days: Number(days) } } : undefined;
  }
  return ratio > 0 && ratio <= 1 ? { rule: { as: 'noise', ratio } } : undefined;
}

function importLinks(one: z.output<typeof virtual>, draft: Draft): void {
  const name = { schema: one.schema, table: one.name };
  for (const to of one.references ?? []) {
    const target = { schema: to.schema, table: to.name };
    const where = `${inert(tableText(name))} to ${inert(tableText(target))}`;
    const columns = (to.columns ?? []).flatMap((column) => column.name ?? []);
    if (columns.length === 0 || columns.length !== to.columns?.length) {
      draft.remark(`The virtual reference of ${where} goes by an expression and is not taken over.`);
      continue;
    }
    draft.remark(
      `The virtual reference of ${where} does not say which columns it leads to: links takes them to have the primary key’s name \`id\`; mend it where that is not so.`,
    );
    const when = to.polymorphic_exprs?.map((text) => `(${unqualified(text, one)})`).join(' and ');
    const [first = ''] = columns;
    if (columns.length > 1) {
      draft.remark(`The virtual reference of ${where} has ${columns.length} columns and is not taken over.`);
      continue;
    }
    draft.link(`${tableText(name)}.${nameText(first)} -> ${tableText(target)}.id`, when || undefined);
  }
}
