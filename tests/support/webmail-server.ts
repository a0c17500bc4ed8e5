import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { signInSchema } from "@casaforte/contract/auth";
import { type FiltersReply, saveFiltersSchema } from "@casaforte/contract/filters";
import { type DeletedMessagesReply, recoverMessagesSchema } from "@casaforte/contract/recover";
import { MemoryAccount, MemoryBackend, MemoryPush } from "@casaforte/jmap/memory";
import { type Clock, Failure, utf8 } from "@casaforte/kernel";
import { composeDraft, registerJmapRoutes } from "@casaforte/modules/mailbox";
import { createFace, serveWebApp } from "@casaforte/platform/http";
import { formatRules, parseRules, type Rule } from "@casaforte/sieve/rules";
import { MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { repository } from "./product.ts";

const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms);
      signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        reject(signal.reason);
      });
    }),
};

export interface WebmailServer {
  readonly origin: string;
  readonly account: MemoryAccount;
  /** From now on an office's mail is shared with the person, who may also send as it. */
  shareOffice(): MemoryAccount;
  /** Recipients of what left. */
  readonly sent: string[];
  append(message: string, options?: AppendOptions): Promise<string>;
  /** An active script that no rule editor wrote. */
  useScript(content: string): void;
  close(): Promise<void>;
}

export interface AppendOptions {
  readonly mailbox?: string;
  readonly keywords?: readonly string[];
  readonly atMs?: number;
  readonly inOffice?: boolean;
}

export const officeAddress = "ufficio@example.it";

const expectNoSending = (): never => {
  throw new Failure("forbidden", "mailbox.not_yours", "nobody sends from another's account");
};

export const testLogin = { login: "maria.conti@example.it", password: "una frase lunga e segreta" };

/** The built webmail and a JMAP account in memory behind the product's own HTTP face: policy, errors and routes are real. */
export async function startWebmailServer(): Promise<WebmailServer> {
  const sent: string[] = [];
  let messages = 0;
  const account = new MemoryAccount({
    info: { id: "a1", name: testLogin.login, isPersonal: true, isReadOnly: false, mayManage: true },
    clock: systemClock,
    compose: (draft) => composeDraft(draft, systemClock, () => `m${++messages}@example.it`),
    identities: [
      {
        id: "i1",
        name: "Maria Conti",
        email: testLogin.login,
        replyTo: null,
        bcc: null,
        sender: null,
        textSignature: "Maria Conti\nStudio Conti",
        htmlSignature: "",
      },
      {
        id: "i2",
        name: "Ufficio",
        email: officeAddress,
        replyTo: null,
        bcc: null,
        sender: { name: "Maria Conti", email: testLogin.login },
        textSignature: "Ufficio Conti",
        htmlSignature: "",
      },
    ],
    limitBytes: 5_000_000_000,
    onSubmit: (submission) => sent.push(...submission.envelope.rcptTo),
  });
  const roles = ["inbox", "drafts", "sent", "archive", "junk", "trash"];
  const furnish = (empty: MemoryAccount) =>
    new Map(
      roles.map((role) => [
        role,
        empty.addMailbox({ name: role, parentId: null, isSubscribed: true, sortOrder: 10 }, role),
      ]),
    );
  const ids = furnish(account);
  const office = new MemoryAccount({
    info: { id: "a2", name: officeAddress, isPersonal: false, isReadOnly: false, mayManage: false },
    clock: systemClock,
    compose: (draft) => composeDraft(draft, systemClock, () => `o${++messages}@example.it`),
    identities: [],
    onSubmit: () => expectNoSending(),
  });
  const officeIds = furnish(office);
  let isShared = false;
  const app = createFace({
    name: "webmail",
    logger: new MemoryLogger(),
    clock: systemClock,
    random: new SeededRandom(1),
    contentSecurityPolicy: "webmail",
  });
  const isSignedIn = (cookie: string | undefined): boolean => cookie?.includes("test-session=1") === true;
  const session = {
    sessionId: "00000000-0000-7000-8000-000000000002",
    login: testLogin.login,
    displayName: "Maria Conti",
    language: "it",
    realm: "mail",
    hasTotp: false,
    hasPasskey: false,
    mustEnrol: false,
  };
  const refuse = (): never => {
    throw new Failure("unauthenticated", "identity.not_signed_in", "sign in first");
  };
  app.get("/api/auth/session", async (request) => (isSignedIn(request.headers.cookie) ? session : refuse()));
  app.post("/api/auth/sign-in", { schema: { body: signInSchema } }, async (request, reply) => {
    const { login, password } = request.body;
    if (login !== testLogin.login || password !== testLogin.password) {
      throw new Failure("unauthenticated", "identity.bad_credentials", "the login or the password is not right");
    }
    reply.header("set-cookie", "test-session=1; Path=/; HttpOnly; SameSite=Strict");
    return { step: "signed_in", session };
  });
  app.post("/api/auth/sign-out", async (_request, reply) => {
    reply.header("set-cookie", "test-session=0; Path=/; Max-Age=0");
    return reply.status(204).send();
  });
  app.get("/api/auth/sessions", async () => ({ sessions: [] }));
  app.get("/api/auth/passkeys", async () => ({ passkeys: [] }));
  app.get("/api/auth/app-passwords", async () => ({ appPasswords: [] }));
  app.get("/api/auth/programs", async () => ({ programs: [] }));
  app.post("/api/auth/totp", async () => ({
    secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    uri: "otpauth://totp/Casaforte:maria?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
  }));
  let script: { name: string; content: string } | null = null;
  const filters = (): FiltersReply => ({
    rules: (script === null ? [] : parseRules(script.content)) as FiltersReply["rules"],
    activeScript: script,
  });
  app.get("/api/filters", async () => filters());
  app.put("/api/filters", { schema: { body: saveFiltersSchema } }, async (request) => {
    script = { name: "rules", content: formatRules(request.body.rules as readonly Rule[]) };
    return filters();
  });
  let deleted: DeletedMessagesReply["messages"] = [
    {
      id: "00000000-0000-7000-8000-000000000011",
      subject: "Preventivo del tetto",
      sender: "Luca Bianchi",
      sentAt: "2026-11-20T09:00:00.000Z",
      deletedAt: "2026-11-25T10:00:00.000Z",
      sizeBytes: 14_200,
      hasAttachment: true,
      folder: "Lavori/Tetto",
    },
    {
      id: "00000000-0000-7000-8000-000000000012",
      subject: "",
      sender: "Giulia Rossi",
      sentAt: null,
      deletedAt: null,
      sizeBytes: 900,
      hasAttachment: false,
      folder: null,
    },
  ];
  app.get("/api/folder-shares", async () => ({ whole: [], folders: [] }));
  app.get("/api/deleted-messages", async () => ({ messages: deleted, next: null, days: 14 }));
  app.post("/api/deleted-messages/restore", { schema: { body: recoverMessagesSchema } }, async (request) => {
    const { ids } = request.body;
    const before = deleted.length;
    deleted = deleted.filter(({ id }) => !ids.includes(id));
    return { recovered: before - deleted.length };
  });
  const push = new MemoryPush(systemClock);
  registerJmapRoutes(app, {
    clock: systemClock,
    logger: new MemoryLogger(),
    backendFor: async (request) =>
      isSignedIn(request.headers.cookie)
        ? new MemoryBackend(testLogin.login, isShared ? [account, office] : [account], push)
        : refuse(),
  });
  await serveWebApp(app, join(repository, "apps/webmail/dist"));
  await app.ready();
  const server = createServer((request, response) => app.routing(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    account,
    sent,
    shareOffice: () => {
      isShared = true;
      return office;
    },
    append: async (message, options = {}) => {
      const { id } = await (options.inOffice ? office : account).createEmail({
        bytes: utf8(message.replace(/\r?\n/g, "\r\n")),
        mailboxIds: [(options.inOffice ? officeIds : ids).get(options.mailbox ?? "inbox") ?? ""],
        keywords: options.keywords ?? [],
        receivedAtMs: options.atMs ?? Date.now(),
      });
      return id;
    },
    useScript: (content) => {
      script = { name: "thunderbird", content };
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await app.close();
    },
  };
}
