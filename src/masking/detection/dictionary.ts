import type { PersonalClass } from './detection.ts';
import { grouped } from './group.ts';
import { nameTokens } from './tokens.ts';

/** How surely a name alone tells the class: what it means nearly always, mostly, and only along with other evidence. */
export const STRENGTHS = { sure: 0.92, likely: 0.75, possible: 0.6, hint: 0.35 } as const;

export type Strength = keyof typeof STRENGTHS;

/** Where a term means its class: anywhere in a name, as the whole name, or as the whole name in a table of people. */
type Scope = 'part' | 'whole' | 'person';

export type Term = {
  readonly class: PersonalClass;
  readonly strength: Strength;
  readonly scope: Scope;
  /** The words, joined: `first_name`, `firstName` and `firstname` are one. */
  readonly joined: string;
  readonly length: number;
};

type Row = readonly [PersonalClass, Strength, Scope, string];

/**
 * What columns of people's data are called: English, French, German, Spanish, Italian, Portuguese, Dutch, Polish, the Nordic
 * languages and Turkish, without accents, singular.
 */
const ROWS: readonly Row[] = [
  ['email', 'likely', 'part', 'mail from|mail from address|reply to'],
  ['url', 'likely', 'whole', 'facebook|instagram|twitter|tiktok|xing|skype'],
  ['device id', 'likely', 'part', 'openid|openid identifier'],
  ['company', 'possible', 'whole', 'abn|acn'],
  ['username', 'possible', 'whole', 'whodunnit'],
  ['free text', 'possible', 'part', 'instruction|vcard'],
  [
    'email',
    'sure',
    'part',
    'email|e mail|email address|e mail address|mail address|courriel|adresse mail|adresse email|adresse courriel|correo electronico|posta elettronica|eposta|e post|epost|eposta adresi|adres email|email adresse|correo e',
  ],
  ['email', 'likely', 'whole', 'mail|mailbox|correo|pec|correio|e posta'],
  ['email', 'likely', 'part', 'mail perso|mail pro|mail personnel'],

  [
    'given name',
    'sure',
    'part',
    'first name|given name|forename|fname|firstname|middle name|nickname|nick name|middle initial|known as|preferred name|prenom|vorname|rufname|primer nombre|segundo nombre|nombre pila|voornaam|roepnaam|voorletter|imie|drugie imie|fornavn|fornamn|tilltalsnamn|etunimi|nome proprio|primeiro nome|isim',
  ],
  ['given name', 'likely', 'person', 'nombre|nome|ad|adi'],
  [
    'family name',
    'sure',
    'part',
    'last name|surname|lname|family name|maiden name|maiden|second surname|nom famille|nom de famille|nom naissance|nom de naissance|nom usage|nom marital|nom de jeune fille|nachname|familienname|geburtsname|apellido|apellido paterno|apellido materno|cognome|sobrenome|apelido|achternaam|tussenvoegsel|nazwisko|nazwisko panienskie|etternavn|efternamn|efternavn|sukunimi|soyad|soyadi|soyisim|familiya',
  ],
  ['family name', 'likely', 'person', 'nom'],
  [
    'full name',
    'sure',
    'part',
    'full name|fullname|display name|contact name|holder name|card holder|cardholder|cardholder name|account holder|recipient name|beneficiary name|payee name|author name|person name|next of kin|customer name|client name|patient name|employee name|student name|member name|owner name|sender name|guest name|emergency contact name|bill to name|ship to name|bill name|ship name|nom complet|nom prenom|kontoinhaber|karteninhaber|ansprechpartner|nombre completo|nombre apellido|nome completo|volledige naam|imie nazwisko|ad soyad|kundenname|klientenname|intestatario|hausarzt',
  ],
  [
    'full name',
    'likely',
    'part',
    'recipient|signatory|cardholder|titular|empfaenger|destinataire|destinatario|ontvanger|odbiorca|alici|payee|guardian|physician|doctor name',
  ],
  ['full name', 'possible', 'part', 'holder|author|emergency contact'],
  ['full name', 'likely', 'person', 'name|naam|navn|namn|nimi|nazwa'],
  [
    'company',
    'likely',
    'part',
    'company|company name|organisation name|organization name|business name|employer|employer name|legal name|trade name|raison sociale|denomination sociale|firmenname|firma|razon social|ragione sociale|razao social|nome fantasia|bedrijfsnaam|bedrijf naam|nazwa firmy|unvan|siren|siret|kvk|kvk nummer|cnpj|orgnr|org nummer',
  ],

  [
    'phone',
    'sure',
    'part',
    'phone|phone number|telephone|telephone number|tel|mobile phone|mobile number|cell phone|cellphone|msisdn|whatsapp|fax|pager|phone no|telefon|telefonnummer|telefonnr|rufnummer|handynummer|mobilnummer|mobilfunk|telefono|telefono movil|celular|cellulare|telefone|telemovel|telefoon|telefoonnummer|telefoon nummer|mobiel|mobiel nummer|mobielnummer|nr telefonu|telefonu|telefonnumer|komorka|puhelin|puhelinnumero|cep telefonu|telefonnumber|telefax',
  ],
  ['phone', 'likely', 'whole', 'mobile|cell|portable|gsm|handy|mobil|movil|cep'],

  [
    'address',
    'sure',
    'part',
    'street|street address|address line|address1|addr|addr line|mailing address|postal address|home address|house no|house number|housenumber|street number|street name|po box|apartment|apt|rue|voie|adresse postale|numero rue|strasse|hausnummer|hausnr|haus nr|strasse hausnummer|anschrift|direccion|calle|domicilio|indirizzo|endereco|logradouro|morada|straat|straatnaam|huisnummer|huisnr|huis nummer|ulica|nr domu|nr mieszkania|gata|gatuadress|gateadresse|osoite|katuosoite|sokak|cadde',
  ],
  ['address', 'likely', 'part', 'address|adresse|adres|adress|complement adresse'],
  ['address', 'possible', 'whole', 'rua|suite'],
  [
    'postcode',
    'sure',
    'part',
    'zip|zip code|zipcode|postal code|postcode|post code|code postal|plz|postleitzahl|codigo postal|cod postal|cep|kod pocztowy|postnummer|posta kodu|postinumero',
  ],
  ['postcode', 'likely', 'whole', 'cp|cap'],
  [
    'city',
    'likely',
    'part',
    'city|city name|town|ville|commune|ciudad|citta|comune|cidade|municipio|woonplaats|plaatsnaam|miasto|miejscowosc|wohnort|postort|poststed|kaupunki|sehir|ilce|localidad|localite|provincia|province',
  ],
  ['city', 'possible', 'whole', 'ort|stadt|county|plaats|district|il|suburb'],
  [
    'birth date',
    'sure',
    'part',
    'dob|birth date|birthday|birth place|place of birth|birth year|year of birth|date of birth|date birth|death date|date of death|deceased|date naissance|date de naissance|date deces|lieu naissance|lieu de naissance|geburtsdatum|geburtsort|geb datum|geburtstag|sterbedatum|fecha nacimiento|fecha de nacimiento|fecha nac|lugar nacimiento|data nascita|data di nascita|luogo nascita|data nascimento|data de nascimento|geboortedatum|geboorte datum|geboorteplaats|data urodzenia|miejsce urodzenia|fodselsdato|fodselsdag|fodelsedatum|fodelsedag|syntymaaika|dogum tarihi|dogum yeri',
  ],
  ['birth date', 'likely', 'whole', 'age|born|alter|edad'],

  [
    'national id',
    'sure',
    'part',
    'ssn|social security|social security number|nino|national id|national insurance|national identity|identity number|id card|identity card|tax id|tax number|tax no|tin|itin|vat number|vat id|vat no|passport|passport number|passport no|driver licence|driver license|driving licence|driving licence number|drivers license|licence no|license no|voter id|nir|numero secu|numero securite sociale|numero fiscal|num secu|steuer id|steuerid|steuernummer|steuer nummer|sozialversicherung|sozialversicherungsnummer|ausweisnummer|ausweis|reisepass|dni|nie|nif|seguridad social|num seguridad social|curp|rfc|cuil|cuit|codice fiscale|partita iva|cpf|bsn|burgerservicenummer|pesel|dowod osobisty|personnummer|fodselsnummer|cpr|hetu|henkilotunnus|tckn|tc kimlik|tc kimlik no|kimlik no|vergi no|vergi numarasi|snils|aadhaar|ust id|btw nummer|numero tva|sv nummer|svnr|sv nr|rentenversicherungsnummer|rv nummer|rvnr|ahv nummer|ahv nr|ahv|sgk no|sgk sicil no',
  ],
  ['national id', 'likely', 'whole', 'sin|nin|ein|cif|rut|rg|pis|nip|regon|inn|amka|cnp'],
  [
    'bank account',
    'sure',
    'part',
    'iban|bic|swift|swift code|account number|account no|bank account|bank account number|routing number|routing no|sort code|bsb|clabe|rib|kontonummer|konto nummer|kontonr|blz|bankleitzahl|numero cuenta|cuenta bancaria|numero conto|conto corrente|conta bancaria|rekeningnummer|rekening nummer|numer konta|bankgiro|plusgiro|hesap no',
  ],
  [
    'payment card',
    'sure',
    'part',
    'card number|card no|cardnumber|credit card|credit card number|debit card|pan number|primary account number|cvv|cvc|card expiry|expiry month|expiry year|exp month|exp year|card exp|last four|last digits|card last|kartennummer|numero carte|numero tarjeta|numero carta|numero cartao|kaartnummer|numer karty|kart no',
  ],
  ['payment card', 'possible', 'whole', 'pan'],

  [
    'secret',
    'sure',
    'part',
    'password|passwd|pwd|password hash|password digest|encrypted password|passphrase|passcode|secret|client secret|signing secret|api key|apikey|access key|private key|secret key|signing key|encryption key|access token|refresh token|auth token|api token|remember token|reset token|reset password token|confirmation token|csrf token|bearer token|otp|otp secret|totp|totp secret|mfa secret|factor secret|recovery code|backup code|session key|session token|session data|session id|cookie|webhook secret|dsn|connection string|database url|pin hash|pin code|salt|key digest|key hash|token digest|mot de passe|mot passe|passwort|kennwort|contrasena|clave acceso|senha|wachtwoord|haslo|losenord|passord|sifre|parola|parol|wachtwoord hash|passwort hash|passordhash',
  ],
  [
    'secret',
    'sure',
    'part',
    'pw|pw hash|pass hash|password salt|kennworthash|geheimnis|geheimer schluessel|geheimer schlussel|zugangscode|zugriffstoken|sitzungsschluessel|sitzungsschlussel|sitzungstoken|gizli anahtar|sifre hash|parola hash|oturum anahtari|cle secrete|cle privee|cle api|jeton|clave secreta|clave privada|chiave segreta|chiave privata|chave secreta|chave privada|geheime sleutel|klucz prywatny|klucz api',
  ],
  // Words that mean something else as often: only hexadecimal values of a digest's length make one of them a secret.
  ['secret', 'hint', 'whole', 'session|sitzung|oturum|sesion|sessione|sessie|sesja|sessao|signature|nonce'],
  ['secret', 'hint', 'part', 'hash|digest|anahtar|gizli|geheim|schluessel|schlussel|geheime'],
  ['secret', 'likely', 'part', 'token|credential|certificate|pgp|jwt'],
  [
    'secret',
    'likely',
    'whole',
    'geheim|gizli|secreto|segreto|segredo|pass|pin|clave|hash|digest|key hash|mfa',
  ],

  [
    'username',
    'sure',
    'part',
    'username|user name|login name|screen name|user login|benutzername|nom utilisateur|nombre usuario|nome utente|gebruikersnaam|nazwa uzytkownika|kullanici adi|brukernavn|anvandarnamn',
  ],
  ['username', 'likely', 'whole', 'login|handle|nick|identifiant|usuario|pseudo'],
  [
    'ip address',
    'sure',
    'part',
    'ip|ip address|ipaddress|ip addr|ip adresse|remote addr|remote ip|remote address|client ip|forwarded for|last login ip|sign in ip|ipv|ip adresi',
  ],
  [
    'device id',
    'sure',
    'part',
    'user agent|useragent|device id|device identifier|imei|imsi|idfa|gaid|advertising id|mac address|mac addr|fingerprint|device fingerprint|push token|device token|facebook id|facebook uid|google id|google uid|github id|github uid|apple id|twitter id|stripe customer|stripe customer id|stripe id',
  ],
  ['device id', 'likely', 'whole', 'mac|uid'],
  [
    'url',
    'likely',
    'part',
    'avatar|avatar url|profile url|photo url|picture url|image url|homepage|website|web site|target url|callback url|webhook url|linkedin|linkedin url|facebook url|gravatar|site web|webseite|photo',
  ],
  ['url', 'possible', 'whole', 'url|link'],
  [
    'location',
    'sure',
    'part',
    'latitude|longitude|lat|lng|lon|geolocation|coordinate|geo point|home location|location point|gps|breitengrad|laengengrad|latitud|longitud|latitudine|longitudine|szerokosc|dlugosc|breedtegraad|lengtegraad|enlem|boylam',
  ],
  ['location', 'likely', 'whole', 'geom|geo|location|position point'],

  [
    'special category',
    'sure',
    'part',
    'gender|sex|religion|religious|ethnicity|ethnic|nationality|sexual orientation|diagnosis|icd|medication|allergy|allergie|blood type|blood group|blood pressure|disability|disabled|pregnancy|pregnant|trade union|union member|political|criminal|conviction|salary|wage|biometric|marital status|medical history|dosage|drug name|prescription|symptom|salutation|sexe|genre civil|nationalite|religione|salaire|civilite|situation familiale|handicap|groupe sanguin|geschlecht|staatsangehoerigkeit|staatsangehorigkeit|nationalitaet|religionszugehoerigkeit|konfession|familienstand|anrede|gehalt|lohn|diagnose|blutgruppe|allergien|behinderung|sexo|genero|estado civil|discapacidad|salario|sueldo|nacionalidad|diagnostico|alergia|sesso|stato civile|stipendio|nazionalita|cittadinanza|deficiencia|nacionalidade|geslacht|nationaliteit|salaris|burgerlijke staat|plec|narodowosc|obywatelstwo|wynagrodzenie|kjonn|lonn|loen|sukupuoli|cinsiyet|uyruk|maas|medeni hal|kan grubu',
  ],
  ['special category', 'likely', 'whole', 'race|blood|orientation|compensation|maas|kon'],
  [
    'medical id',
    'sure',
    'part',
    'mrn|medical record|medical record number|nhs|nhs number|npi|health plan|beneficiary id|insurance no|insurance number|insurance policy|member no|krankenversicherungsnummer|versichertennummer|versicherungsnummer|kvnr|health insurance|health card|carte vitale|tarjeta sanitaria|tessera sanitaria',
  ],
  ['medical id', 'possible', 'whole', 'patient id|chart number'],

  [
    'free text',
    'likely',
    'part',
    'note|clinical note|comment|message|message body|body|bio|biography|feedback|review|transcript|memo|remark|reason|about|about me|commentaire|remarque|appreciation|bemerkung|notiz|anmerkung|kommentar|bericht|verwendungszweck|comentario|observacion|observacione|nota|motivo|commento|osservazione|observacao|opmerking|toelichting|uwaga|uwagi|komentarz|merknad|anteckning|aciklama|notlar|yorum|mensaje|concepto|libelle|complaint|anamnesis|anamnese|summary note',
  ],
  [
    'free text',
    'possible',
    'part',
    'description|content|subject|payload|metadata|extra|context|param|request body|response body|header|omschrijving|beschreibung|descripcion|descrizione|descricao|opis',
  ],
  [
    'free text',
    'possible',
    'whole',
    'not|raw|log|data|detail|text|attribute|property|preference|setting|info|request|response|profile|trace|error|attr|answer|query',
  ],
];

function terms(): readonly Term[] {
  return ROWS.flatMap(([kind, strength, scope, list]) =>
    list.split('|').map((phrase) => {
      const tokens = nameTokens(phrase);
      return { class: kind, strength, scope, joined: tokens.join(''), length: tokens.length };
    }),
  );
}

/** Terms by their joined words; the surest first where one stands in two rows. */
export const DICTIONARY: ReadonlyMap<string, readonly Term[]> = grouped(terms(), ({ joined }) => joined);

/** The most words that a term has: no longer run of a name's words needs to be looked up. */
export const LONGEST_TERM = Math.max(...[...DICTIONARY.values()].flat().map(({ length }) => length));
