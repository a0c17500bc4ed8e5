import { type Actor, Failure, newId, type PrincipalId, type TenantId } from "@casaforte/kernel";
import { listAudit } from "@casaforte/modules/audit";
import { createFace, type Face } from "@casaforte/platform/http";
import { MemoryLogger } from "@casaforte/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { registerOwnShareRoutes } from "./http-own-shares.ts";
import type { MailAccount } from "./mail-account.ts";
import type { MailboxTestbed } from "./mailbox-testbed.ts";
import { SharingOffice } from "./sharing-office.test-support.ts";

let sharing: SharingOffice;
let bed: MailboxTestbed;
let tenantId: TenantId;
let app: Face;
let asking: Extract<Actor, { kind: "mail_account" }>;
let isFresh = true;
let stands = true;
beforeAll(async () => {
  sharing = await SharingOffice.open(53);
  ({ bed, tenantId } = sharing);
  app = createFace({
    name: "webmail",
    logger: new MemoryLogger(),
    clock: bed.clock,
    random: bed.services.random,
    contentSecurityPolicy: "webmail",
  });
  registerOwnShareRoutes(app, bed.services, {
    owner: async () => asking,
    async assertFresh() {
      if (!isFresh)
        throw new Failure("forbidden", "identity.reauthentication_required", "confirm that it is you first");
    },
    async assertStands() {
      if (!stands) throw new Failure("unauthenticated", "identity.not_signed_in", "the session has ended");
    },
  });
  await app.ready();
});
afterAll(async () => {
  await app?.close();
  await sharing?.close();
});

function signIn({ id }: MailAccount, tenant = tenantId): void {
  const principalId = id as unknown as PrincipalId;
  asking = { kind: "mail_account", tenantId: tenant, mailAccountId: id, principalId, ip: "192.0.2.1" };
}

async function call(method: "GET" | "PUT", body?: object) {
  const headers = { host: "mail.test", origin: "http://mail.test", "sec-fetch-site": "same-origin" };
  const reply = await app.inject({ method, url: "/api/folder-shares", headers, ...(body ? { payload: body } : {}) });
  return { status: reply.statusCode, body: reply.json() as Record<string, unknown> };
}

const folderOf = async (account: MailAccount, name: string) => (await bed.mailbox(tenantId, account, name)).id;

test("R12: the owner shares one folder from webmail, changes how far and takes it away, which the guest's program meets at once", async () => {
  const [owner, guest] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const program = await sharing.signIn(guest);
  const folderId = await folderOf(owner, "Archive");
  const rights = async () => (await program.ask(`MYRIGHTS "Other Users/${owner.address}/Archive"`))[0] ?? "";
  signIn(owner);
  expect((await call("GET")).body).toEqual({ whole: [], folders: [] });
  const give = (access: string | null, address = ` ${guest.address.toUpperCase()}`) =>
    call("PUT", { folderId, address, access });
  for (const [access, letters] of [
    ["read", "lr"],
    ["write", "lrswited"],
    ["read", "lr"],
  ] as const) {
    const told = { whole: [], folders: [{ folderId, address: guest.address, access }] };
    expect(await give(access)).toEqual({ status: 200, body: told });
    expect((await call("GET")).body).toEqual(told);
    expect(await rights()).toMatch(new RegExp(` ${letters}$`));
  }
  expect((await give(null)).body).toEqual({ whole: [], folders: [] });
  expect(await rights()).toMatch(/^NO /);
  expect((await give(null)).status).toBe(200);
  const filter = { tenantId, count: 50, objectKind: "mail_account", objectId: owner.id };
  const { entries } = await bed.db.tenant(tenantId, (tx) => listAudit(tx, filter));
  const changes = entries.filter(({ action }) => action === "mailbox.folder_share_set").toReversed();
  expect(changes.map(({ details }) => [details["before"], details["after"]])).toEqual([
    [null, "read"],
    ["read", "write"],
    ["write", "read"],
    ["read", null],
  ]);
});

test("R12: a share is given by its owner who proved just now that it is he, and taken away without", async () => {
  const [owner, guest] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const folderId = await folderOf(owner, "Archive");
  const give = (access: string | null) => call("PUT", { folderId, address: guest.address, access });
  signIn(owner);
  expect((await give("read")).status).toBe(200);
  isFresh = false;
  onTestFinished(() => {
    isFresh = true;
  });
  for (const access of ["read", "write"])
    expect(await give(access)).toMatchObject({ status: 403, body: { code: "identity.reauthentication_required" } });
  const folders = [{ folderId, address: guest.address, access: "read" }];
  expect((await call("GET")).body).toEqual({ whole: [], folders });
  expect((await give(null)).body).toEqual({ whole: [], folders: [] });
});

test("R12: what a session that ended meanwhile gives is not given", async () => {
  const [owner, guest] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const folderId = await folderOf(owner, "Archive");
  const body = { folderId, address: guest.address, access: "read" };
  signIn(owner);
  stands = false;
  onTestFinished(() => {
    stands = true;
  });
  expect(await call("PUT", body)).toMatchObject({ status: 401, body: { code: "identity.not_signed_in" } });
  expect((await call("GET")).body).toEqual({ whole: [], folders: [] });
  stands = true;
  expect((await call("PUT", body)).status).toBe(200);
});

test("R12: the owner is told of each share that his sign-in gives, in webmail or a mail program, and of nothing else", async () => {
  const [owner, guest] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const program = await sharing.signIn(owner);
  const { address } = guest;
  signIn(owner);
  const told = () =>
    bed.sharesGiven
      .filter((share) => share.owner.mailAccountId === owner.id)
      .map((share) => [share.address, share.folder, share.access]);
  const folderId = await folderOf(owner, "Archive");
  for (const access of ["read", "read", "write", "read", null])
    expect((await call("PUT", { folderId, address, access })).status).toBe(200);
  const inWebmail = [
    [address, "Archive", "read"],
    [address, "Archive", "write"],
  ];
  expect(told()).toEqual(inWebmail);
  expect((await call("PUT", { folderId, address: "nobody@casa.example", access: "read" })).status).toBe(404);
  for (const rights of ["lr", "lrswite", "lr", "lrswitekx", '""'])
    expect(await program.say(`SETACL INBOX ${address} ${rights}`)).toMatch(/^OK/);
  expect(await program.say(`SETACL Archive ${address} lr`)).toMatch(/^OK/);
  expect(await program.say(`DELETEACL Archive ${address}`)).toMatch(/^OK/);
  await sharing.share(owner, guest.id, "manage");
  expect(told()).toEqual([
    ...inWebmail,
    [address, null, "read"],
    [address, null, "write"],
    [address, null, "manage"],
    [address, "Archive", "read"],
  ]);
});

test("R12: a program that gives and takes a hundred shares has its owner told of five, and that no more are told that day", async () => {
  const [owner, guest] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const other = await bed.newAccount(tenantId);
  const program = await sharing.signIn(owner);
  const { address } = guest;
  const told = ({ id }: MailAccount) =>
    bed.sharesGiven.filter((share) => share.owner.mailAccountId === id).map(({ isLastOfDay }) => isLastOfDay);
  const give = async (from: MailAccount, access: string | null) => {
    signIn(from);
    const body = { folderId: await folderOf(from, "Archive"), address, access };
    expect((await call("PUT", body)).status).toBe(200);
  };
  for (let round = 0; round < 50; round++) {
    for (const act of [`SETACL INBOX ${address} lr`, `DELETEACL INBOX ${address}`])
      expect(await program.say(act)).toMatch(/^OK/);
    await give(owner, "read");
    await give(owner, null);
  }
  const day = [false, false, false, false, false, true];
  expect(told(owner)).toEqual(day);
  await give(other, "read");
  expect(told(other)).toEqual([false]);
  await bed.clock.advance(86_400_000);
  await give(owner, "write");
  expect(told(owner)).toEqual([...day, false]);
});

test("R12: who may use the whole mailbox is told apart, and is given less in a folder by nobody", async () => {
  const [owner, guest] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  await sharing.share(owner, guest.id, "read");
  const folderId = await folderOf(owner, "Archive");
  const give = (access: string | null) => call("PUT", { folderId, address: guest.address, access });
  signIn(owner);
  const whole = [{ address: guest.address, access: "read" }];
  const folders = [{ folderId, address: guest.address, access: "write" }];
  for (const none of [null, "read"]) {
    expect((await give("write")).body).toEqual({ whole, folders });
    // As far as the whole goes is no share of its own.
    expect((await give(none)).body).toEqual({ whole, folders: [] });
  }
  await sharing.share(owner, guest.id, "manage");
  expect(await give("read")).toMatchObject({ status: 412, body: { code: "mailbox.share_is_whole" } });
});

test("R12: nobody shares a folder of another's, with another organisation, with himself or further than a folder goes", async () => {
  const [owner, guest] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const elsewhere = await bed.newTenant();
  const stranger = await bed.newAccount(elsewhere);
  const folderId = await folderOf(owner, "Archive");
  const refusal = async (body: object) => {
    const { status, body: told } = await call("PUT", { folderId, address: guest.address, access: "read", ...body });
    return `${status} ${told["code"]}`;
  };
  signIn(owner);
  expect(await refusal({ address: stranger.address })).toBe("404 mailbox.share_unknown");
  expect(await refusal({ address: "nobody@casa.example" })).toBe("404 mailbox.share_unknown");
  expect(await refusal({ address: owner.address })).toBe("422 mailbox.share_self");
  expect(await refusal({ folderId: newId(bed.clock, bed.services.random) })).toBe("404 mailbox.not_found");
  expect(await refusal({ access: "manage" })).toMatch(/^4\d\d /);
  signIn(guest);
  expect(await refusal({})).toBe("404 mailbox.not_found");
  signIn(stranger, elsewhere);
  expect(await refusal({ address: stranger.address })).toBe("404 mailbox.not_found");
  for (const account of [owner, guest]) {
    signIn(account);
    expect((await call("GET")).body).toEqual({ whole: [], folders: [] });
  }
});

test("R12: INBOX alone is shared from webmail, and its owner's mail program tells and takes away what it did not give", async () => {
  const [owner, guest] = [await bed.newAccount(tenantId), await bed.newAccount(tenantId)];
  const [own, program] = [await sharing.signIn(owner), await sharing.signIn(guest)];
  await sharing.deliver(owner, 0, "Subject: new\r\nFrom: a@x.it\r\n\r\nbody\r\n");
  const folderId = await folderOf(owner, "INBOX");
  const others = `Other Users/${owner.address}`;
  const give = (access: string | null) => call("PUT", { folderId, address: guest.address, access });
  const sharesNow = async () => {
    const { whole, folders } = (await call("GET")).body as Record<string, { readonly access: string }[]>;
    return [whole?.map(({ access }) => access).join(), folders?.map(({ access }) => access).join()];
  };
  signIn(owner);
  await give("write");
  expect((await program.ask(`LIST "" "${others}/*"`)).slice(0, -1)).toEqual([
    `* LIST (\\HasNoChildren) "/" "${others}/INBOX"`,
  ]);
  expect(await program.say(`SELECT "${others}/INBOX"`)).toContain("READ-WRITE");
  expect((await program.ask("FETCH 1 BODY.PEEK[TEXT]")).join()).toContain("body");
  expect(await program.say(`SELECT "${others}/Archive"`)).toMatch(/^NO /);
  const told = async () => (await own.ask("GETACL INBOX"))[0]?.split(" ").at(-1);
  expect(await told()).toBe("lrswited");
  for (const [command, whole, alone] of [
    [`SETACL INBOX ${guest.address} -swite`, "", "read"],
    [`SETACL INBOX ${guest.address} +lr`, "read", ""],
    [`SETACL INBOX ${guest.address} lrswite`, "write", ""],
    [`DELETEACL INBOX ${guest.address}`, "", ""],
  ] as const) {
    expect(await own.say(command), command).toMatch(/^OK/);
    expect(await sharesNow(), command).toEqual([whole, alone]);
  }
  await give("read");
  expect(await own.say(`DELETEACL INBOX ${guest.address}`)).toMatch(/^OK/);
  expect(await sharesNow()).toEqual(["", ""]);
  expect(await program.say(`SELECT "${others}/INBOX"`)).toMatch(/^NO /);
});
