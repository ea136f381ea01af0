import { validate as brCnpj } from 'stdnum/lib/cjs/br/cnpj.js';
import { validate as brCpf } from 'stdnum/lib/cjs/br/cpf.js';
import { validate as clRut } from 'stdnum/lib/cjs/cl/rut.js';
import { validate as czRc } from 'stdnum/lib/cjs/cz/rc.js';
import { validate as deIdnr } from 'stdnum/lib/cjs/de/idnr.js';
import { validate as dkCpr } from 'stdnum/lib/cjs/dk/cpr.js';
import { validate as esDni } from 'stdnum/lib/cjs/es/dni.js';
import { validate as esNie } from 'stdnum/lib/cjs/es/nie.js';
import { validate as fiHetu } from 'stdnum/lib/cjs/fi/hetu.js';
import { validate as frNir } from 'stdnum/lib/cjs/fr/nir.js';
import { validate as gbNino } from 'stdnum/lib/cjs/gb/nino.js';
import { validate as inAadhaar } from 'stdnum/lib/cjs/in/aadhaar.js';
import { validate as itCodiceFiscale } from 'stdnum/lib/cjs/it/codicefiscale.js';
import { validate as itIva } from 'stdnum/lib/cjs/it/iva.js';
import { validate as krRrn } from 'stdnum/lib/cjs/kr/rrn.js';
import { validate as mxClabe } from 'stdnum/lib/cjs/mx/clabe.js';
import { validate as nlBsn } from 'stdnum/lib/cjs/nl/bsn.js';
import { validate as noFodselsnummer } from 'stdnum/lib/cjs/no/fodselsnummer.js';
import { validate as plNip } from 'stdnum/lib/cjs/pl/nip.js';
import { validate as plPesel } from 'stdnum/lib/cjs/pl/pesel.js';
import { validate as roCnp } from 'stdnum/lib/cjs/ro/cnp.js';
import { validate as ruInn } from 'stdnum/lib/cjs/ru/inn.js';
import { validate as sePersonnummer } from 'stdnum/lib/cjs/se/personnummer.js';
import { validate as trTckn } from 'stdnum/lib/cjs/tr/tckimlik.js';
import { validate as zaIdnr } from 'stdnum/lib/cjs/za/idnr.js';
import type { PersonalClass } from '../detection.ts';
import type { Validator } from './validator.ts';

type Check = (value: string) => { readonly isValid: boolean };

/** name, class, shape, the library's check, share of random values of the shape that pass, how a random value is made. */
type Row = readonly [string, PersonalClass, RegExp, Check, number, string, Validator['check']?];

/**
 * Numbers of a state, by stdnum. The shape is asked first: it is cheap, and keeps the library from reading a separator into
 * values of another kind. `#` is a random digit, `A` a random capital in what random values are made of.
 */
const ROWS: readonly Row[] = [
  ['Brazilian CPF', 'national id', /^\d{3}\.?\d{3}\.?\d{3}-?\d{2}$/, brCpf, 0.011, '###########', 'br.cpf'],
  [
    'Brazilian CNPJ',
    'company',
    /^\d{2}\.?\d{3}\.?\d{3}\/?\d{4}-?\d{2}$/,
    brCnpj,
    0.01,
    '##############',
    'br.cnpj',
  ],
  ['Chilean RUT', 'national id', /^\d{1,2}\.?\d{3}\.?\d{3}-[\dkK]$/, clRut, 0.09, '########-#'],
  ['Czech birth number', 'national id', /^\d{6}\/?\d{4}$/, czRc, 0.014, '##########'],
  ['German tax', 'national id', /^[1-9]\d ?\d{3} ?\d{3} ?\d{3}$/, deIdnr, 0.012, '1##########'],
  ['Danish CPR', 'national id', /^[0-3]\d[01]\d{3}-?\d{4}$/, dkCpr, 0.7, '0#0###-####'],
  ['Spanish DNI', 'national id', /^\d{8}-?[A-Z]$/i, esDni, 0.037, '########A', 'es.dni'],
  ['Spanish NIE', 'national id', /^[XYZ]-?\d{7}-?[A-Z]$/i, esNie, 0.038, 'X#######A'],
  [
    'Finnish identity',
    'national id',
    /^[0-3]\d[01]\d{3}[-+A-FU-Y]\d{3}[0-9A-Y]$/i,
    fiHetu,
    0.021,
    '0#0###-###A',
  ],
  [
    'French NIR',
    'national id',
    /^[1278] ?\d{2} ?\d{2} ?\d[\dAB] ?\d{3} ?\d{3} ?\d{2}$/,
    frNir,
    0.0106,
    '1##############',
    'fr.nir',
  ],
  ['British insurance', 'national id', /^[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]$/, gbNino, 0.086, 'AA######A'],
  ['Indian Aadhaar', 'national id', /^[2-9]\d{3} ?\d{4} ?\d{4}$/, inAadhaar, 0.098, '2###########'],
  [
    'Italian codice fiscale',
    'national id',
    /^[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]$/i,
    itCodiceFiscale,
    0.018,
    'AAAAAA##A##A###A',
  ],
  ['Italian VAT', 'national id', /^\d{11}$/, itIva, 0.011, '0##########'],
  ['Korean registration', 'national id', /^\d{6}-?[1-8]\d{6}$/, krRrn, 0.004, '######-1######'],
  ['Mexican CLABE', 'bank account', /^\d{18}$/, mxClabe, 0.008, '0#################'],
  ['Dutch BSN', 'national id', /^\d{9}$|^\d{4}\.\d{2}\.\d{3}$/, nlBsn, 0.091, '#########', 'nl.bsn'],
  [
    'Norwegian birth number',
    'national id',
    /^[0-7]\d[0-9]\d{3} ?\d{5}$/,
    noFodselsnummer,
    0.006,
    '0#0########',
  ],
  ['Polish NIP', 'national id', /^\d{10}$|^\d{3}-\d{3}-\d{2}-\d{2}$/, plNip, 0.092, '##########'],
  ['Polish PESEL', 'national id', /^\d{11}$/, plPesel, 0.009, '###########', 'pl.pesel'],
  ['Romanian CNP', 'national id', /^[1-9]\d{12}$/, roCnp, 0.002, '1############'],
  ['Russian INN', 'national id', /^\d{12}$/, ruInn, 0.01, '############'],
  ['Swedish identity', 'national id', /^(\d{2})?\d{6}[-+]\d{4}$/, sePersonnummer, 0.007, '######-####'],
  ['Turkish identity', 'national id', /^[1-9]\d{10}$/, trTckn, 0.01, '1##########'],
  ['South African identity', 'national id', /^\d{13}$/, zaIdnr, 0.001, '#############'],
];

export const NATIONAL: readonly Validator[] = ROWS.map(
  ([name, kind, shape, check, randomRate, random, digits]) => ({
    name,
    class: kind,
    passes: (value) => shape.test(value) && check(value).isValid,
    randomRate,
    random,
    // A Danish number has had no check digit to trust since 2007 (CPR-kontoret): six of ten random ones pass.
    needsName: randomRate > 0.5,
    check: digits,
  }),
);
