import { nameTokens } from './tokens.ts';

const set = (text: string): ReadonlySet<string> => new Set(nameTokens(text));

/** Words for people in their roles, as tables and prefixes of columns have them. */
export const PEOPLE =
  set(`user usr customer cust client contact person people patient employee staff student pupil teacher
  member subscriber lead prospect guest visitor donor applicant candidate doctor physician nurse driver tenant resident
  citizen passenger buyer seller recipient author owner holder beneficiary attendee participant profile parent guardian
  child relative worker manager agent actor sender payee requester approver reviewer creator editor assignee submitter contributor operator admin administrator player rider host caller
  eleve client salarie personne utilisateur adherent responsable etudiant enseignant patient employe abonne
  kunde kunden benutzer person personen mitarbeiter patienten schueler lehrer mitglied nutzer ansprechpartner
  empleado cliente usuario persona paciente alumno profesor socio trabajador utente dipendente paziente studente iscritto
  funcionario aluno klant gebruiker medewerker persoon patient leerling werknemer klient klienci uzytkownik pacjent
  pracownik osoba uczen elev laerer larare bruker anvandare kund ansatt medarbetare opiskelija asiakas henkilo
  musteri musteriler kullanici kisi hasta ogrenci calisan personel`);

/** Words that stand before or after and change nothing. */
export const NOISE =
  set(`billing shipping bill ship delivery primary secondary main alt alternate alternative other old new
  previous prev current raw tmp temp enc encrypted home work office private business personal default own confirmed
  unconfirmed pending preferred legal full number no num nr nummer numero numer txt value val line x c f de du des la le
  di da do del della van het perso pro fixe to from in of the last first original normalized plain domicile lang adi no`);

/** A name that ends so is about the thing, not the thing: email_verified_at, phone_type, address_id, token_count. */
export const ENDINGS =
  set(`at on count type statu status state enabled disabled verified sent id template format policy
  required allowed visible visibility length size limit order sort position version kind mode color colour flag confirmed
  expire expires expiry interval ttl attempt score rate rank level category group role preference setting pattern field
  label strength count total sum avg amount hour minute second year month day week timestamp date time code method provider
  driver engine class index idx seq sequence prefix suffix validated valid attempts retries optin opt notification reminder
  frequency permission scope scopes ratio percent duration tip tipo typ art datum anzahl tarihi confirmation bounced
  priority channel source consent`);

/** A name that begins so is a switch or a count. */
export const BEGINNINGS =
  set(`is has can allow show hide should must use uses enable require requires nb count max min
  total est ist hat es tiene anzahl liczba sayisi  needs accept accepts notify`);

/** With these beside it a hash or digest is of content, not of a credential. */
export const CONTENT_HASHES = set(
  'commit content file git block image checksum object body blob row schema tree etag build asset',
);

/** Tables of things, where a name or description is of a product or a setting. */
export const CATALOGUES =
  set(`product produit produkt producto prodotto produto article artikel articulo articolo item
  category categorie kategorie categoria plan feature role permission tag label status type kind currency country region
  city language locale service servicio subject matiere course kurs curso corso department departement departamento
  departement abteilung branch filiale sucursal warehouse store shop variant brand material medication medicine drug
  template page setting option color unit size discount coupon promotion tax vat channel campaign
  catalog catalogue supplier vendor land laender pay pays paese country stad kategori urun dzial towar produkty
  taxon zone group rule policy version release`);

/** Words that say that a country's, city's or phone's code follows, which names no one. */
export const HARMLESS_PAIRS: ReadonlySet<string> = new Set(
  'phonecode citycode countrycode dialcode addresscode areacode emailtemplate nameformat messagetype'.split(
    ' ',
  ),
);

/** Tables of firms and other bodies, whose name is no person's. */
export const FIRMS =
  set(`company account organisation organization tenant supplier vendor firm merchant partner employer
  entreprise societe etablissement fournisseur firma firmen unternehmen lieferant empresa proveedor azienda impresa
  fornitore bedrijf leverancier przedsiebiorstwo dostawca foretag bedrift yritys firmalar sirket tedarikci business agency
  school hospital clinic`);
