import type { Backend } from "@casaforte/jmap";
import { type PrincipalId, parseId } from "@casaforte/kernel";
import { listSenderAddresses } from "@casaforte/modules/domains";
import {
  type JmapServices,
  jmapBackend,
  jmapJobHandlers,
  MailboxListings,
  registerJmapRoutes,
  vapidKey,
} from "@casaforte/modules/mailbox";
import { listOutcomes, type OutgoingId, submitMessage } from "@casaforte/modules/mailflow";
import { vacationStore } from "@casaforte/modules/sieve";
import { createFace } from "@casaforte/platform/http";
import { startWorker } from "@casaforte/platform/jobs";
import type { TestAccount } from "../../modules/mailflow/src/mailflow-testbed.ts";
import type { MailFaultsBed } from "./mail-faults-bed.test-support.ts";
import type { FaultedLife, FaultScript, Judging } from "./mail-faults-run.test-support.ts";
import { answerMsMax, Silence } from "./mail-wire.test-support.ts";

/** Like webmail: the mail flow behind its submissions, and push subscriptions. */
function jmapServices({ edge, bed }: MailFaultsBed): JmapServices {
  return {
    ...edge,
    jobs: bed.services.jobs,
    listings: new MailboxListings(),
    pushKey: vapidKey(new Uint8Array(32).fill(9), "mailto:help@provider.test"),
    senderAddresses: async (tx, accountId) =>
      (await listSenderAddresses(tx, accountId)).map(({ address, right }) => ({
        address,
        isOnBehalf: right === "on_behalf",
      })),
    outcomes: (tx, ids) =>
      listOutcomes(
        tx,
        ids.map((id) => parseId<OutgoingId>(id)),
      ),
    vacations: vacationStore(edge),
    async submit({ id, tenantId, mailAccountId, ...mail }) {
      const user = { tenantId, mailAccountId, principalId: parseId<PrincipalId>(mailAccountId) };
      await submitMessage(bed.services, { ...mail, id: parseId<OutgoingId>(id), user, isOverSmtp: false });
    },
  };
}

function openBackend(services: JmapServices, { tenantId, id }: TestAccount): Promise<Backend> {
  const principalId = id as string as PrincipalId;
  const actor = { kind: "mail_account", tenantId, mailAccountId: id, principalId, ip: "192.0.2.1" } as const;
  return jmapBackend(services, actor, id);
}

const using = ["core", "mail", "submission", "vacationresponse", "quota", "blob"].map(
  (name) => `urn:ietf:params:jmap:${name}`,
);

type Fields = Record<string, unknown>;

const heldMs = 10_000;

interface Reply {
  readonly isOk: boolean;
  readonly fields: Fields;
}

const nothing: Reply = { isOk: false, fields: {} };

/** Of what was made. */
const idOf = ({ fields }: Reply, key: string): string | undefined =>
  (fields["created"] as Record<string, Fields> | null | undefined)?.[key]?.["id"] as string | undefined;

const text = (subject: string, from: string, to: string, lines: number): string =>
  `From: <${from}>\r\nTo: <${to}>\r\nSubject: ${subject}\r\nMessage-ID: <${subject}.${from}>\r\n\r\n${`${"x".repeat(74)}\r\n`.repeat(lines)}END ${subject}\r\n`;
const largeLines = 8_000;

class JmapLife implements FaultedLife {
  readonly unexpected: string[] = [];
  // A body whose rest cannot be read ends; whatever else is asked is answered.
  readonly temporary = /^(?:serverUnavailable:|503 |cut: .* to (?:\/jmap\/download\/|events))/;
  readonly following = /^(?:notFound|invalidProperties): .* to EmailSubmission\/set/;
  readonly #office: MailFaultsBed;
  /** Sends what was held back for long enough. */
  readonly #sendHeld: () => Promise<void>;
  readonly #base: string;
  readonly #me: TestAccount;
  readonly #other: TestAccount;
  readonly #told = new Map<string, boolean>();

  constructor(office: MailFaultsBed, sendHeld: () => Promise<void>, base: string, me: TestAccount, other: TestAccount) {
    this.#office = office;
    this.#sendHeld = sendHeld;
    this.#base = base;
    this.#me = me;
    this.#other = other;
  }

  async run(): Promise<void> {
    const { address } = this.#me;
    await this.#http("GET", "/jmap/session");
    const boxes = await this.#call("Mailbox/get", {});
    const boxOf = (role: string) =>
      ((boxes.fields["list"] ?? []) as Fields[]).find((box) => box["role"] === role)?.["id"] as string | undefined;
    const [inbox, drafts, sentBox] = [boxOf("inbox"), boxOf("drafts"), boxOf("sent")];
    // Who does not know the mailboxes has nowhere to write to.
    if (inbox === undefined || drafts === undefined || sentBox === undefined) return;
    const made = await this.#act("box", "Mailbox/set", { create: { k: { name: "Made" } } });
    const box = idOf(made, "k");
    if (box !== undefined) await this.#act("renamed", "Mailbox/set", { update: { [box]: { name: "Named" } } });
    for (const [name, args] of [
      ["Mailbox/query", {}],
      ["Identity/get", {}],
      ["Quota/get", {}],
      ["VacationResponse/get", {}],
      ["PushSubscription/get", null],
      ["Email/query", { filter: { text: "x" }, calculateTotal: true }],
    ] as const)
      await this.#call(name, args);
    await this.#call(
      "PushSubscription/set",
      { create: { p: { deviceClientId: "d", url: "https://push.example.com/x" } } },
      false,
    );
    await this.#act("away", "VacationResponse/set", { update: { singleton: { isEnabled: true, textBody: "away" } } });
    for (const [name, lines] of [
      ["small", 1],
      ["large", largeLines],
    ] as const) {
      const blobId = await this.#upload(text(name, address, this.#other.address, lines));
      if (blobId === null) continue;
      const emails = { e: { blobId, mailboxIds: { [inbox]: true } } };
      await this.#act(name, "Email/import", { emails });
      await this.#http("GET", `/jmap/download/${this.#me.id}/${blobId}/a`);
      await this.#call("Email/parse", { blobIds: [blobId], fetchTextBodyValues: true });
    }
    const draft = (subject: string) => ({
      mailboxIds: { [drafts]: true },
      keywords: { $draft: true, $seen: true },
      subject,
      from: [{ email: address }],
      to: [{ email: this.#other.address }],
      textBody: [{ partId: "t", type: "text/plain" }],
      bodyValues: { t: { value: `x\nEND ${subject}\n` } },
    });
    const emailId = idOf(await this.#act("draft", "Email/set", { create: { d: draft("draft") } }), "d");
    if (emailId !== undefined) {
      await this.#act("sent", "EmailSubmission/set", { create: { s: { emailId, identityId: address } } });
      await this.#act("flagged", "Email/set", { update: { [emailId]: { "keywords/$flagged": true } } });
      await this.#call("Email/get", { ids: [emailId], fetchAllBodyValues: true });
      await this.#call("EmailSubmission/get", {});
    }
    const kept = idOf(await this.#act("kept", "Email/set", { create: { d: draft("held") } }), "d");
    if (kept !== undefined) await this.#sendAsWebmail(draft("held"), kept, drafts, sentBox);
    const first = await this.#call("Email/query", {});
    const ids = (first.fields["ids"] ?? []) as string[];
    await this.#call("Email/get", { ids, properties: ["subject", "preview", "bodyValues"], fetchTextBodyValues: true });
    await this.#call("Email/changes", { sinceState: String(boxes.fields["state"] ?? "0") });
    await this.#call("Thread/get", { ids: [] });
    await this.#call("SearchSnippet/get", { emailIds: ids, filter: { text: "small" } });
    await this.#call("Blob/upload", { create: { b: { data: [{ "data:asText": "x" }] } } });
    if (box !== undefined) await this.#act("unboxed", "Mailbox/set", { destroy: [box] });
    await this.#events();
  }

  async judge({ mayBeDone }: Judging): Promise<readonly string[]> {
    const findings: string[] = [];
    const before = this.unexpected.length;
    await this.#sendHeld();
    await this.#office.bed.drain();
    const got = await this.#call("Email/query", {});
    const ids = (got.fields["ids"] ?? []) as string[];
    const mails = await this.#call("Email/get", { ids, properties: ["subject", "keywords"] });
    const boxes = await this.#call("Mailbox/get", {});
    await this.#act("again", "Mailbox/set", { create: { again: { name: "Again" } } });
    await this.#events();
    for (const trouble of this.unexpected.splice(before)) findings.push(`a second session was answered ${trouble}`);
    const list = (mails.fields["list"] ?? []) as Fields[];
    const count = (subject: string) => list.filter((mail) => mail["subject"] === subject).length;
    const want = (act: string, what: string, value: number, done: number, undone: number) => {
      const told = this.#told.get(act);
      const good = told === true ? [done] : told === false && mayBeDone(act) ? [done, undone] : [undone];
      if (!good.includes(value)) findings.push(`${act} was ${told}, and ${what} is there ${value} times`);
    };
    for (const subject of ["small", "large", "draft"]) want(subject, subject, count(subject), 1, 0);
    const arrived = await this.#office.bed.messages(this.#other);
    for (const [act, subject] of [
      ["sent", "draft"],
      ["held", "held"],
    ] as const)
      want(
        act,
        `what was ${act}`,
        arrived.filter(({ raw }) => raw.includes(`\r\nSubject: ${subject}\r\n`)).length,
        1,
        0,
      );
    const [kept, cleared] = [this.#told.get("kept"), this.#told.get("cleared")];
    if (kept === true && count("held") === 0) findings.push("the message that was to be sent is lost");
    if (cleared === true && count("held") !== 1) findings.push(`of the message sent there are ${count("held")}`);
    const flagged = list.filter((mail) => (mail["keywords"] as Fields | undefined)?.["$flagged"] === true);
    want("flagged", "the flag", flagged.length, 1, 0);
    const names = ((boxes.fields["list"] ?? []) as Fields[]).map((box) => box["name"]);
    const there = names.filter((name) => name === "Made" || name === "Named").length;
    if (there > 1) findings.push("the mailbox is there twice");
    if (this.#told.get("box") === true) want("unboxed", "the mailbox", there, 0, 1);
    for (const { raw } of await this.#office.bed.messages(this.#me)) {
      const subject = /^Subject: (\S+)/m.exec(raw)?.[1] ?? "";
      if (!raw.trimEnd().endsWith(`END ${subject}`)) findings.push(`${subject} is not whole`);
    }
    return findings;
  }

  async #act(name: string, method: string, args: object): Promise<Reply> {
    const reply = await this.#office.plan.doing([name], () => this.#call(method, args));
    this.#told.set(name, reply.isOk);
    return reply;
  }

  /** As webmail does: a new message in place of the draft, held for a moment, moved when it is taken; then the draft goes. */
  async #sendAsWebmail(draft: object, oldId: string, drafts: string, sentBox: string): Promise<void> {
    const { address } = this.#me;
    const envelope = {
      mailFrom: { email: address, parameters: { HOLDFOR: String(heldMs / 1000) } },
      rcptTo: [{ email: this.#other.address, parameters: null }],
    };
    const moved = { [`mailboxIds/${drafts}`]: null, [`mailboxIds/${sentBox}`]: true, "keywords/$draft": null };
    const [made, submitted] = await this.#office.plan.doing(["held"], () =>
      this.#calls([
        ["Email/set", { create: { m: draft } }],
        [
          "EmailSubmission/set",
          {
            create: { s: { identityId: address, emailId: "#m", envelope } },
            onSuccessUpdateEmail: { "#s": moved },
          },
        ],
      ]),
    );
    const emailId = made && idOf(made, "m");
    const isSent = submitted !== undefined && idOf(submitted, "s") !== undefined;
    this.#told.set("held", isSent);
    const left = isSent ? oldId : emailId;
    if (left !== undefined) await this.#act("cleared", "Email/set", { destroy: [left] });
  }

  async #call(method: string, args: object | null, isOfAccount = true): Promise<Reply> {
    const [reply = nothing] = await this.#calls([[method, args]], isOfAccount);
    return reply;
  }

  /** The first answer to each call; none where the request was refused. */
  async #calls(calls: readonly (readonly [method: string, args: object | null])[], isOfAccount = true) {
    const methodCalls = calls.map(([method, args], at) => {
      const account = isOfAccount && args !== null ? { accountId: this.#me.id } : {};
      return [method, { ...account, ...args }, String(at)];
    });
    const asked = calls.map(([method]) => method).join(" and ");
    const answer = await this.#http(
      "POST",
      "/jmap/api",
      JSON.stringify({ using, methodCalls }),
      "application/json",
      asked,
    );
    const replies: Reply[] = [];
    if (answer === null) return replies;
    const { methodResponses } = JSON.parse(answer) as { methodResponses: [string, Fields, string][] };
    for (const [name, fields, at] of methodResponses) {
      const refusals = ["notCreated", "notUpdated", "notDestroyed"].flatMap((key) =>
        Object.values((fields[key] ?? {}) as Record<string, Fields>),
      );
      const [refusal] = name === "error" ? [fields] : refusals;
      if (refusal !== undefined)
        this.unexpected.push(`${refusal["type"]}: ${refusal["description"]} to ${calls[Number(at)]?.[0]}`);
      replies[Number(at)] ??= { isOk: refusal === undefined, fields };
    }
    return replies;
  }

  async #upload(content: string): Promise<string | null> {
    const answer = await this.#http("POST", `/jmap/upload/${this.#me.id}`, content, "message/rfc822");
    return answer === null ? null : (JSON.parse(answer) as { blobId: string }).blobId;
  }

  /** One event, and the end. */
  async #events(): Promise<void> {
    const answer = await this.#http("GET", "/jmap/events?types=*&closeafter=state&ping=0", undefined, "x", "events");
    if (answer !== null && !answer.includes("event: state")) this.unexpected.push("cut: no event to events");
  }

  /** The body; null where it was refused, or ended too soon. @throws Silence. */
  async #http(method: string, path: string, body?: string, type = "text/plain", asked = path): Promise<string | null> {
    try {
      const reply = await fetch(`${this.#base}${path}`, {
        method,
        headers: { "content-type": type, "x-account": this.#me.address, "last-event-id": "none", connection: "close" },
        signal: AbortSignal.timeout(answerMsMax),
        ...(body === undefined ? {} : { body }),
      });
      const answer = await reply.text();
      if (reply.ok) return answer;
      this.unexpected.push(`${reply.status} ${answer.slice(0, 200)} to ${asked}`);
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") throw new Silence(asked);
      this.unexpected.push(`cut: ${error} to ${asked}`);
    }
    return null;
  }
}

/** @see FaultScript; `close` ends its listener. */
export async function openJmapScript(office: MailFaultsBed): Promise<FaultScript & { close(): Promise<void> }> {
  const { clock, logger, services } = office.bed;
  const accounts = new Map<string, TestAccount>();
  const jmap = jmapServices(office);
  const worker = startWorker({ ...jmap, handlers: jmapJobHandlers(jmap) }, false);
  const sendHeld = async () => {
    await clock.advance(heldMs);
    await worker.drain();
  };
  const app = createFace({ name: "jmap", clock, logger, random: services.random, contentSecurityPolicy: "api" });
  registerJmapRoutes(app, {
    clock,
    logger,
    async backendFor(request) {
      const account = accounts.get(String(request.headers["x-account"]));
      if (account === undefined) throw new Error("no such account");
      return openBackend(jmap, account);
    },
  });
  const base = await app.listen({ host: "127.0.0.1", port: 0 });
  return {
    name: "JMAP",
    async prepare() {
      const [me, other] = [await office.newAccount(), await office.newAccount()];
      accounts.set(me.address, me);
      return new JmapLife(office, sendHeld, base, me, other);
    },
    async close() {
      await worker.stop();
      await app.close();
    },
  };
}
