import type { AskVat } from "@casaforte/modules/billing";

const service = "https://ec.europa.eu/taxation_customs/vies/rest-api";
const answerBytesMax = 64 * 1024;
const waitMs = 10_000;

/** Greece has letters of its own in VIES. */
const viesCountry = (country: string) => (country === "GR" ? "EL" : country);

/**
 * Asks the Commission's VIES over its REST interface. Only the number goes out, only to that host, and no redirect is
 * followed. Whatever is not a clear yes or no is `unavailable` (R47).
 */
export const askVies: AskVat = async (country, vatNumber, signal) => {
  try {
    const url = `${service}/ms/${encodeURIComponent(viesCountry(country))}/vat/${encodeURIComponent(vatNumber)}`;
    const reply = await fetch(url, {
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(waitMs)]),
    });
    const text = await reply.text();
    if (!reply.ok || text.length > answerBytesMax)
      return { outcome: "unavailable", evidence: { status: String(reply.status) } };
    return readViesAnswer(JSON.parse(text));
  } catch (error) {
    return { outcome: "unavailable", evidence: { error: error instanceof Error ? error.name : "unknown" } };
  }
};

/** A clear yes or no with its evidence, else that VIES was away. */
export function readViesAnswer(answer: unknown): Awaited<ReturnType<AskVat>> {
  if (typeof answer !== "object" || answer === null) return { outcome: "unavailable", evidence: {} };
  const fields = answer as Record<string, unknown>;
  const evidence: Record<string, string> = {};
  for (const name of ["requestDate", "requestIdentifier", "userError", "name", "address", "vatNumber"])
    if (typeof fields[name] === "string") evidence[name] = fields[name].slice(0, 500);
  if (fields["isValid"] === true && fields["userError"] === "VALID") return { outcome: "valid", evidence };
  if (fields["isValid"] === false && fields["userError"] === "INVALID") return { outcome: "invalid", evidence };
  return { outcome: "unavailable", evidence };
}
