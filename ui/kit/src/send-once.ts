/** Acts that make or charge something: a double click, or a second try after a lost answer, makes one (security.md, check 38). */
const acts: readonly RegExp[] = [
  /^\/api\/(orders|spaces|tickets|inspections|enrolments|exports|departure)$/,
  /^\/api\/services\/[^/]+\/changes$/,
  /^\/api\/tickets\/[^/]+\/answers$/,
  /^\/api\/inspections\/[^/]+\/acceptance$/,
  /^\/api\/departure\/services$/,
  // Operators'.
  /^\/api\/(desk\/tickets|desk\/notices|desk\/processors|departures|legal-requests|legal-holds|security-incidents)$/,
  /^\/api\/board\/late\/tickets$/,
  /^\/api\/desk\/tickets\/[^/]+\/[^/]+\/answers$/,
  /^\/api\/desk\/notices\/[^/]+\/updates$/,
  /^\/api\/billing\/invoices\/[^/]+\/[^/]+\/(payments|credit)$/,
  /^\/api\/enforcement\/violations(\/[^/]+\/[^/]+\/impose)?$/,
  /^\/api\/customer-audits\/[^/]+\/[^/]+\/quote$/,
  /^\/api\/catalogue\/(versions|prices|tax-rates|documents)$/,
  /^\/api\/inventory\/(hosts|addresses)$/,
];

/** POSTs that change nothing, so that an act whose answer was lost keeps its key over them. */
const readings: readonly RegExp[] = [
  /^\/api\/estimates$/,
  /^\/api\/policies\/preview$/,
  /^\/api\/desk\/notices\/preview$/,
];
export const isReading = (path: string): boolean => readings.some((reading) => reading.test(path));

/** How often an act whose first try still runs is asked for, and how long apart. */
const triesMax = 10;
const waitMs = 1_000;
const unansweredMax = 50;
/** Who tries the same again later than this means another act. */
const unansweredMs = 300_000;

/** Keys of acts that are not known to be done, by what was sent. */
const unanswered = new Map<string, { readonly key: string; readonly sinceMs: number }>();

/** The same body to the same place is the same act until it is known to be done. Null: it needs no key. */
export function keyOfAct(path: string, body: string, nowMs = Date.now()): string | null {
  if (!acts.some((act) => act.test(path))) return null;
  const act = `${path}\n${body}`;
  const known = unanswered.get(act);
  if (known !== undefined && nowMs >= known.sinceMs && nowMs - known.sinceMs < unansweredMs) return known.key;
  unanswered.delete(act);
  const key = crypto.randomUUID();
  if (unanswered.size >= unansweredMax) unanswered.delete(unanswered.keys().next().value ?? "");
  unanswered.set(act, { key, sinceMs: nowMs });
  return key;
}

/**
 * Done: the next act that looks the same is another one. What was refused left nothing behind, so its key serves again; one
 * that still runs may be done yet.
 */
export function noteAnswer(path: string, body: string, status: number): void {
  if (status >= 200 && status < 300) unanswered.delete(`${path}\n${body}`);
}

/** Something else was changed, perhaps taken back: what looks the same afterwards is meant anew. */
export function noteOtherAct(): void {
  unanswered.clear();
}

/** Sends under a key until the first try under it has ended, wherever that came from. */
export async function sendOnce(
  send: () => Promise<Response>,
  isRunning: (response: Response) => Promise<boolean>,
): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await send();
    if (response.status !== 409 || tries >= triesMax || !(await isRunning(response.clone()))) return response;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}
