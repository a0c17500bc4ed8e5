import type { Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, openPage } from "../support/browser.ts";
import { until } from "../support/until.test-support.ts";
import { enter } from "./enter.test-support.ts";
import type { FolderScene } from "./folder-guest.test-support.ts";

const password = "otto fari sulla costa";
const folder = "Progetti";

/** A colleague: what of the owner's mail, by its address, is in sight there, and whether something may be put in. */
async function seenBy(webmail: string, guest: string, owner: string) {
  const ask = await enter(webmail, guest, password);
  return async (): Promise<Readonly<Record<string, boolean>>> => {
    const { accounts } = (await (await ask("/jmap/session")).json()) as {
      readonly accounts: Readonly<Record<string, { readonly name: string }>>;
    };
    const accountId = Object.entries(accounts).find(([, { name }]) => name === owner)?.[0];
    if (accountId === undefined) return {};
    const using = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"];
    const reply = await ask("/jmap/api", { using, methodCalls: [["Mailbox/get", { accountId, ids: null }, "a"]] });
    const { methodResponses } = (await reply.json()) as {
      readonly methodResponses: readonly [
        readonly [string, { readonly list: readonly { name: string; myRights: { mayAddItems: boolean } }[] }, string],
      ];
    };
    return Object.fromEntries(methodResponses[0][1].list.map(({ name, myRights }) => [name, myRights.mayAddItems]));
  };
}

async function open(page: Page, webmail: string, login: string): Promise<void> {
  await page.goto(webmail);
  await page.fill("input[name=username]", login);
  await page.fill("input[name=password]", password);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".wm-list-pane");
}

/**
 * The owner of a folder shares it in webmail by keyboard, is told of an address that nobody has, takes it away and back, and on a
 * phone, in English and dark, gives more: each time a colleague sees what was given and nothing else. Giving asks for the password
 * again where the sign-in is old, the owner is told by mail, and who may use the whole mailbox is said to see the folder still.
 */
export async function shareOwnFolder({ endpoints, browser, shoot }: FolderScene): Promise<void> {
  const { customer, domain } = endpoints.demo;
  const [owner, guest] = [`piero@${domain}`, `rosa@${domain}`];
  const administrator = await enter(endpoints.console, customer.email, customer.password);
  const mailbox = async (address: string): Promise<string> => {
    const body = { address, displayName: address, quotaBytes: null, password };
    const made = await administrator("/api/mail-accounts", body);
    expect(made.status).toBe(201);
    return ((await made.json()) as { readonly id: string }).id;
  };
  const [ownerId, guestId] = [await mailbox(owner), await mailbox(guest)];
  const seen = await seenBy(endpoints.webmail, guest, owner);
  const look = async (page: Page, name: string, width: number) => {
    await shoot(page, name);
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  };

  const wide = await openPage(browser, { language: "it", scheme: "light" }, { width: 1280, height: 900 });
  const { page } = wide;
  const dialog = page.getByRole("dialog");
  await open(page, endpoints.webmail, owner);
  await page.getByRole("button", { name: "Nuova cartella" }).click();
  await dialog.getByLabel("Nome della cartella").fill(folder);
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: folder }).click();
  await page.getByRole("button", { name: "Condividi…" }).focus();
  await page.keyboard.press("Enter");
  const address = dialog.getByLabel("Indirizzo");
  await dialog.getByText("Nessuno oltre a te.").waitFor();
  await address.fill(`nessuno@${domain}`);
  await page.keyboard.press("Enter");
  await dialog.getByText("Nessuno nella tua organizzazione").waitFor();
  await look(page, "share-folder-nobody-1280-it-light", 1280);
  // What the server says to whoever signed in more than five minutes ago.
  const stale = { status: 403, contentType: "application/problem+json" };
  let isStale = true;
  await page.route("**/api/folder-shares", (route) => {
    if (!isStale || route.request().method() !== "PUT") return route.fallback();
    isStale = false;
    return route.fulfill({ ...stale, body: JSON.stringify({ code: "identity.reauthentication_required" }) });
  });
  await address.fill(guest);
  await page.keyboard.press("Enter");
  const proof = page.getByRole("dialog", { name: "Conferma che sei tu" });
  await proof.getByLabel("Password attuale").fill(password);
  await look(page, "share-folder-proof-1280-it-light", 1280);
  await page.keyboard.press("Enter");
  const remove = dialog.getByRole("button", { name: `Togli la cartella a ${guest}` });
  await remove.waitFor();
  expect(await address.inputValue()).toBe("");
  expect(await seen()).toEqual({ [folder]: false });
  await remove.focus();
  await page.keyboard.press("Enter");
  await dialog.getByText(`${guest} non vede più questa cartella.`).waitFor();
  await look(page, "share-folder-taken-1280-it-light", 1280);
  expect(await seen()).toEqual({});
  await page.keyboard.press("Enter");
  await remove.waitFor();
  expect(await seen()).toEqual({ [folder]: false });
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Condivisa con 1 persona" }).waitFor();
  await look(page, "share-folder-shared-1280-it-light", 1280);
  await page.getByRole("link", { name: "Posta in arrivo" }).first().click();
  await page.getByText("La tua casella è stata condivisa").first().waitFor();
  await wide.context.close();

  const phone = await openPage(browser, { language: "en", scheme: "dark" }, { width: 360, height: 800 });
  await open(phone.page, endpoints.webmail, owner);
  const within = phone.page.getByRole("dialog");
  await phone.page.locator(".wm-menu").click();
  await phone.page.getByRole("link", { name: folder }).click();
  await look(phone.page, "share-folder-button-360-en-dark", 360);
  await phone.page.getByRole("button", { name: "Shared with 1 person" }).click();
  await within.getByRole("combobox", { name: `What ${guest} may do` }).click();
  await phone.page.getByRole("option", { name: "Reads, files, deletes" }).click();
  await until("the right to put mail in", async () => (await seen())[folder] === true);
  await look(phone.page, "share-folder-360-en-dark", 360);
  await phone.page.keyboard.press("Escape");
  const shares = [{ accountId: guestId, access: "read" }];
  expect((await administrator(`/api/mail-accounts/${ownerId}/shares`, { shares }, "PUT")).status).toBe(200);
  await phone.page.getByRole("button", { name: "Shared with 1 person" }).click();
  await within.getByText(`${guest} may use your whole mailbox.`).waitFor();
  await within.getByText("Those who may not use your whole mailbox see nothing else").waitFor();
  await within.getByRole("button", { name: `Take away from ${guest}` }).click();
  await within.getByText(`${guest} still sees this folder`).waitFor();
  await look(phone.page, "share-folder-whole-360-en-dark", 360);
  expect((await seen())[folder]).toBe(false);
  await phone.context.close();
  expect([...wide.troubles, ...phone.troubles]).toEqual([]);
}
