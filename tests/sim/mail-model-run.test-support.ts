import { Product } from "../support/product.ts";
import { SimRandom } from "../support/seed.test-support.ts";
import { until } from "../support/until.test-support.ts";
import { killAndRevive, type Victim } from "./kills.test-support.ts";
import {
  type Folder,
  folders,
  ImapClient,
  JmapClient,
  type ModelMessage,
  Pop3Client,
  type Shown,
} from "./mail-model-clients.test-support.ts";

export interface MailModelReport {
  readonly findings: readonly string[];
  readonly steps: number;
  readonly victims: readonly Victim[];
  /** What was cut in its middle, and had happened all the same. */
  readonly cutButDone: number;
}

/** One act of one client, and what all must show when it is done. */
interface Act {
  readonly name: string;
  readonly after: Shown;
  run(): Promise<void>;
}

const stepsBetweenKills = 15;
const messagesMax = 25;

/**
 * One account used over IMAP (twice), POP3 and JMAP by turns, and after each act what one of them shows against a model. Every
 * few acts something is killed while one is under way: it was done or it was not, and nothing else. `goesOn` is asked before
 * each step.
 */
export async function runMailModel(
  seed: number,
  goesOn: (step: number) => boolean,
  say: (line: string) => void,
): Promise<MailModelReport> {
  const random = new SimRandom(seed);
  const product = await Product.prepare();
  const findings: string[] = [];
  const victims: Victim[] = [];
  let [steps, cutButDone, number, quietSince] = [0, 0, 0, 0];
  let model: Shown = new Map();
  try {
    await product.start();
    const imap = [new ImapClient(product), new ImapClient(product)] as const;
    const clients = { imap, pop3: new Pop3Client(product), jmap: new JmapClient(product) };
    const truth = () =>
      until("an answer after a kill", () => clients.jmap.shown().catch(() => null), { withinMs: 60_000, everyMs: 250 });
    await imap[0].makeFolder();
    for (; goesOn(steps) && findings.length < 5; steps++) {
      const act = chooseAct(random, model, clients, () => String(++number));
      const isCut = steps % stepsBetweenKills === stepsBetweenKills - 1;
      const outcome = act.run().then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (isCut) {
        const victim = random.pick(["server", "database", "backend"] as const);
        victims.push(victim);
        findings.push(...(await killAndRevive(product, victim, random)));
        for (const one of [...imap, clients.jmap]) one.hangUp();
        quietSince = steps;
        say(`step ${steps}: killed the ${victim} during ${act.name}`);
      }
      const trouble = await outcome;
      if (trouble === null && !isCut) model = act.after;
      else {
        if (!isCut && steps - quietSince > 2) findings.push(`step ${steps}: ${act.name} failed: ${trouble}`);
        const shown = await truth();
        const isDone = differences(shown, act.after).length === 0;
        if (isDone && trouble !== null) cutButDone++;
        if (isDone) model = act.after;
        else if (trouble === null || differences(shown, model).length > 0)
          findings.push(`step ${steps}: after ${act.name}, cut (${trouble}): ${differences(shown, model).join("; ")}`);
      }
      if (steps - quietSince <= 2) continue;
      const seen = await look(random, model, clients).catch((error: unknown) => [String(error)]);
      findings.push(...seen.map((one) => `step ${steps}, after ${act.name}: ${one}`));
    }
    findings.push(...differences(await truth(), model), ...clients.jmap.hidden, ...(await product.findings()));
    for (const one of imap) one.hangUp();
    return { findings, steps, victims, cutButDone };
  } catch (error) {
    say(product.output.slice(-4_000));
    throw error;
  } finally {
    await product.dispose();
  }
}

interface Clients {
  readonly imap: readonly [ImapClient, ImapClient];
  readonly pop3: Pop3Client;
  readonly jmap: JmapClient;
}

function chooseAct(random: SimRandom, model: Shown, clients: Clients, nextId: () => string): Act {
  const imap = random.pick(clients.imap);
  const known = [...model];
  const [first, ...rest] = known;
  const after = (id: string, message: ModelMessage | null): Shown => {
    const next = new Map(model);
    if (message === null) next.delete(id);
    else next.set(id, message);
    return next;
  };
  const folder = random.pick(folders);
  if (first === undefined || known.length < 3 || (known.length < messagesMax && random.between(0, 3) === 0)) {
    const id = nextId();
    const message = { folder, isSeen: random.between(0, 1) === 1, isFlagged: random.between(0, 1) === 1 };
    return { name: `APPEND ${id} to ${folder}`, after: after(id, message), run: () => imap.append(id, message) };
  }
  const [id, message] = random.pick([first, ...rest]);
  const other: Folder = message.folder === "INBOX" ? "Soak" : "INBOX";
  const acts: [Act, ...Act[]] = [
    {
      name: `STORE ${id} \\Seen`,
      after: after(id, { ...message, isSeen: !message.isSeen }),
      run: () => imap.flag(id, message.folder, "\\Seen", !message.isSeen),
    },
    {
      name: `MOVE ${id} to ${other}`,
      after: after(id, { ...message, folder: other }),
      run: () => imap.move(id, message.folder, other),
    },
    { name: `EXPUNGE ${id}`, after: after(id, null), run: () => imap.remove(id, message.folder) },
    {
      name: `Email/set ${id} $flagged`,
      after: after(id, { ...message, isFlagged: !message.isFlagged }),
      run: () => clients.jmap.keyword(id, "$flagged", !message.isFlagged),
    },
    {
      name: `Email/set ${id} in ${other}`,
      after: after(id, { ...message, folder: other }),
      run: () => clients.jmap.move(id, other),
    },
    { name: `Email/set destroys ${id}`, after: after(id, null), run: () => clients.jmap.remove(id) },
  ];
  if (message.folder === "INBOX")
    acts.push({ name: `DELE ${id}`, after: after(id, null), run: () => clients.pop3.remove(id) });
  return random.pick(acts);
}

/** What one client shows that the model does not, or the other way round. */
async function look(random: SimRandom, model: Shown, { imap, pop3, jmap }: Clients): Promise<readonly string[]> {
  const inFolder = (folder: Folder) => new Map([...model].filter(([, message]) => message.folder === folder));
  const which = random.between(0, 3);
  if (which === 3) return differences(await jmap.shown(), model).map((one) => `JMAP: ${one}`);
  if (which < 2) {
    const folder = random.pick(folders);
    const shown = await (imap[which] ?? imap[0]).shown(folder);
    return differences(shown, inFolder(folder)).map((one) => `IMAP ${which}, ${folder}: ${one}`);
  }
  const [shown, wanted] = [[...(await pop3.shown())].sort().join(), [...inFolder("INBOX").keys()].sort().join()];
  return shown === wanted ? [] : [`POP3: shows ${shown}, not ${wanted}`];
}

const textOf = (message: ModelMessage | undefined): string =>
  message ? `${message.folder}${message.isSeen ? " read" : ""}${message.isFlagged ? " starred" : ""}` : "nowhere";

function differences(shown: Shown, wanted: Shown): readonly string[] {
  return [...new Set([...shown.keys(), ...wanted.keys()])].flatMap((id) => {
    const [is, was] = [textOf(shown.get(id)), textOf(wanted.get(id))];
    return is === was ? [] : [`${id} is ${is}, not ${was}`];
  });
}
