import { assert, decimalOfCents, decimalOfMicros, utf8 } from "@casaforte/kernel";
import type { EInvoice, InvoiceLine, InvoiceSummary, Party } from "./invoice.ts";
import { basicText, latinText } from "./latin-text.ts";
import { invoiceNamespace } from "./validate-invoice.ts";

type Content = string | readonly Element[];
type Element = readonly [name: string, content: Content] | null;

/** Above this net amount outside VAT, stamp duty of two euros is due (D.P.R. 642/1972, tariff, art. 13 n. 2-bis). */
const stampDutyAboveCents = 7_747n;

/** Writes an e-invoice: FPR12, schema version 1.2.3 (R46). Its own output passes validateInvoice. */
export function buildInvoice(invoice: EInvoice): Uint8Array<ArrayBuffer> {
  assert(invoice.lines.length > 0 && invoice.lines.length <= 9_999, "an e-invoice has between 1 and 9999 lines");
  const body = print(["p:FatturaElettronica", [header(invoice), bodyOf(invoice)]], 0).replace(
    "<p:FatturaElettronica>",
    `<p:FatturaElettronica xmlns:p="${invoiceNamespace}" versione="FPR12">`,
  );
  return utf8(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
}

/** The name that SdI wants: country, transmitter's code, progressive. */
export const invoiceFileName = ({ seller, progressive }: EInvoice): string =>
  `${seller.country}${seller.vatNumber ?? ""}_${progressive.padStart(5, "0")}.xml`;

function header(invoice: EInvoice): Element {
  const { seller, customer } = invoice;
  const isAbroad = customer.country !== "IT";
  const code = isAbroad ? "XXXXXXX" : (invoice.recipientCode ?? "0000000");
  return [
    "FatturaElettronicaHeader",
    [
      [
        "DatiTrasmissione",
        [
          ["IdTrasmittente", vatId(seller.country, seller.vatNumber ?? "")],
          ["ProgressivoInvio", invoice.progressive],
          ["FormatoTrasmissione", "FPR12"],
          ["CodiceDestinatario", code],
          code === "0000000" && invoice.certifiedMail !== null ? ["PECDestinatario", invoice.certifiedMail] : null,
        ],
      ],
      [
        "CedentePrestatore",
        [
          [
            "DatiAnagrafici",
            [
              ["IdFiscaleIVA", vatId(seller.country, seller.vatNumber ?? "")],
              maybe("CodiceFiscale", seller.taxCode),
              ["Anagrafica", [["Denominazione", latinText(seller.name, 80)]]],
              ["RegimeFiscale", seller.taxRegime],
            ],
          ],
          ["Sede", place(seller)],
        ],
      ],
      [
        "CessionarioCommittente",
        [
          [
            "DatiAnagrafici",
            [
              customerVatId(customer),
              isAbroad ? null : maybe("CodiceFiscale", customer.taxCode),
              ["Anagrafica", [["Denominazione", latinText(customer.name, 80)]]],
            ],
          ],
          ["Sede", place(customer)],
        ],
      ],
    ],
  ];
}

const maybe = (name: string, text: string | null): Element => (text === null ? null : [name, text]);
const vatId = (country: string, code: string): Content => [
  ["IdPaese", country],
  ["IdCodice", code],
];

/** A private person abroad has no number; seven zeros stand for it, as the specifications want. */
function customerVatId({ country, vatNumber }: Party): Element {
  if (vatNumber === null) return country === "IT" ? null : ["IdFiscaleIVA", vatId(country, "0000000")];
  return ["IdFiscaleIVA", vatId(country, vatNumber)];
}

const place = ({ country, address, postalCode, city, province }: Party): Content => [
  ["Indirizzo", latinText(address, 60)],
  // A foreign postal code does not fit the type; the specifications want zeros.
  ["CAP", country === "IT" ? postalCode : "00000"],
  ["Comune", latinText(city, 60)],
  country === "IT" ? maybe("Provincia", province) : null,
  ["Nazione", country],
];

const rate = (basisPoints: bigint): string => decimalOfCents(basisPoints);

function bodyOf(invoice: EInvoice): Element {
  const { lines, summaries, payment, credits } = invoice;
  const outside = summaries
    .filter((summary) => summary.nature?.startsWith("N2") ?? false)
    .reduce((sum, summary) => sum + summary.netCents, 0n);
  return [
    "FatturaElettronicaBody",
    [
      [
        "DatiGenerali",
        [
          [
            "DatiGeneraliDocumento",
            [
              ["TipoDocumento", invoice.type],
              ["Divisa", "EUR"],
              ["Data", invoice.date],
              ["Numero", invoice.number],
              outside > stampDutyAboveCents
                ? [
                    "DatiBollo",
                    [
                      ["BolloVirtuale", "SI"],
                      ["ImportoBollo", "2.00"],
                    ],
                  ]
                : null,
              ["ImportoTotaleDocumento", decimalOfCents(invoice.totalCents)],
            ],
          ],
          credits === null
            ? null
            : [
                "DatiFattureCollegate",
                [
                  ["IdDocumento", credits.number],
                  ["Data", credits.date],
                ],
              ],
        ],
      ],
      [
        "DatiBeniServizi",
        [...lines.map((line, index) => lineElement(line, index + 1)), ...summaries.map(summaryElement)],
      ],
      payment === null
        ? null
        : [
            "DatiPagamento",
            [
              ["CondizioniPagamento", "TP02"],
              [
                "DettaglioPagamento",
                [
                  ["ModalitaPagamento", "MP05"],
                  ["DataScadenzaPagamento", payment.dueOn],
                  ["ImportoPagamento", decimalOfCents(invoice.totalCents)],
                  maybe("IBAN", payment.iban),
                ],
              ],
            ],
          ],
    ],
  ];
}

/** A quantity has no sign in this format: a correction turns the price instead. */
function lineElement(line: InvoiceLine, number: number): Element {
  const isNegative = line.quantity < 0n;
  return [
    "DettaglioLinee",
    [
      ["NumeroLinea", String(number)],
      ["Descrizione", latinText(line.description, 1000)],
      ["Quantita", `${isNegative ? -line.quantity : line.quantity}.00`],
      ["UnitaMisura", basicText(line.unitName, 10)],
      ["DataInizioPeriodo", line.from],
      ["DataFinePeriodo", line.until],
      ["PrezzoUnitario", decimalOfMicros(isNegative ? -line.priceMicros : line.priceMicros)],
      ["PrezzoTotale", decimalOfCents(line.netCents)],
      ["AliquotaIVA", rate(line.basisPoints)],
      maybe("Natura", line.nature),
    ],
  ];
}

const summaryElement = (summary: InvoiceSummary): Element => [
  "DatiRiepilogo",
  [
    ["AliquotaIVA", rate(summary.basisPoints)],
    maybe("Natura", summary.nature),
    ["ImponibileImporto", decimalOfCents(summary.netCents)],
    ["Imposta", decimalOfCents(summary.vatCents)],
    summary.nature === null ? ["EsigibilitaIVA", "I"] : null,
    summary.legalReference === null ? null : ["RiferimentoNormativo", latinText(summary.legalReference, 100)],
  ],
];

const escapes: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};
const escapeText = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? "");

function print([name, content]: readonly [string, Content], depth: number): string {
  const indent = "  ".repeat(depth);
  if (typeof content === "string") return `${indent}<${name}>${escapeText(content)}</${name}>\n`;
  const inside = content.map((child) => (child === null ? "" : print(child, depth + 1))).join("");
  return `${indent}<${name}>\n${inside}${indent}</${name}>\n`;
}
