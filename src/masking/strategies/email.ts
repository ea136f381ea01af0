import { hash, type Masked, maskedAs, type Outcome, refuse, SHAPE_KEPT, type Subject } from './masked.ts';
import { shaped } from './shape.ts';
import { call, choose, concat, keyed, keyedText, op, steps, text } from './sql.ts';
import { randomLetters, seedOf, textOf, UNIQUE_CHARACTERS } from './words.ts';

/** RFC 2606 keeps .test for itself: no address below it will ever be somebody's. */
const SUFFIX = '.test';
const LABEL_CHARACTERS = 3;
/** Of a hash. */
const HEX_CHARACTERS = 64;
const SHORTEST = UNIQUE_CHARACTERS + '@'.length + LABEL_CHARACTERS + SUFFIX.length;
const BITS = 60;

/**
 * An address of a reserved domain. The local part holds 60 bits of the whole address' hash, without case, and takes up the
 * length that the domain leaves, so that widths stay; the domain is a function of the source's domain, so that as many
 * domains stay. Nothing depends on the column: equal addresses of a parent and its child tables stay equal.
 */
export function maskEmail(subject: Subject): Outcome {
  const limit = subject.type.maximumLength;
  if (limit !== undefined && limit < SHORTEST) {
    return refuse(
      `an e-mail address that stays unique needs ${SHORTEST} characters, the column has ${limit}`,
      'Use `code`, which keeps the length, or widen the column.',
    );
  }
  const room = limit === undefined ? '' : `, ${limit - UNIQUE_CHARACTERS - 1 - SUFFIX.length}`;
  const wished = labelLength('b.d');
  const sql = steps(
    [
      { v: seedOf(subject, true) },
      { d: call('split_part', 'b.v', `'@'`, 2), h: keyedText(subject.domain, 'b.v') },
      { f: hostHash(subject, 'b.d'), n: room === '' ? wished : `LEAST(${wished}${room})` },
    ],
    choose([[op('=', 'b.v', `''`), 'b.v']], address),
  );
  return maskedAs(sql, {
    distinctness: hash(BITS),
    foldsCase: true,
    notes: [`Addresses get ${SHORTEST} characters or more, of reserved domains (RFC 2606).`],
  });
}

const address = concat(
  randomLetters(
    'b.h',
    `GREATEST(${UNIQUE_CHARACTERS}, ${op('-', call('char_length', 'b.v'), 'b.n', SUFFIX.length + 1)})`,
  ),
  `'@'`,
  reservedHost('b.f', 'b.n'),
);

/** So many characters before .test that the host is as long as the source's. */
function labelLength(source: string): string {
  return `GREATEST(${LABEL_CHARACTERS}, ${op('-', call('char_length', source), SUFFIX.length)})`;
}

function hostHash({ domain }: Subject, source: string): string {
  return keyed(domain, call('textsend', source), '@');
}

/** `length` characters, hexadecimal digits of the hash of the source's host, then .test. */
function reservedHost(hashed: string, length: string): string {
  const hex = call('encode', hashed, `'hex'`);
  const label = choose(
    [[op('<=', length, HEX_CHARACTERS), call('left', hex, length)]],
    call('rpad', hex, length, hex),
  );
  return concat(label, text(SUFFIX));
}

/** The scheme stays, the host becomes a reserved one, path and query keep their shape. */
export function maskUrl(subject: Subject): Masked {
  const { domain } = subject;
  const scheme = `COALESCE(${call('substring', 'b.v', text('^[A-Za-z][A-Za-z0-9+.-]{0,15}:(?://)?'))}, '')`;
  const host = call('split_part', 'b.r', `'/'`, 1);
  const path = shaped('b.q', { domain, seed: 'b.v', letters: 'letters' });
  const sql = steps(
    [
      { v: textOf(subject) },
      { a: scheme },
      { r: call('substr', 'b.v', op('+', call('char_length', 'b.a'), 1)) },
      { d: host },
      {
        q: call('substr', 'b.r', op('+', call('char_length', 'b.d'), 1)),
        f: hostHash(subject, call('lower', 'b.d')),
        n: labelLength('b.d'),
      },
    ],
    choose([[op('=', 'b.v', `''`), 'b.v']], concat('b.a', reservedHost('b.f', 'b.n'), path)),
  );
  const limit = subject.type.maximumLength;
  return maskedAs(limit === undefined ? sql : call('left', sql, limit), {
    keeps: { ...SHAPE_KEPT, length: false, shape: false },
    notes: ['Hosts become reserved ones (RFC 2606); paths and queries keep their shape.'],
  });
}
