/** One element of the format: how often it stands there, in what order, and what is in it. */
export interface Rule {
  readonly name: string;
  readonly min: 0 | 1;
  /** Absent: once. */
  readonly many?: true;
  readonly children?: readonly Rule[];
  readonly pattern?: RegExp;
  /** What the pattern cannot say of the text. */
  readonly holds?: (text: string) => boolean;
  /** Of its children exactly one of these groups stands there, whole. */
  readonly either?: readonly (readonly string[])[];
}

type More = Omit<Rule, "name" | "min">;
const one = (name: string, more: More): Rule => ({ name, min: 1, ...more });
const maybe = (name: string, more: More): Rule => ({ name, min: 0, ...more });
const all = (children: readonly Rule[]): More => ({ children });
const is = (pattern: RegExp): More => ({ pattern });
const many = (more: More): More => ({ ...more, many: true });

/** `String…LatinType`: Basic Latin and Latin-1 Supplement. */
const latin = (max: number) => is(new RegExp(`^[\\u0020-\\u00ff]{1,${max}}$`));
/** `String…Type`, without accents: Basic Latin alone. */
const basic = (max: number, min = 1) => is(new RegExp(`^[\\u0020-\\u007f]{${min},${max}}$`));
const amount2 = is(/^-?\d{1,11}\.\d{2}$/);
const amount8 = is(/^-?\d{1,11}\.\d{2,8}$/);
const quantity = is(/^\d{1,12}\.\d{2,8}$/);
const rate: More = { ...is(/^\d{1,3}\.\d{2}$/), holds: (text) => Number(text) <= 100 };
const country = is(/^[A-Z]{2}$/);
const isDay = (text: string): boolean => {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
};
const date: More = { ...is(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/), holds: isDay };
/** `DataFatturaType`. */
const invoiceDate: More = { ...date, holds: (text) => isDay(text) && text >= "1970-01-01" };
const phone = basic(12, 5);
const contactMail: More = { ...is(/^.+@.+[.]+.+$/), holds: (text) => text.length >= 7 && text.length <= 256 };
/** `EmailType`, without quoted local parts and address literals. */
const mailAtom = "[!#-'*+/-9=?A-Z^-~-]+";
const certifiedMail: More = {
  ...is(new RegExp(`^${mailAtom}(\\.${mailAtom})*@${mailAtom}(\\.${mailAtom})*$`)),
  holds: (text) => text.length <= 256,
};
const taxCode = is(/^[A-Z0-9]{11,16}$/);
const nature = is(/^(N1|N2\.1|N2\.2|N3\.[1-6]|N4|N5|N6\.[1-9]|N7)$/);
const yes = is(/^SI$/);

const vatId = all([one("IdPaese", country), one("IdCodice", is(/^[\u0020-\u00ff]{1,28}$/))]);
const naming: More = {
  ...all([
    maybe("Denominazione", latin(80)),
    maybe("Nome", latin(60)),
    maybe("Cognome", latin(60)),
    maybe("Titolo", basic(10, 2)),
    maybe("CodEORI", is(/^.{13,17}$/)),
  ]),
  either: [["Denominazione"], ["Nome", "Cognome"]],
};
const place = all([
  one("Indirizzo", latin(60)),
  maybe("NumeroCivico", basic(8)),
  one("CAP", is(/^\d{5}$/)),
  one("Comune", latin(60)),
  maybe("Provincia", is(/^[A-Z]{2}$/)),
  one("Nazione", country),
]);
const reference = all([
  maybe("RiferimentoNumeroLinea", many(is(/^[1-9]\d{0,3}$/))),
  one("IdDocumento", basic(20)),
  maybe("Data", date),
  maybe("NumItem", basic(20)),
  maybe("CodiceCommessaConvenzione", latin(100)),
  maybe("CodiceCUP", basic(15)),
  maybe("CodiceCIG", basic(15)),
]);

/**
 * The elements of an ordinary e-invoice between private parties (FPR12) that this product writes, with the order, the
 * occurrences and the value types of the published schema, version 1.2.3 (technical specifications 1.9.1). Blocks that
 * we never write (withholding, funds, transport, attachments) are left out, so their presence is a finding too.
 */
export const invoiceStructure: Rule = one(
  "FatturaElettronica",
  all([
    one(
      "FatturaElettronicaHeader",
      all([
        one(
          "DatiTrasmissione",
          all([
            one("IdTrasmittente", vatId),
            one("ProgressivoInvio", is(/^[\u0020-\u007e]{1,10}$/)),
            one("FormatoTrasmissione", is(/^FPR12$/)),
            one("CodiceDestinatario", is(/^[A-Z0-9]{7}$/)),
            maybe("ContattiTrasmittente", all([maybe("Telefono", phone), maybe("Email", contactMail)])),
            maybe("PECDestinatario", certifiedMail),
          ]),
        ),
        one(
          "CedentePrestatore",
          all([
            one(
              "DatiAnagrafici",
              all([
                one("IdFiscaleIVA", vatId),
                maybe("CodiceFiscale", taxCode),
                one("Anagrafica", naming),
                one("RegimeFiscale", is(/^RF(0[124-9]|1\d|20)$/)),
              ]),
            ),
            one("Sede", place),
            maybe(
              "IscrizioneREA",
              all([
                one("Ufficio", is(/^[A-Z]{2}$/)),
                one("NumeroREA", basic(20)),
                maybe("CapitaleSociale", amount2),
                maybe("SocioUnico", is(/^S[UM]$/)),
                one("StatoLiquidazione", is(/^L[SN]$/)),
              ]),
            ),
            maybe("Contatti", all([maybe("Telefono", phone), maybe("Fax", phone), maybe("Email", contactMail)])),
          ]),
        ),
        one(
          "CessionarioCommittente",
          all([
            one(
              "DatiAnagrafici",
              all([maybe("IdFiscaleIVA", vatId), maybe("CodiceFiscale", taxCode), one("Anagrafica", naming)]),
            ),
            one("Sede", place),
          ]),
        ),
      ]),
    ),
    one(
      "FatturaElettronicaBody",
      all([
        one(
          "DatiGenerali",
          all([
            one(
              "DatiGeneraliDocumento",
              all([
                one("TipoDocumento", is(/^(TD01|TD04)$/)),
                one("Divisa", is(/^[A-Z]{3}$/)),
                one("Data", invoiceDate),
                one("Numero", is(/^(?=.*\d)[\u0020-\u007f]{1,20}$/)),
                maybe("DatiBollo", all([one("BolloVirtuale", yes), maybe("ImportoBollo", amount2)])),
                maybe("ImportoTotaleDocumento", amount2),
                maybe("Causale", many(latin(200))),
              ]),
            ),
            maybe("DatiFattureCollegate", many(reference)),
          ]),
        ),
        one(
          "DatiBeniServizi",
          all([
            one(
              "DettaglioLinee",
              many(
                all([
                  one("NumeroLinea", is(/^[1-9]\d{0,3}$/)),
                  one("Descrizione", latin(1000)),
                  maybe("Quantita", quantity),
                  maybe("UnitaMisura", basic(10)),
                  maybe("DataInizioPeriodo", date),
                  maybe("DataFinePeriodo", date),
                  one("PrezzoUnitario", amount8),
                  one("PrezzoTotale", amount8),
                  one("AliquotaIVA", rate),
                  maybe("Natura", nature),
                ]),
              ),
            ),
            one(
              "DatiRiepilogo",
              many(
                all([
                  one("AliquotaIVA", rate),
                  maybe("Natura", nature),
                  one("ImponibileImporto", amount2),
                  one("Imposta", amount2),
                  maybe("EsigibilitaIVA", is(/^[DIS]$/)),
                  maybe("RiferimentoNormativo", latin(100)),
                ]),
              ),
            ),
          ]),
        ),
        maybe(
          "DatiPagamento",
          all([
            one("CondizioniPagamento", is(/^TP0[123]$/)),
            one(
              "DettaglioPagamento",
              many(
                all([
                  one("ModalitaPagamento", is(/^MP(0[1-9]|1\d|2[0-3])$/)),
                  maybe("DataScadenzaPagamento", date),
                  one("ImportoPagamento", amount2),
                  maybe("IstitutoFinanziario", latin(80)),
                  maybe("IBAN", is(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/)),
                ]),
              ),
            ),
          ]),
        ),
      ]),
    ),
  ]),
);
