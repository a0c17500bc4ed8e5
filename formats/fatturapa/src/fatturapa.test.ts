import { utf8 } from "@casaforte/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  basicText,
  buildInvoice,
  type EInvoice,
  find,
  invoiceFileName,
  latinText,
  readReceipt,
  readXml,
  textAt,
  validateInvoice,
  xmlLimits,
} from "./index.ts";
import { schemaFindings } from "./schema-check.test-support.ts";

/** What the tests wrote and our own check found whole: the official schema is asked of all of them at once. */
const whole: Uint8Array[] = [];
const expectWhole = (bytes: Uint8Array): void => {
  expect(validateInvoice(bytes)).toEqual([]);
  whole.push(bytes);
};

const seller = {
  country: "IT",
  name: "Provider S.r.l.",
  vatNumber: "12345678903",
  taxCode: null,
  address: "Via Roma 1",
  postalCode: "20121",
  city: "Milano",
  province: "MI",
  taxRegime: "RF01",
};
const customer = {
  ...seller,
  name: "Rossi & Figli S.r.l.",
  vatNumber: "98765432103",
  address: "Via Po 2",
  city: "Torino",
};
const invoice: EInvoice = {
  type: "TD01",
  number: "CF-2026-1",
  date: "2026-12-01",
  progressive: "A1",
  seller,
  customer,
  recipientCode: "ABC1234",
  certifiedMail: "rossi@pec.example",
  lines: [
    {
      description: "Spazio 100 GB «Ufficio» – ore iniziate",
      quantity: 720n,
      unitName: "ore",
      from: "2026-11-01",
      until: "2026-11-30",
      priceMicros: 2_740n,
      netCents: 197n,
      basisPoints: 2200n,
      nature: null,
    },
  ],
  summaries: [{ basisPoints: 2200n, nature: null, netCents: 197n, vatCents: 43n, legalReference: null }],
  totalCents: 240n,
  credits: null,
  payment: { dueOn: "2026-12-31", iban: "IT60X0542811101000000123456" },
};

describe("R46: the e-invoice", () => {
  test("of an Italian company is what the format says, character by character", () => {
    const bytes = buildInvoice(invoice);
    expectWhole(bytes);
    expect(new TextDecoder().decode(bytes)).toMatchSnapshot();
    expect(invoiceFileName(invoice)).toBe("IT12345678903_000A1.xml");
  });

  test("goes to the certified mailbox without a code, to a consumer by seven zeros, abroad by seven X", () => {
    const at = (changes: Partial<EInvoice>) => {
      const bytes = buildInvoice({ ...invoice, ...changes });
      expectWhole(bytes);
      return readXml(bytes, xmlLimits.invoiceBytesMax);
    };
    const sent = (root: ReturnType<typeof at>, name: string) =>
      textAt(root, "FatturaElettronicaHeader", "DatiTrasmissione", name);
    const mailed = at({ recipientCode: null });
    expect([sent(mailed, "CodiceDestinatario"), sent(mailed, "PECDestinatario")]).toEqual([
      "0000000",
      "rossi@pec.example",
    ]);
    const person = { ...customer, vatNumber: null, taxCode: "RSSMRA80A01H501U" };
    const consumer = at({ customer: person, recipientCode: null, certifiedMail: null });
    expect([sent(consumer, "CodiceDestinatario"), sent(consumer, "PECDestinatario")]).toEqual(["0000000", null]);
    const abroad = { ...customer, country: "DE", vatNumber: "123456789", postalCode: "10115", city: "Berlin" };
    expect(sent(at({ customer: abroad }), "CodiceDestinatario")).toBe("XXXXXXX");
    const stranger = at({ customer: { ...abroad, vatNumber: null } });
    const party = find(stranger, "FatturaElettronicaHeader", "CessionarioCommittente");
    expect(party && textAt(party, "DatiAnagrafici", "IdFiscaleIVA", "IdCodice")).toBe("0000000");
    expect(party && textAt(party, "Sede", "CAP")).toBe("00000");
  });

  test("of a credit note names what it credits; reverse charge says why, and bears stamp duty above 77.47", () => {
    const credit = buildInvoice({
      ...invoice,
      type: "TD04",
      payment: null,
      credits: { number: "CF-2026-1", date: "2026-12-01" },
    });
    expectWhole(credit);
    const zero = (netCents: bigint) => {
      const [line] = invoice.lines;
      if (!line) throw new Error("no line");
      const priceMicros = netCents * 10_000n;
      return buildInvoice({
        ...invoice,
        lines: [{ ...line, quantity: 1n, priceMicros, netCents, basisPoints: 0n, nature: "N2.1" }],
        summaries: [
          { basisPoints: 0n, nature: "N2.1", netCents, vatCents: 0n, legalReference: "art. 7-ter D.P.R. 633/72" },
        ],
        totalCents: netCents,
      });
    };
    const hasStamp = (bytes: Uint8Array) => new TextDecoder().decode(bytes).includes("BolloVirtuale");
    expectWhole(zero(7_747n));
    expectWhole(zero(7_748n));
    expect([hasStamp(zero(7_747n)), hasStamp(zero(7_748n))]).toEqual([false, true]);
  });

  test("of any customer's name, address and amounts stays inside the format", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 120 }),
        fc.string({ unit: "binary", maxLength: 120 }),
        fc.bigInt({ min: -5_000n, max: 5_000n }).filter((quantity) => quantity !== 0n),
        fc.bigInt({ min: 0n, max: 10n ** 9n }),
        (name, address, quantity, priceMicros) => {
          const [line] = invoice.lines;
          if (!line) throw new Error("no line");
          const exact = quantity * priceMicros;
          const netCents = (exact < 0n ? -1n : 1n) * (((exact < 0n ? -exact : exact) + 5_000n) / 10_000n);
          const bytes = buildInvoice({
            ...invoice,
            customer: { ...customer, name, address },
            lines: [
              {
                ...line,
                description: name,
                unitName: name,
                quantity,
                priceMicros,
                netCents,
                basisPoints: 0n,
                nature: "N2.1",
              },
            ],
            summaries: [{ basisPoints: 0n, nature: "N2.1", netCents, vatCents: 0n, legalReference: null }],
            totalCents: netCents,
          });
          expectWhole(bytes);
        },
      ),
      { numRuns: 40 },
    );
  });

  const broken: readonly [string, (xml: string) => string, string][] = [
    ["an element missing", (xml) => xml.replace(/\s*<Divisa>EUR<\/Divisa>/, ""), "Divisa"],
    [
      "two elements swapped",
      (xml) => xml.replace(/(<Divisa>EUR<\/Divisa>)(\s*)(<Data>[^<]*<\/Data>)/, "$3$2$1"),
      "Divisa",
    ],
    ["a wrong sum", (xml) => xml.replace("<Imposta>0.43<", "<Imposta>0.63<"), "Imposta"],
    ["a wrong total of a line", (xml) => xml.replaceAll(">1.97<", ">2.97<"), "PrezzoTotale"],
    ["a rate of zero without its reason", (xml) => xml.replaceAll(">22.00<", ">0.00<"), "Natura"],
    ["a comma for a dot", (xml) => xml.replace("<Quantita>720.00", "<Quantita>720,00"), "Quantita"],
    [
      "a block of another format",
      (xml) => xml.replace("<DatiBeniServizi>", "<DatiTrasporto/><DatiBeniServizi>"),
      "DatiTrasporto",
    ],
    ["another namespace", (xml) => xml.replace("fatture/v1.2", "fatture/v9"), "FatturaElettronica"],
    [
      "a customer without any number",
      (xml) => xml.replace(/(Committente>\s*<DatiAnagrafici>)\s*<IdFiscaleIVA>[\s\S]*?<\/IdFiscaleIVA>/, "$1"),
      "CessionarioCommittente",
    ],
    ["an accent where the type has none", (xml) => xml.replace(">ore<", ">unità<"), "UnitaMisura"],
    ["an accent in its number", (xml) => xml.replace(">CF-2026-1<", ">Cò-1<"), "Numero"],
    ["a day that no month has", (xml) => xml.replace(">2026-11-30<", ">2026-11-31<"), "DataFinePeriodo"],
    ["a date before 1970", (xml) => xml.replace("<Data>2026-12-01", "<Data>1969-12-31"), "Data"],
    ["a rate above a hundred", (xml) => xml.replaceAll(">22.00<", ">122.00<"), "AliquotaIVA"],
    ["a tax regime that was abolished", (xml) => xml.replace(">RF01<", ">RF03<"), "RegimeFiscale"],
    ["a party without a name", (xml) => xml.replace(/<Denominazione>[^<]*<\/Denominazione>/, ""), "Anagrafica"],
    [
      "a party that is a firm and a person",
      (xml) => xml.replace("</Denominazione>", "</Denominazione><Nome>Ada</Nome><Cognome>Rossi</Cognome>"),
      "Anagrafica",
    ],
    ["half a person", (xml) => xml.replace(/<Denominazione>[^<]*<\/Denominazione>/, "<Nome>Ada</Nome>"), "Anagrafica"],
    ["a mailbox of two domains", (xml) => xml.replace("@pec.example", "@pec@example"), "PECDestinatario"],
    [
      "a telephone of four figures",
      (xml) =>
        xml.replace(
          "</Sede>\n    </CedentePrestatore>",
          "</Sede><Contatti><Telefono>1234</Telefono></Contatti></CedentePrestatore>",
        ),
      "Telefono",
    ],
    [
      "a reference to line zero",
      (xml) =>
        xml.replace(
          "</DatiGeneraliDocumento>",
          "</DatiGeneraliDocumento><DatiFattureCollegate><RiferimentoNumeroLinea>0</RiferimentoNumeroLinea><IdDocumento>1</IdDocumento></DatiFattureCollegate>",
        ),
      "RiferimentoNumeroLinea",
    ],
  ];
  // Sums, and what hangs on another element, are SdI's to say.
  const beyondTheSchema = [
    "a wrong sum",
    "a wrong total of a line",
    "a rate of zero without its reason",
    "a customer without any number",
  ];
  const harmed = new Map<string, Uint8Array>();
  test.each(broken)("with %s is found out", (what, damage, element) => {
    // A PEC is written where no code is.
    const plain = buildInvoice(what.startsWith("a mailbox") ? { ...invoice, recipientCode: null } : invoice);
    const xml = new TextDecoder().decode(plain);
    const damaged = damage(xml);
    expect(damaged).not.toBe(xml);
    harmed.set(what, utf8(damaged));
    const findings = validateInvoice(utf8(damaged));
    expect(findings.map((finding) => finding.path).join(" ")).toContain(element);
  });

  test("is valid by the official schema in all of the above, and each harmed one is not", async () => {
    expect(whole.length).toBeGreaterThan(40);
    const found = await schemaFindings([...whole, ...harmed.values()]);
    expect(found.slice(0, whole.length).flat()).toEqual([]);
    const passed = [...harmed.keys()].filter((_what, index) => found[whole.length + index]?.length === 0);
    expect(passed).toEqual(beyondTheSchema);
  });
});

describe("R46: receipts of SdI", () => {
  const receipt = (root: string, more = "") =>
    utf8(`<?xml version="1.0"?><ns:${root} xmlns:ns="http://www.fatturapa.gov.it/sdi/messaggi/v1.0" versione="1.0">
      <IdentificativoSdI>12345</IdentificativoSdI><NomeFile>IT12345678903_000A1.xml</NomeFile>
      <DataOraRicezione>2026-12-01T10:00:00+01:00</DataOraRicezione>${more}<MessageId>7</MessageId></ns:${root}>`);

  test("say delivered, rejected with reasons, or not deliverable", () => {
    expect(readReceipt(receipt("RicevutaConsegna"))).toMatchObject({
      kind: "delivered",
      sdiId: "12345",
      fileName: "IT12345678903_000A1.xml",
      atMs: Date.parse("2026-12-01T09:00:00Z"),
    });
    const list =
      "<ListaErrori><Errore><Codice>00423</Codice><Descrizione>PrezzoTotale</Descrizione></Errore></ListaErrori>";
    expect(readReceipt(receipt("NotificaScarto", list))).toMatchObject({
      kind: "rejected",
      errors: [{ code: "00423", description: "PrezzoTotale" }],
    });
    expect(readReceipt(receipt("NotificaMancataConsegna")).kind).toBe("undeliverable");
    expect(() => readReceipt(receipt("NotificaEsito"))).toThrow(expect.objectContaining({ code: "fatturapa.receipt" }));
  });

  const body = "<a><b>x</b></a>";
  test.each([
    ["a document type", `<!DOCTYPE a [<!ENTITY x "y">]>${body}`],
    ["an external entity", `<!DOCTYPE a SYSTEM "file:///etc/passwd">${body}`],
    ["an entity of its own", "<a>&bomb;</a>"],
    ["a bomb of nesting", "<a>".repeat(5_000) + "</a>".repeat(5_000)],
    ["two roots", "<a/><b/>"],
    ["something cut off", "<a><b>"],
    ["nothing", ""],
  ])("check 34: %s is refused without being followed", (_what, xml) => {
    expect(() => readReceipt(utf8(xml))).toThrow(expect.objectContaining({ code: "fatturapa.xml" }));
  });

  test("check 34: a file beyond the limit is not even parsed; any bytes end in a failure, never a crash", () => {
    expect(() => readReceipt(new Uint8Array(xmlLimits.receiptBytesMax + 1))).toThrow(
      expect.objectContaining({ code: "fatturapa.too_large" }),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string().map((s) => `<a>${s}</a>`),
        ),
        (text) => {
          try {
            readReceipt(utf8(text));
          } catch (error) {
            expect(error).toMatchObject({ name: "Failure" });
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

test("text keeps to Latin-1 and is never empty", () => {
  expect(latinText("Łódź – 5 €\n«Ufficio» 漢", 80)).toBe("Lódz - 5 EUR «Ufficio» ?");
  expect([latinText("  ", 10), latinText("abcdef", 3)]).toEqual(["-", "abc"]);
  expect([basicText("unità «à»", 10), basicText(" ", 10), basicText("漢", 10)]).toEqual(["unita ?a?", "-", "?"]);
});
