import {
  createMailAccountSchema,
  disconnectMailAccountSchema,
  type ListedMailAccount,
  listedMailAccountSchema,
  type MailAccountReply,
  mailAccountListSchema,
  mailAccountQuerySchema,
  mailAccountSchema,
  mailInvitationSchema,
  resetMailPasswordSchema,
  updateMailAccountSchema,
} from "@casaforte/contract/mail";
import { type MailAccountId, newId, parseId } from "@casaforte/kernel";
import type { TenantTx } from "@casaforte/platform/db";
import type { Face } from "@casaforte/platform/http";
import { z } from "zod";
import {
  deleteMailAccount,
  listMailAccounts,
  purgeMailAccount,
  readMailAccount,
  restoreMailAccount,
  updateMailAccount,
  wantPurge,
} from "./change-mail-account.ts";
import { createMailAccount } from "./create-mail-account.ts";
import { registerMailAccountFiles } from "./http-files.ts";
import { registerRecoverRoutes } from "./http-recover.ts";
import type { MailAccess, MailAccountHooks, MailAccountHttpServices, UserActor } from "./http-services.ts";
import { registerShareRoutes } from "./http-shares.ts";
import type { MailAccount, MailAccountState, MailProtocols } from "./mail-account.ts";
import { passwordWords } from "./password-words.ts";

const idParams = z.object({ id: z.uuid() });
const nothing = z.object({});

const toReply = (account: MailAccount): MailAccountReply => ({
  id: account.id,
  address: account.address,
  displayName: account.displayName,
  quotaBytes: account.quotaBytes === null ? null : Number(account.quotaBytes),
  usedBytes: Number(account.usedBytes),
  messages: Number(account.messages),
  state: account.state,
  protocols: account.protocols,
  createdAt: account.createdAt.toISOString(),
  updatedAt: account.updatedAt.toISOString(),
  deletedAt: account.deletedAt?.toISOString() ?? null,
});

const toAccess = ({ lastAt, ...access }: MailAccess) => ({ ...access, lastAt: lastAt?.toISOString() ?? null });

/** Accounts with how their people get in, which whoever gives support is not told (R90). */
async function withAccess(
  tx: TenantTx,
  actor: UserActor,
  hooks: MailAccountHooks,
  accounts: readonly MailAccount[],
): Promise<ListedMailAccount[]> {
  if (actor.acting !== undefined) return accounts.map((account) => ({ ...toReply(account), access: null }));
  const found = await hooks.access(
    tx,
    accounts.map(({ id }) => id),
  );
  return accounts.map((account) => {
    const access = found.get(account.id);
    return { ...toReply(account), access: access ? toAccess(access) : null };
  });
}

/** Only what was given: an absent switch stays as it is. */
function givenProtocols(protocols: { [Door in keyof MailProtocols]?: boolean | undefined }): Partial<MailProtocols> {
  const given: { -readonly [Door in keyof MailProtocols]?: boolean } = {};
  for (const door of ["imap", "pop3", "smtp", "jmap", "webmail"] as const) {
    const isOpen = protocols[door];
    if (isOpen !== undefined) given[door] = isOpen;
  }
  return given;
}

const statesOf = (state: "live" | MailAccountState | undefined): readonly MailAccountState[] =>
  state === undefined || state === "live" ? ["active", "suspended"] : [state];

/** The customer console's routes for mail accounts (R12, R13, R95). */
export function registerMailAccountRoutes(app: Face, services: MailAccountHttpServices): void {
  registerMailAccountFiles(app, services);
  registerReading(app, services);
  registerCreation(app, services);
  registerChanges(app, services);
  registerEnds(app, services);
  registerShareRoutes(app, services);
  registerRecoverRoutes(app, services, services.authorise);
}

function registerReading(app: Face, { db, hooks, authorise }: MailAccountHttpServices): void {
  app.get(
    "/api/mail-accounts",
    { schema: { querystring: mailAccountQuerySchema, response: { 200: mailAccountListSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const { search, state, cursor, limit } = request.query;
      const input = {
        states: statesOf(state),
        ...(search === undefined ? {} : { search }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(limit === undefined ? {} : { limit }),
      };
      return db.tenant(
        actor.tenantId,
        async (tx) => {
          const { accounts, sums, next } = await listMailAccounts(tx, actor, input);
          const told = { total: sums?.total ?? null, usedBytes: sums === null ? null : Number(sums.usedBytes) };
          return { accounts: await withAccess(tx, actor, hooks, accounts), ...told, next };
        },
        { readOnly: true },
      );
    },
  );
  app.get(
    "/api/mail-accounts/:id",
    { schema: { params: idParams, response: { 200: listedMailAccountSchema } } },
    async (request) => {
      const actor = await authorise(request, "read");
      const accountId = parseId<MailAccountId>(request.params.id);
      return db.tenant(actor.tenantId, async (tx) => {
        const account = await readMailAccount(tx, actor, { accountId });
        const [listed] = await withAccess(tx, actor, hooks, [account]);
        return listed ?? { ...toReply(account), access: null };
      });
    },
  );
}

function registerCreation(app: Face, services: MailAccountHttpServices): void {
  const { db, hooks, authorise, clock, random } = services;
  app.post(
    "/api/mail-accounts",
    { schema: { body: createMailAccountSchema, response: { 201: mailAccountSchema } } },
    async (request, reply) => {
      const actor = await authorise(request, "write");
      const { password, protocols, displayName, address, quotaBytes } = request.body;
      const input = {
        accountId: newId<MailAccountId>(clock, random),
        address,
        quotaBytes: quotaBytes === null ? null : BigInt(quotaBytes),
        ...(displayName === undefined ? {} : { displayName }),
        ...(protocols === undefined ? {} : { protocols: givenProtocols(protocols) }),
      };
      const words = passwordWords(address, displayName ?? "");
      const passwordHash = password === undefined ? null : await hooks.preparePassword({ password, words });
      const account = await db.tenant(actor.tenantId, async (tx) => {
        const made = await createMailAccount(tx, actor, input, services);
        await hooks.created(tx, actor, { account: made, passwordHash });
        return made;
      });
      return reply.status(201).send(toReply(account));
    },
  );
}

function registerChanges(app: Face, services: MailAccountHttpServices): void {
  const { db, hooks, authorise, assertFresh } = services;
  app.patch(
    "/api/mail-accounts/:id",
    { schema: { params: idParams, body: updateMailAccountSchema, response: { 200: mailAccountSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const accountId = parseId<MailAccountId>(request.params.id);
      const { address, displayName, quotaBytes, protocols, state } = request.body;
      const input = {
        accountId,
        ...(address === undefined ? {} : { address }),
        ...(displayName === undefined ? {} : { displayName }),
        ...(quotaBytes === undefined ? {} : { quotaBytes: quotaBytes === null ? null : BigInt(quotaBytes) }),
        ...(protocols === undefined ? {} : { protocols: givenProtocols(protocols) }),
        ...(state === undefined ? {} : { state }),
      };
      const account = await db.tenant(actor.tenantId, async (tx) => {
        const before = await readMailAccount(tx, actor, { accountId });
        const after = await updateMailAccount(tx, actor, input, services);
        await hooks.updated(tx, actor, { before, after });
        return after;
      });
      return toReply(account);
    },
  );
  app.post(
    "/api/mail-accounts/:id/invitation",
    { schema: { params: idParams, response: { 200: mailInvitationSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const accountId = parseId<MailAccountId>(request.params.id);
      const { link, expiresAt } = await db.tenant(actor.tenantId, async (tx) =>
        hooks.invited(tx, actor, { account: await readMailAccount(tx, actor, { accountId }) }),
      );
      return { link, expiresAt: expiresAt.toISOString() };
    },
  );
  app.post(
    "/api/mail-accounts/:id/password",
    { schema: { params: idParams, body: resetMailPasswordSchema, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const accountId = parseId<MailAccountId>(request.params.id);
      const { password, factors = false } = request.body;
      // Whoever holds an administrator's session, or a token, gets past nobody's second step with it.
      if (factors) await assertFresh(request);
      const account = await db.tenant(actor.tenantId, (tx) => readMailAccount(tx, actor, { accountId }));
      const words = passwordWords(account.address, account.displayName);
      const passwordHash = await hooks.preparePassword({ password, words });
      await db.tenant(actor.tenantId, (tx) => hooks.passwordReset(tx, actor, { account, passwordHash, factors }));
      return {};
    },
  );
  app.post(
    "/api/mail-accounts/:id/disconnect",
    { schema: { params: idParams, body: disconnectMailAccountSchema, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const { factors } = request.body;
      if (factors) await assertFresh(request);
      const accountId = parseId<MailAccountId>(request.params.id);
      await db.tenant(actor.tenantId, async (tx) =>
        hooks.disconnected(tx, actor, { account: await readMailAccount(tx, actor, { accountId }), factors }),
      );
      return {};
    },
  );
}

function registerEnds(app: Face, services: MailAccountHttpServices): void {
  const { db, hooks, authorise, assertFresh } = services;
  app.delete(
    "/api/mail-accounts/:id",
    { schema: { params: idParams, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const accountId = parseId<MailAccountId>(request.params.id);
      await db.tenant(actor.tenantId, async (tx) => {
        const account = await readMailAccount(tx, actor, { accountId });
        await deleteMailAccount(tx, actor, { accountId }, services);
        await hooks.deleted(tx, actor, { account });
      });
      return {};
    },
  );
  app.post(
    "/api/mail-accounts/:id/restore",
    { schema: { params: idParams, response: { 200: mailAccountSchema } } },
    async (request) => {
      const actor = await authorise(request, "write");
      const accountId = parseId<MailAccountId>(request.params.id);
      const account = await db.tenant(actor.tenantId, async (tx) => {
        const restored = await restoreMailAccount(tx, actor, { accountId }, services);
        await hooks.restored(tx, actor, { account: restored });
        return restored;
      });
      return toReply(account);
    },
  );
  app.post(
    "/api/mail-accounts/:id/purge",
    { schema: { params: idParams, response: { 200: nothing } } },
    async (request) => {
      const actor = await authorise(request, "write");
      await assertFresh(request);
      const accountId = parseId<MailAccountId>(request.params.id);
      const isHeld = await hooks.isHeld?.(actor.tenantId);
      await db.tenant(actor.tenantId, async (tx) => {
        const account = await readMailAccount(tx, actor, { accountId });
        if (isHeld) return wantPurge(tx, actor, { accountId }, services);
        await purgeMailAccount(tx, actor, { accountId });
        await hooks.purged(tx, actor, { account });
      });
      return {};
    },
  );
}
