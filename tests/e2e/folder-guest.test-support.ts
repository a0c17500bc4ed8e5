import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, openPage, settled } from "../support/browser.ts";
import { type Endpoints, type Product, run } from "../support/product.ts";
import { signIn } from "./scene.test-support.ts";

export interface FolderScene {
  readonly product: Product;
  readonly endpoints: Endpoints;
  readonly browser: Browser;
  readonly shoot: (page: Page, name: string) => Promise<void>;
}

type Person = Endpoints["demo"]["mailAccounts"][number];

const folder = "Cantieri";
const subjects = ["Preventivo del tetto", "Date del cantiere", "Foto dei lavori"] as const;

function peopleOf({ endpoints }: FolderScene): { readonly guest: Person; readonly owner: Person } {
  const [guest, owner] = endpoints.demo.mailAccounts;
  return { guest: guest ?? expect.fail("no guest"), owner: owner ?? expect.fail("no owner") };
}

async function imap({ product, endpoints }: FolderScene, who: Person, path: string, ...asked: string[]) {
  const reply = await run("curl", [
    ...["-sS", "--cacert", join(product.directory, "tls", "cert.pem"), "--user", `${who.address}:${who.password}`],
    ...[`imaps://localhost:${endpoints.imaps.port}/${path}`, ...asked],
  ]);
  expect([reply.code, reply.stderr], asked.join(" ")).toEqual([0, ""]);
  return reply.stdout;
}

/** A folder with three messages that its owner's mail program shares with one who may write in it. */
async function shareFolder(scene: FolderScene): Promise<void> {
  const { guest, owner } = peopleOf(scene);
  await imap(scene, owner, "", "-X", `CREATE ${folder}`);
  const file = join(scene.product.directory, "..", "message.eml");
  for (const subject of subjects) {
    const head = `From: <cliente@example.com>\r\nTo: <${owner.address}>\r\nSubject: ${subject}\r\n`;
    await writeFile(file, `${head}Content-Type: text/plain; charset=utf-8\r\n\r\nEcco quanto promesso.\r\n`);
    await imap(scene, owner, folder, "--upload-file", file);
  }
  await imap(scene, owner, "", "-X", `SETACL ${folder} ${guest.address} lrswite`);
}

async function enterWebmail(page: Page, { endpoints }: FolderScene, who: Person): Promise<void> {
  await page.goto(endpoints.webmail);
  await page.fill("input[name=username]", who.address);
  await page.fill("input[name=password]", who.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".wm-list-pane");
}

/** In a colleague's folder a guest deletes for good, asked and told so; what cannot be done there is not offered. */
export async function guestOfOneFolder(scene: FolderScene): Promise<void> {
  const { guest, owner } = peopleOf(scene);
  await shareFolder(scene);
  const { page, context, troubles } = await openPage(scene.browser, { language: "it", scheme: "light" });
  await enterWebmail(page, scene, guest);
  await page.getByRole("button", { name: owner.address }).click();
  await page.getByRole("heading", { level: 1, name: folder }).waitFor();
  const rows = page.locator(".wm-row");
  await expect.poll(() => rows.count()).toBe(3);
  expect(await page.locator("a.wm-mailbox .wm-mailbox-name").allInnerTexts()).toEqual([folder]);
  await rows.filter({ hasText: "Foto dei lavori" }).locator(".wm-row-main").click();
  await page.waitForSelector(".wm-plain");
  const toolbar = page.getByRole("toolbar");
  for (const name of ["Archivia", "Segna come indesiderata", "Sposta"])
    expect(await toolbar.getByRole("button", { name, exact: true }).isDisabled(), name).toBe(true);

  await settled(page);
  // After a change of his own and one of the owner's, which he is not told of but reads, the open message stays where it is.
  const asked = () => page.waitForResponse((reply) => reply.request().postData()?.includes('"Email/changes"') === true);
  const stars = page.locator('.wm-row-star[aria-pressed="true"]');
  await page.locator(".wm-card").evaluate((card) => card.setAttribute("data-kept", ""));
  const afterHis = asked();
  await page.keyboard.press("s");
  await afterHis;
  await expect.poll(() => stars.count()).toBe(1);
  const afterTheirs = asked();
  await imap(scene, owner, folder, "-X", "STORE 1 +FLAGS (\\Flagged)");
  await afterTheirs;
  await expect.poll(() => stars.count()).toBe(2);
  await scene.shoot(page, "folder-guest-it-light");
  expect(await page.locator(".wm-card[data-kept]").count()).toBe(1);
  expect(await axeViolations(page)).toEqual([]);

  const here = page.url();
  for (const key of ["e", "!", "v"]) await page.keyboard.press(key);
  expect(page.url(), "what does nothing leads nowhere").toBe(here);
  expect(await page.getByRole("menu").count()).toBe(0);
  const dialog = page.getByRole("dialog");
  await page.keyboard.press("Delete");
  await dialog.getByText(`Nel cestino di ${owner.address} non puoi spostare niente`).waitFor();
  await scene.shoot(page, "folder-guest-delete-it-light");
  expect(await axeViolations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Annulla" }).click();
  await dialog.waitFor({ state: "detached" });
  expect([page.url(), await rows.count()]).toEqual([here, 3]);
  await toolbar.getByRole("button", { name: "Elimina per sempre" }).click();
  await dialog.getByRole("button", { name: "Elimina per sempre" }).click();
  await page.getByText("1 messaggio eliminato").waitFor();
  await expect.poll(() => rows.count()).toBe(2);
  expect(await imap(scene, owner, folder, "-X", `STATUS ${folder} (MESSAGES)`)).toContain("MESSAGES 2");
  await context.close();

  const back = await openPage(scene.browser, { language: "it", scheme: "light" });
  await enterWebmail(back.page, scene, owner);
  await back.page.goto(`${scene.endpoints.webmail}/recover`);
  await back.page.getByLabel("Foto dei lavori").waitFor();
  await back.context.close();
  expect([...troubles, ...back.troubles]).toEqual([]);
}

/** The same on a phone, in English and in the dark, as far as the question. */
export async function guestOnPhone(scene: FolderScene): Promise<void> {
  const { guest, owner } = peopleOf(scene);
  const viewport = { width: 360, height: 800 };
  const { page, context, troubles } = await openPage(scene.browser, { language: "en", scheme: "dark" }, viewport);
  await enterWebmail(page, scene, guest);
  await page.getByRole("button", { name: "Menu", exact: true }).click();
  await scene.shoot(page, "folder-guest-accounts-360-en-dark");
  await page.getByRole("button", { name: owner.address }).click();
  await page.locator(".wm-row-main").first().click();
  await page.waitForSelector(".wm-plain");
  await scene.shoot(page, "folder-guest-360-en-dark");
  await page.getByRole("toolbar").getByRole("button", { name: "Delete for ever" }).click();
  await page.getByRole("dialog").getByText(`You cannot move anything to the trash of ${owner.address}`).waitFor();
  await scene.shoot(page, "folder-guest-delete-360-en-dark");
  expect(await axeViolations(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
  await context.close();
  expect(troubles).toEqual([]);
}

/** In the console the administrator sees whom a folder is shared with, and ends it: the guest has it no more. */
export async function endFolderShare(scene: FolderScene): Promise<void> {
  const { guest, owner } = peopleOf(scene);
  const third = scene.endpoints.demo.mailAccounts[2] ?? expect.fail("no third mailbox");
  const listed = () => imap(scene, guest, "", "-X", 'LIST "" "*"');
  expect(await listed()).toContain(`Other Users/${owner.address}/${folder}`);
  const words = {
    it: { actions: "Azioni per", shared: "Condivisa con", add: "Aggiungi una casella" },
    en: { actions: "Actions for", shared: "Shared with", add: "Add a mailbox" },
  };
  for (const [language, scheme, width] of [
    ["it", "light", 1280],
    ["en", "dark", 360],
  ] as const) {
    const look = { language, scheme };
    const { page, context, troubles } = await openPage(scene.browser, look, { width, height: 900 });
    const { actions, shared, add } = words[language];
    await signIn(page, scene.endpoints.console, scene.endpoints.demo.customer);
    await page.goto(`${scene.endpoints.console}/mail`);
    await page.getByRole("button", { name: `${actions} ${owner.address}` }).click();
    await page.getByRole("menuitem", { name: shared }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("heading", { level: 3 }).waitFor();
    await dialog.getByLabel(add).fill("carla");
    await page.getByRole("option", { name: third.address }).click();
    await scene.shoot(page, `folder-shares-${width}-${language}-${scheme}`);
    expect(await axeViolations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    if (language === "en") {
      await dialog.getByRole("button", { name: `Remove ${guest.address} from ${folder}` }).click();
      await dialog.getByText("1 share ends when you save.").waitFor();
      await scene.shoot(page, `folder-shares-ended-${width}-${language}-${scheme}`);
      await dialog.getByRole("button", { name: "Save" }).click();
      await dialog.waitFor({ state: "detached" });
    }
    await context.close();
    expect(troubles).toEqual([]);
  }
  expect(await listed()).not.toContain(folder);
}
