/** One element of the format: how often it stands there, in what order, and what is in it. */
export interface Rule {
  readonly name: string;
  readonly min: 0 | 1;
  /** Absent: once. */
  readonly many?: true;
  readonly children?: readonly Rule[];
  readonly pattern?: RegExp;
}

type More = Omit<Rule, "name" | "min">;
const one = (name: string, more: More): Rule => ({ name, min: 1, ...more });
const maybe = (name: string, more: More): Rule => ({ name, min: 0, ...more });
const all = (children: readonly Rule[]): More => ({ children });
const is = (pattern: RegExp): More => ({ pattern });
const many = (more: More): More => ({ ...more, many: true });

/** Latin text of so many characters: Basic Latin and Latin-1 Supplement, as the schema's string types say. */
const latin = (max: number) => is(new RegExp(`^[\\u0020-\\u00ff]{1,${max}}$`));
const amount2 = is(/^-?\d{1,11}\.\d{2}$/);
const amount8 = is(/^-?\d{1,11}\.\d{2,8}$/);
const quantity = is(/^\d{1,12}\.\d{2,8}$/);
const rate = is(/^\d{1,3}\.\d{2}$/);
const country = is(/^[A-Z]{2}$/);
const date = is(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/);
const taxCode = is(/^[A-Z0-9]{11,16}$/);
const nature = is(/^(N1|N2\.1|N2\.2|N3\.[1-6]|N4|N5|N6\.[1-9]|N7)$/);
const yes = is(/^SI$/);

const vatId = all([one("IdPaese", country), one("IdCodice", is(/^[\u0020-\u00ff]{1,28}$/))]);
const naming = all([
  maybe("Denominazione", latin(80)),
  maybe("Nome", latin(60)),
  maybe("Cognome", latin(60)),
  maybe("Titolo", latin(10)),
  maybe("CodEORI", latin(17)),
]);
const place = all([
  one("Indirizzo", latin(60)),
  maybe("NumeroCivico", latin(8)),
  one("CAP", is(/^\d{5}$/)),
  one("Comune", latin(60)),
  maybe("Provincia", is(/^[A-Z]{2}$/)),
  one("Nazione", country),
]);
const reference = all([
  maybe("RiferimentoNumeroLinea", many(is(/^\d{1,4}$/))),
  one("IdDocumento", latin(20)),
  maybe("Data", date),
  maybe("NumItem", latin(20)),
  maybe("CodiceCommessaConvenzione", latin(100)),
  maybe("CodiceCUP", latin(15)),
  maybe("CodiceCIG", latin(15)),
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
            maybe("ContattiTrasmittente", all([maybe("Telefono", latin(12)), maybe("Email", latin(256))])),
            maybe("PECDestinatario", is(/^[^\s@]{1,200}@[^\s@]{3,255}$/)),
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
                one("RegimeFiscale", is(/^RF(0[1-9]|1\d|20)$/)),
              ]),
            ),
            one("Sede", place),
            maybe(
              "IscrizioneREA",
              all([
                one("Ufficio", is(/^[A-Z]{2}$/)),
                one("NumeroREA", latin(20)),
                maybe("CapitaleSociale", amount2),
                maybe("SocioUnico", is(/^S[UM]$/)),
                one("StatoLiquidazione", is(/^L[SN]$/)),
              ]),
            ),
            maybe("Contatti", all([maybe("Telefono", latin(12)), maybe("Fax", latin(12)), maybe("Email", latin(256))])),
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
                one("Data", date),
                one("Numero", is(/^(?=.*\d)[\u0020-\u00ff]{1,20}$/)),
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
                  maybe("UnitaMisura", latin(10)),
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
