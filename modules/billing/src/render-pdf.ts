import { latinText } from "@casaforte/fatturapa";
import { assert, decimalOfCents, decimalOfMicros, romeIsoDate } from "@casaforte/kernel";
import type PDFDocument from "pdfkit";
import { type BankTransfer, transferCode, transferFor, transferSquares } from "./bank-transfer.ts";
import { type Invoice, type InvoiceParty, invoiceNumber } from "./invoice.ts";

type Language = "it" | "en";
type Pdf = InstanceType<typeof PDFDocument>;

const words = {
  it: {
    invoice: "Fattura",
    credit_note: "Nota di credito",
    date: "Data",
    due: "Scadenza",
    customer: "Cliente",
    vat: "Partita IVA",
    taxCode: "Codice fiscale",
    description: "Descrizione",
    period: "Periodo",
    quantity: "Quantità",
    price: "Prezzo",
    amount: "Importo",
    taxable: "Imponibile",
    tax: "IVA",
    total: "Totale",
    pay: "Per pagare con bonifico",
    payTo: "Beneficiario",
    reference: "Causale",
    scan: "Oppure inquadra il codice con l'app della tua banca.",
    credits: "Storna la fattura",
    page: "Pagina",
    copy: "Copia di cortesia: l'originale è la fattura elettronica trasmessa al Sistema di Interscambio.",
    rule: "Ore: dal momento dell'attivazione, ogni ora iniziata. Mesi: di calendario (Europe/Rome), ogni mese iniziato.",
  },
  en: {
    invoice: "Invoice",
    credit_note: "Credit note",
    date: "Date",
    due: "Due",
    customer: "Customer",
    vat: "VAT number",
    taxCode: "Tax code",
    description: "Description",
    period: "Period",
    quantity: "Quantity",
    price: "Price",
    amount: "Amount",
    taxable: "Taxable",
    tax: "VAT",
    total: "Total",
    pay: "To pay by bank transfer",
    payTo: "Payee",
    reference: "Reference",
    scan: "Or scan the code with your bank's app.",
    credits: "Credits invoice",
    page: "Page",
    copy: "Courtesy copy: the original is the electronic invoice sent to the Italian exchange system.",
    rule: "Hours: from activation, each started hour. Months: of the calendar (Europe/Rome), each started month.",
  },
} as const;

const left = 50;
const right = 545;
const bottom = 740;
const columns = { description: 50, period: 255, quantity: 345, price: 400, amount: 475 } as const;

/** `1.234,50 €`; `€1,234.50`. */
function money(cents: bigint, language: Language): string {
  const [whole = "", fraction = ""] = decimalOfCents(cents).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, language === "it" ? "." : ",");
  if (language === "it") return `${grouped},${fraction} €`;
  return grouped.startsWith("-") ? `-€${grouped.slice(1)}.${fraction}` : `€${grouped}.${fraction}`;
}

const localDecimal = (text: string, language: Language) => (language === "it" ? text.replace(".", ",") : text);
const localDate = (iso: string, language: Language) =>
  language === "it" ? iso.split("-").toReversed().join("/") : iso;

/** Loaded with the first invoice, or ahead of it: its fonts and codecs are two megabytes of program. */
export const loadPdfLibrary = async () => (await Promise.all([import("pdfkit"), import("qrcode")]))[0];

/** The courtesy copy in one language; the same invoice gives the same bytes. Pages break between lines. */
export async function renderPdf(invoice: Invoice, credited: Invoice | null, language: Language): Promise<Uint8Array> {
  const { seller, customer, issuedAt } = invoice;
  const number = invoiceNumber(invoice);
  assert(seller && customer && issuedAt && number, "only an issued invoice is printed");
  const text = words[language];
  const { default: PDFDocument } = await loadPdfLibrary();
  const pdf = new PDFDocument({
    size: "A4",
    margin: left,
    bufferPages: true,
    lang: language,
    info: { Title: `${text[invoice.kind]} ${number}`, Author: latinText(seller.name, 80), CreationDate: issuedAt },
  });
  const chunks: Buffer[] = [];
  pdf.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => pdf.on("end", () => resolve()));
  party(pdf, seller, text, left, 50);
  pdf.font("Helvetica-Bold").fontSize(18).text(`${text[invoice.kind]} ${number}`, left, 140);
  pdf.font("Helvetica").fontSize(10);
  pdf.text(`${text.date}: ${localDate(invoice.issuedOn ?? "", language)}`, left, 168);
  if (invoice.kind === "invoice") pdf.text(`${text.due}: ${localDate(invoice.dueOn ?? "", language)}`);
  if (credited !== null) pdf.text(`${text.credits} ${invoiceNumber(credited)}`);
  pdf.font("Helvetica-Bold").text(text.customer, 320, 50);
  party(pdf, customer, text, 320, 64);
  lines(pdf, invoice, language);
  totals(pdf, invoice, language);
  const transfer = transferFor(invoice, invoice.totalCents);
  if (transfer !== null) payment(pdf, transfer, await transferSquares(transferCode(transfer)), language);
  footers(pdf, invoice, language);
  pdf.end();
  await ended;
  return Buffer.concat(chunks);
}

function party(pdf: Pdf, who: InvoiceParty, text: (typeof words)[Language], x: number, y: number): void {
  pdf.font("Helvetica-Bold").fontSize(10).text(latinText(who.name, 80), x, y, { width: 225 });
  pdf.font("Helvetica").text(latinText(who.address, 60), { width: 225 });
  pdf.text(`${latinText(`${who.postalCode} ${who.city} ${who.province ?? ""}`, 80)}, ${who.country}`, { width: 225 });
  if (who.vatNumber !== null) pdf.text(`${text.vat}: ${who.country} ${latinText(who.vatNumber, 28)}`);
  if (who.taxCode !== null) pdf.text(`${text.taxCode}: ${latinText(who.taxCode, 28)}`);
}

function heading(pdf: Pdf, y: number, text: (typeof words)[Language]): number {
  pdf.font("Helvetica-Bold").fontSize(9);
  pdf.text(text.description, columns.description, y);
  pdf.text(text.period, columns.period, y);
  pdf.text(text.quantity, columns.quantity, y, { width: 45, align: "right" });
  pdf.text(text.price, columns.price, y, { width: 65, align: "right" });
  pdf.text(text.amount, columns.amount, y, { width: right - columns.amount, align: "right" });
  pdf
    .moveTo(left, y + 13)
    .lineTo(right, y + 13)
    .stroke();
  return y + 20;
}

function lines(pdf: Pdf, invoice: Invoice, language: Language): void {
  const text = words[language];
  let y = heading(pdf, 225, text);
  for (const line of invoice.lines) {
    const description = latinText(language === "it" ? line.descriptionIt : line.descriptionEn, 200);
    pdf.font("Helvetica").fontSize(9);
    const height = Math.max(24, pdf.heightOfString(description, { width: 195 }) + 6);
    if (y + height > bottom) {
      pdf.addPage();
      y = heading(pdf, 60, text);
      pdf.font("Helvetica").fontSize(9);
    }
    const from = localDate(romeIsoDate(line.from.getTime()), language);
    const until = localDate(romeIsoDate(line.until.getTime() - 1), language);
    pdf.text(description, columns.description, y, { width: 195 });
    pdf.text(`${from}\n${until}`, columns.period, y, { width: 85 });
    pdf.text(String(line.quantity), columns.quantity, y, { width: 45, align: "right" });
    pdf.text(localDecimal(decimalOfMicros(line.priceMicros), language), columns.price, y, {
      width: 65,
      align: "right",
    });
    pdf.text(money(line.netCents, language), columns.amount, y, { width: right - columns.amount, align: "right" });
    y += height;
  }
  pdf.y = y;
}

function totals(pdf: Pdf, invoice: Invoice, language: Language): void {
  const text = words[language];
  if (pdf.y > bottom - 110) {
    pdf.addPage();
    pdf.y = 60;
  }
  let y = pdf.y + 10;
  const row = (label: string, amount: string) => {
    pdf.text(label, 255, y, { width: 210, align: "right" });
    pdf.text(amount, columns.amount, y, { width: right - columns.amount, align: "right" });
    y += 15;
  };
  pdf.font("Helvetica").fontSize(10);
  row(text.taxable, money(invoice.netCents, language));
  for (const vat of invoice.vat) {
    const rate = localDecimal(decimalOfCents(vat.basisPoints), language);
    row(`${text.tax} ${rate} %${vat.nature === null ? "" : ` (${vat.nature})`}`, money(vat.vatCents, language));
  }
  pdf.font("Helvetica-Bold");
  row(text.total, money(invoice.totalCents, language));
  pdf.font("Helvetica").fontSize(9);
  for (const vat of invoice.vat) {
    const legal = language === "it" ? vat.legalIt : vat.legalEn;
    if (legal === null) continue;
    y += 6;
    pdf.text(legal, left, y, { width: right - left });
  }
  pdf.y = y;
}

/** Points of a side of the code: 85 are 3 cm, with its quiet zone beside it. */
const codeSide = 85;

/** How to pay: in words, and as the code that banks' programs read (EPC069-12). */
function payment(pdf: Pdf, transfer: BankTransfer, squares: readonly (readonly boolean[])[], language: Language): void {
  const text = words[language];
  if (pdf.y + 20 + codeSide > 765) {
    pdf.addPage();
    pdf.y = 60;
  }
  const top = pdf.y + 20;
  const side = codeSide / squares.length;
  for (const [row, line] of squares.entries())
    for (const [column, isDark] of line.entries())
      if (isDark) pdf.rect(left + column * side, top + row * side, side, side);
  pdf.fill("black");
  const x = left + codeSide + 20;
  pdf.font("Helvetica-Bold").fontSize(9).text(text.pay, x, top);
  pdf.font("Helvetica");
  pdf.text(`${text.payTo}: ${transfer.beneficiary}`, x, top + 16, { width: right - x });
  pdf.text(`IBAN: ${transfer.iban.replace(/.{4}(?=.)/g, "$& ")}`, x, top + 30);
  pdf.text(`${text.amount}: ${money(transfer.cents, language)}`, x, top + 44);
  pdf.text(`${text.reference}: ${transfer.reference}`, x, top + 58);
  pdf.text(text.scan, x, top + 72);
}

function footers(pdf: Pdf, invoice: Invoice, language: Language): void {
  const text = words[language];
  const { count } = pdf.bufferedPageRange();
  for (let page = 0; page < count; page++) {
    pdf.switchToPage(page);
    // Text below the margin would open a page by itself.
    pdf.page.margins.bottom = 0;
    pdf.font("Helvetica").fontSize(7.5);
    pdf.text(text.rule, left, 775, { width: 420, lineBreak: false });
    if (invoice.vatTreatment !== "oss") pdf.text(text.copy, left, 786, { width: 420, lineBreak: false });
    pdf.text(`${text.page} ${page + 1} / ${count}`, 470, 786, { width: right - 470, align: "right", lineBreak: false });
  }
}
