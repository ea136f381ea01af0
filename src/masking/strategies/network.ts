import { hash, maskedAs, type Outcome, refuse, type Subject } from './masked.ts';
import { call, cast, choose, concat, keyed, keyedText, op, steps } from './sql.ts';
import { seedOf, textOf } from './words.ts';

const LONGEST_V4 = 15;
/** Of 10.0.0.0/8; the documentation's own ranges (RFC 5737) have only 768 addresses. */
const V4_BITS = 24;
const MAC_BITS = 46;
const UUID_BITS = 122;

/** An address of 10.0.0.0/8 (RFC 1918) or 2001:db8::/32 (RFC 3849) by the hash b.h. */
const v4 = concat(
  `'10.'`,
  ...[0, 1, 2].flatMap((byte) => [cast(call('get_byte', 'b.h', byte), 'text'), `'.'`]).slice(0, -1),
);
const v6 = concat(
  `'2001:db8'`,
  ...[0, 1, 2, 3, 4, 5].flatMap((group) => [
    `':'`,
    call('encode', call('substr', 'b.h', 2 * group + 1, 2), `'hex'`),
  ]),
);

export function maskAddress(subject: Subject): Outcome {
  const { type, value, domain } = subject;
  if (type.category === 'text') return addressText(subject);
  if (type.category !== 'network')
    return refuse(`\`ip\` masks addresses, not ${type.sql}`, 'Use `code`, or `null`.');
  const plain = cast(choose([[op('=', call('family', 'b.v'), 4), v4]], v6), 'inet');
  const length = call('set_masklen', plain, call('masklen', 'b.v'));
  const sql = steps(
    [{ v: cast(value, 'inet') }, { h: keyedText(domain, cast(value, 'text')) }],
    choose(
      [['(b.v IS NULL)', cast('NULL', 'inet')]],
      type.base === 'cidr' ? call('network', length) : length,
    ),
  );
  return maskedAs(sql, {
    distinctness: type.base === 'cidr' ? { kind: 'none' } : hash(V4_BITS),
    foldsCase: true,
    notes: ['Addresses come from 10.0.0.0/8 (24 bits) and 2001:db8::/32 (96 bits).'],
  });
}

function addressText(subject: Subject): Outcome {
  const limit = subject.type.maximumLength;
  if (limit !== undefined && limit < LONGEST_V4) {
    return refuse(`an address needs ${LONGEST_V4} characters, the column has ${limit}`, 'Use `code`.');
  }
  const short = concat(`'2001:db8::'`, call('encode', call('substr', 'b.h', 1, 2), `'hex'`));
  const six = limit !== undefined && limit < 39 ? short : v6;
  const sql = steps(
    [{ v: textOf(subject), h: keyedText(subject.domain, seedOf(subject, true)) }],
    choose(
      [
        [op('=', 'b.v', `''`), 'b.v'],
        [op('>', call('strpos', 'b.v', `':'`), 0), six],
      ],
      v4,
    ),
  );
  return maskedAs(sql, {
    distinctness: hash(V4_BITS),
    foldsCase: true,
    notes: ['Addresses come from 10.0.0.0/8 (24 bits) and 2001:db8::/32; what follows an address goes.'],
  });
}

/** The first byte of a locally administered address of one station (IEEE 802, bits 1 and 0). */
const local = call('set_byte', 'b.h', 0, op('|', op('&', call('get_byte', 'b.h', 0), 252), 2));

export function maskMac(subject: Subject): Outcome {
  const { type, value, domain } = subject;
  if (type.category !== 'mac' && type.category !== 'text') {
    return refuse(`\`mac\` masks hardware addresses, not ${type.sql}`, 'Use `code`, or `null`.');
  }
  const bytes = type.base === 'macaddr8' ? 8 : 6;
  if ((type.maximumLength ?? 17) < 17) return refuse('a hardware address needs 17 characters', 'Use `code`.');
  const hashed = keyedText(domain, type.category === 'text' ? seedOf(subject, true) : cast(value, 'text'));
  const parts = Array.from({ length: bytes }, (_, index) => [
    ...(index === 0 ? [] : [`':'`]),
    call('encode', call('substr', 'b.m', index + 1, 1), `'hex'`),
  ]).flat();
  const masked = concat(...parts);
  const sql = steps(
    [{ v: textOf(subject), h: hashed }, { m: local }],
    type.category === 'text' ? choose([[op('=', 'b.v', `''`), 'b.v']], masked) : cast(masked, type.base),
  );
  return maskedAs(sql, { distinctness: hash(MAC_BITS + 16 * (bytes === 8 ? 1 : 0)), foldsCase: true });
}

/** Version 4 and its variant (RFC 9562, 5.4); the other 122 bits are the hash'. Text and uuid columns agree. */
export function maskUuid(subject: Subject): Outcome {
  const { type, domain, value } = subject;
  if (type.category !== 'uuid' && type.category !== 'text') {
    return refuse(`\`uuid\` masks UUIDs, not ${type.sql}`, 'Use `digits` for integers, `bytes` for bytea.');
  }
  const limit = type.maximumLength ?? 36;
  if (limit < 32)
    return refuse(
      `a UUID needs 36 characters, or 32 without hyphens; the column has ${limit}`,
      'Use `code`.',
    );
  const plain = cast(value, 'text');
  const seed = type.category === 'uuid' ? plain : call('replace', call('lower', plain), `'-'`, `''`);
  const hashed = keyedText(domain, type.category === 'uuid' ? call('replace', plain, `'-'`, `''`) : seed);
  const hex = call('encode', versioned, `'hex'`);
  if (type.category === 'uuid')
    return maskedAs(steps([{ h: hashed }], cast(hex, 'uuid')), {
      distinctness: hash(UUID_BITS),
      foldsCase: true,
    });
  const hyphened = limit >= 36 ? cast(cast('b.x', 'uuid'), 'text') : 'b.x';
  const sql = steps(
    [{ v: plain, h: hashed }, { x: hex }],
    choose(
      [
        [op('=', 'b.v', `''`), 'b.v'],
        [op('=', call('strpos', 'b.v', `'-'`), 0), 'b.x'],
      ],
      hyphened,
    ),
  );
  return maskedAs(sql, { distinctness: hash(UUID_BITS), foldsCase: true });
}

const versioned = call(
  'set_byte',
  call('set_byte', call('substr', 'b.h', 1, 16), 6, op('|', op('&', call('get_byte', 'b.h', 6), 15), 64)),
  8,
  op('|', op('&', call('get_byte', 'b.h', 8), 63), 128),
);

/** As many bytes as before, which no compression makes smaller: blocks of 64, each a hash of the value's hash and its place. */
export function maskBytes(subject: Subject): Outcome {
  const { type, value, domain } = subject;
  if (type.category !== 'bytes')
    return refuse(`\`bytes\` masks bytea, not ${type.sql}`, 'Use `code` or `text`.');
  const blocks = op('/', op('+', 'b.n', 63), 64);
  const block = call('sha512', concat('b.h', call('int4send', 'i.i')));
  const long = `(SELECT ${call('substr', `pg_catalog.string_agg(${block}, ''::pg_catalog.bytea ORDER BY i.i)`, 1, 'b.n')} FROM ${call('generate_series', 1, blocks)} AS i(i))`;
  const sql = steps(
    [{ n: call('octet_length', value), h: keyed(domain, value) }],
    choose([[op('<=', 'b.n', 32), call('substr', 'b.h', 1, 'b.n')]], long),
  );
  return maskedAs(sql, { notes: ['Bytes keep their number: short values can become equal.'] });
}
