import { divideHalfUp } from "@casaforte/kernel";
import { xmlLimits } from "./limits.ts";
import { find, readXml, textAt, type XmlElement } from "./read-xml.ts";
import { invoiceStructure, type Rule } from "./structure-table.ts";

export const invoiceNamespace = "http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2";

/** One way in which a file breaks the format; `path` names the element, `rule` what was expected. */
export interface InvoiceFinding {
  readonly path: string;
  readonly rule: string;
}

/**
 * Checks an e-invoice against the published structure (order, occurrences, value types) and against the sums that SdI
 * checks (errors 00400, 00401, 00421, 00422, 00423, 00429, 00430). An empty list: SdI has no reason of form to reject it.
 * @throws invalid `fatturapa.xml`.
 */
export function validateInvoice(bytes: Uint8Array): InvoiceFinding[] {
  const root = readXml(bytes, xmlLimits.invoiceBytesMax);
  const findings: InvoiceFinding[] = [];
  if (root.name !== invoiceStructure.name) return [{ path: root.name, rule: "the root is FatturaElettronica" }];
  if (!Object.entries(root.attributes).some(([name, value]) => name.startsWith("xmlns") && value === invoiceNamespace))
    findings.push({ path: root.name, rule: "the namespace of version 1.2" });
  if (root.attributes["versione"] !== "FPR12") findings.push({ path: root.name, rule: "versione FPR12" });
  checkElement(root, invoiceStructure, root.name, findings);
  if (findings.length === 0) checkMeaning(root, findings);
  return findings;
}

function checkElement(element: XmlElement, rule: Rule, path: string, findings: InvoiceFinding[]): void {
  if (rule.children === undefined) {
    if (element.children.length > 0) findings.push({ path, rule: "holds no elements" });
    else if (rule.pattern && !rule.pattern.test(element.text)) findings.push({ path, rule: rule.pattern.source });
    else if (rule.holds && !rule.holds(element.text)) findings.push({ path, rule: "a value that the type allows" });
    return;
  }
  if (rule.either) {
    const there = new Set(element.children.map(({ name }) => name));
    const whole = rule.either.filter((group) => group.every((name) => there.has(name)));
    const named = rule.either.flat().filter((name) => there.has(name));
    if (whole.length !== 1 || whole[0]?.length !== named.length)
      findings.push({ path, rule: `one of ${rule.either.map((group) => group.join(" and ")).join(", or ")}` });
  }
  let next = 0;
  for (const child of rule.children) {
    let count = 0;
    for (let found = element.children[next]; found?.name === child.name; found = element.children[next]) {
      count++;
      next++;
      if (count === 1 || child.many) checkElement(found, child, `${path}/${child.name}`, findings);
      else findings.push({ path: `${path}/${child.name}`, rule: "stands once" });
    }
    if (count < child.min) findings.push({ path: `${path}/${child.name}`, rule: "must stand here" });
  }
  const rest = element.children[next];
  if (rest) findings.push({ path: `${path}/${rest.name}`, rule: "does not belong here, or not in this order" });
}

/** Decimal text to an integer of that many decimals. */
function scaled(text: string | null, decimals: number): bigint {
  const [, sign = "", whole = "0", fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text ?? "") ?? [];
  const value = BigInt(whole + fraction.padEnd(decimals, "0").slice(0, decimals));
  return sign === "-" ? -value : value;
}

const magnitude = (value: bigint) => (value < 0n ? -value : value);

function checkMeaning(root: XmlElement, findings: InvoiceFinding[]): void {
  const goods = find(root, "FatturaElettronicaBody", "DatiBeniServizi");
  const lines = goods?.children.filter((child) => child.name === "DettaglioLinee") ?? [];
  const summaries = goods?.children.filter((child) => child.name === "DatiRiepilogo") ?? [];
  const net = new Map<string, bigint>();
  const groupOf = (element: XmlElement) => `${textAt(element, "AliquotaIVA")} ${textAt(element, "Natura") ?? ""}`;
  for (const line of lines) {
    const total = scaled(textAt(line, "PrezzoTotale"), 8);
    const quantity = textAt(line, "Quantita");
    const product = quantity === null ? null : scaled(quantity, 8) * scaled(textAt(line, "PrezzoUnitario"), 8);
    if (product !== null && magnitude(divideHalfUp(product, 10n ** 8n) - total) > 10n ** 6n)
      findings.push({ path: "DettaglioLinee/PrezzoTotale", rule: "00423: price times quantity" });
    net.set(groupOf(line), (net.get(groupOf(line)) ?? 0n) + total);
  }
  let sum = 0n;
  for (const summary of summaries) {
    const base = scaled(textAt(summary, "ImponibileImporto"), 2);
    const tax = scaled(textAt(summary, "Imposta"), 2);
    const rate = scaled(textAt(summary, "AliquotaIVA"), 2);
    if (magnitude(base * 10n ** 6n - (net.get(groupOf(summary)) ?? 0n)) > 10n ** 8n)
      findings.push({ path: "DatiRiepilogo/ImponibileImporto", rule: "00422: the sum of its lines" });
    if (magnitude(divideHalfUp(base * rate, 10_000n) - tax) > 1n)
      findings.push({ path: "DatiRiepilogo/Imposta", rule: "00421: the rate of its base" });
    sum += base + tax;
    net.delete(groupOf(summary));
  }
  if (net.size > 0) findings.push({ path: "DatiRiepilogo", rule: "00419: a summary for each rate" });
  for (const element of [...lines, ...summaries])
    if ((textAt(element, "AliquotaIVA") === "0.00") !== (find(element, "Natura") !== null))
      findings.push({
        path: `${element.name}/Natura`,
        rule: "00400, 00401, 00429, 00430: exactly where the rate is zero",
      });
  const stated = textAt(
    root,
    "FatturaElettronicaBody",
    "DatiGenerali",
    "DatiGeneraliDocumento",
    "ImportoTotaleDocumento",
  );
  if (stated !== null && scaled(stated, 2) !== sum)
    findings.push({ path: "ImportoTotaleDocumento", rule: "the sum of bases and taxes" });
  const customer = find(root, "FatturaElettronicaHeader", "CessionarioCommittente", "DatiAnagrafici");
  if (customer && !find(customer, "IdFiscaleIVA") && !find(customer, "CodiceFiscale"))
    findings.push({ path: "CessionarioCommittente/DatiAnagrafici", rule: "00417: a VAT number or a codice fiscale" });
}
