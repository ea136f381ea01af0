import { wrap } from './display-width.ts';
import { DOCTOR_STATUSES, type DoctorCheck, type DoctorJson } from './doctor-json-schema.ts';
import { jsonText } from './json-text.ts';
import { type Pen, penOf, type Style, type TextOptions } from './pen.ts';
import { plain } from './plain.ts';
import { count } from './words.ts';

type Status = DoctorCheck['status'];

const LOOKS: Readonly<
  Record<Status, { readonly title: string; readonly style: Style; readonly mark: string }>
> = {
  problem: { title: 'Problems', style: 'red', mark: '✗' },
  warning: { title: 'Warnings', style: 'yellow', mark: '!' },
  unknown: { title: 'Not proved', style: 'blue', mark: '?' },
  ok: { title: 'In order', style: 'green', mark: '✓' },
};

/** Prose is read best up to here, however wide the terminal. */
const WIDEST_PROSE = 100;
const INDENT = '    ';

/** The report for a person at a terminal: worst first, in each by group, with one line that sums it up. */
export function doctorText(report: DoctorJson, options: TextOptions): string {
  const pen = penOf(options);
  const { postgres, host, port, database, user } = report.server;
  const place = `Postgres ${postgres} at ${host}, port ${port}, database ${database}, as ${user}`;
  const sections = DOCTOR_STATUSES.flatMap((status) => section(report, status, pen));
  return `${[pen.paint('bold', line(place, pen)), ...sections, summaryLine(report, pen)].join('\n\n')}\n`;
}

/** As documented in docs/doctor.schema.json. */
export function doctorJson(report: DoctorJson): string {
  return `${jsonText(report)}\n`;
}

function section(report: DoctorJson, status: Status, pen: Pen): readonly string[] {
  const own = report.checks.filter((check) => check.status === status);
  if (own.length === 0) return [];
  const { title, style } = LOOKS[status];
  const groups = [...new Set(own.map(({ group }) => group))];
  const blocks = groups.map((group) => {
    const checks = own.filter((check) => check.group === group).map((check) => block(check, pen));
    return [pen.paint('dim', `  ${group}`), ...checks].join('\n');
  });
  return [pen.paint(style, `${title} (${own.length})`), ...blocks];
}

function block(check: DoctorCheck, pen: Pen): string {
  const { style, mark } = LOOKS[check.status];
  const head = `  ${pen.paint(style, mark)} ${line(check.title, pen)}  ${pen.paint('dim', line(check.id, pen))}`;
  return [head, ...prose(check.detail, pen), ...remedyLines(check, pen)].join('\n');
}

function remedyLines({ remedy }: DoctorCheck, pen: Pen): readonly string[] {
  if (remedy === null) return [];
  const statements = remedy.sql.map(({ database, statement }) => {
    const where = database === null ? '' : pen.paint('dim', `  -- in ${line(database, pen)}`);
    return `${INDENT}  ${line(statement, pen)};${where}`;
  });
  return [...prose(`Remedy: ${remedy.text}`, pen), ...statements];
}

function prose(text: string, pen: Pen): readonly string[] {
  const columns = Math.min(pen.columns, WIDEST_PROSE) - INDENT.length;
  return wrap(line(text, pen), columns).map((each) => `${INDENT}${each}`);
}

/** One line that a terminal cannot obey, whatever a name in it holds. */
function line(text: string, pen: Pen): string {
  return pen.clean(plain(text));
}

function summaryLine({ summary }: DoctorJson, { paint }: Pen): string {
  const parts = [
    summary.problem > 0 ? paint('red', count(summary.problem, 'problem')) : '',
    summary.warning > 0 ? paint('yellow', count(summary.warning, 'warning')) : '',
    summary.unknown > 0 ? paint('blue', `${summary.unknown} not proved`) : '',
    paint('green', `${summary.ok} in order`),
  ];
  return parts.filter((part) => part !== '').join(', ');
}
