/** Acts that make or charge something: a double click, or a second try after a lost answer, makes one (security.md, check 38). */
const acts: readonly RegExp[] = [
  /^\/api\/(orders|spaces|tickets|inspections|enrolments|exports|departure)$/,
  /^\/api\/services\/[^/]+\/changes$/,
  /^\/api\/tickets\/[^/]+\/answers$/,
  /^\/api\/inspections\/[^/]+\/acceptance$/,
  /^\/api\/departure\/services$/,
];

/** How often an act whose first try still runs is asked for, and how long apart. */
const triesMax = 10;
const waitMs = 1_000;
const unansweredMax = 50;

/** Keys of acts that no answer came to yet, by what was sent. */
const unanswered = new Map<string, string>();

/** The same body to the same place is the same act until an answer has come. Null: it needs no key. */
export function keyOfAct(path: string, body: string): string | null {
  if (!acts.some((act) => act.test(path))) return null;
  const act = `${path}\n${body}`;
  const known = unanswered.get(act);
  if (known !== undefined) return known;
  const key = crypto.randomUUID();
  if (unanswered.size >= unansweredMax) unanswered.delete(unanswered.keys().next().value ?? "");
  unanswered.set(act, key);
  return key;
}

/** An answer came: the next act that looks the same is another one. A server in trouble has said nothing. */
export function noteAnswer(path: string, body: string, status: number): void {
  if (status < 500) unanswered.delete(`${path}\n${body}`);
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
