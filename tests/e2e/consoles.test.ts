import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations, goWithin, looks, openBrowser, openPage, settled } from "../support/browser.ts";
import { type Endpoints, Product, run } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";
import { showInvoiceLines } from "./invoice-lines.test-support.ts";

let product: Product;
let endpoints: Endpoints;
let browser: Browser;
let home: string;
/** Pictures for whoever wants to look; a folder named by SHOTS. */
const shots = process.env["SHOTS"];

beforeAll(async () => {
  if (shots) mkdirSync(shots, { recursive: true });
  product = await Product.prepare();
  endpoints = await product.start();
  browser = await openBrowser();
  home = await mkdtemp(join(tmpdir(), "cf-e2e-"));
});
afterAll(async () => {
  await browser?.close();
  await product?.dispose();
  if (home) await rm(home, { recursive: true, force: true });
});

async function signIn(
  page: Page,
  url: string,
  who: { readonly email: string; readonly password: string },
): Promise<void> {
  await page.goto(url);
  await page.locator('input[type="email"], input[autocomplete~="username"]').first().fill(who.email);
  await page.locator('input[type="password"]').first().fill(who.password);
  await page.keyboard.press("Enter");
  await page.locator("main#main").waitFor();
}

/** Who signs up in the first test; later ones look at what it left. */
const newcomer = { email: "nera@neri.example", password: "otto ruote di marzapane" };

const labelOf = (box: Locator): Promise<string | null> =>
  box.evaluate((input) => (input as HTMLInputElement).labels?.[0]?.textContent ?? null);

/** What a pattern finds in the newest mail to an address, which the demo keeps for its operator. */
async function mailed(address: string, pattern: RegExp): Promise<string> {
  const headers = { "content-type": "application/json", "sec-fetch-site": "same-origin" };
  const { email: login, password } = endpoints.demo.operator;
  const signedIn = await fetch(`${endpoints.operator}/api/auth/sign-in`, {
    method: "POST",
    headers,
    body: JSON.stringify({ login, password }),
  });
  const cookie = signedIn.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  const read = async (path: string) =>
    (await fetch(`${endpoints.operator}/api/mail-sink${path}`, { headers: { ...headers, cookie } })).json();
  return until(`mail for ${address}`, async () => {
    const { messages } = (await read(`?address=${encodeURIComponent(address)}`)) as { messages: { id: string }[] };
    const [newest] = messages;
    if (newest === undefined) return null;
    const { text } = (await read(`/${newest.id}/text`)) as { text: string };
    return pattern.exec(text)?.[1] ?? null;
  });
}
const mailedCode = (address: string): Promise<string> => mailed(address, /^(\d{6})\r?$/m);

/** A second operator with the roles given: invited by the first, who is signed in at this page, and accepted by the mailed link. */
async function secondOperator(page: Page, operatorRoles: readonly string[]): Promise<typeof newcomer> {
  const who = { email: "secondo@sereni.example", password: "nove lanterne di ceralacca" };
  const invited = await page.evaluate(
    async (body) => {
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/people", { method: "POST", headers, body })).status;
    },
    JSON.stringify({ login: who.email, displayName: "Secondo Sereni", language: "it", operatorRoles }),
  );
  expect(invited).toBe(201);
  const token = await mailed(who.email, /accept-invitation#(\S+)/);
  const accepted = await fetch(`${endpoints.operator}/api/auth/invitation/accept`, {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "same-origin" },
    body: JSON.stringify({ token, password: who.password, displayName: "Secondo Sereni", language: "it" }),
  });
  expect(accepted.status, await accepted.clone().text()).toBeLessThan(300);
  return who;
}

async function look(page: Page, name: string, troubles: readonly string[]): Promise<void> {
  await settled(page);
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
  expect(await axeViolations(page), `axe on ${name}`).toEqual([]);
  expect(troubles, `policy violations and script errors on ${name}`).toEqual([]);
}

describe("the customer console", () => {
  test("R73: a new customer comes from the sign-up to a restored file in fourteen clicks (walkthrough A)", async () => {
    const { page, context, troubles } = await openPage(browser, { language: "en", scheme: "light" });
    await context.addInitScript(() => Reflect.deleteProperty(globalThis, "showSaveFilePicker"));
    const look = async (name: string) => {
      await settled(page);
      if (shots) await page.screenshot({ path: join(shots, `walk-${name}.png`), fullPage: true });
      expect.soft(await axeViolations(page), `axe on ${name}`).toEqual([]);
    };
    let clicks = 0;
    const click = async (target: Locator) => {
      clicks++;
      await target.click();
    };
    const enter = async () => {
      clicks++;
      await page.keyboard.press("Enter");
    };

    await page.goto(endpoints.console);
    // The provider's own pages lead to the sign-up at once; from the sign-in page it is one click more.
    await page.getByRole("link", { name: "Open one" }).click();
    await page.getByLabel("E-mail address").fill(newcomer.email);
    await page.getByLabel("Company name").fill("Neri & C. S.n.c.");
    await page.getByLabel("VAT number").fill("IT 12345678903");
    await enter();
    await page.getByRole("heading", { name: "Look at your mail" }).waitFor();
    await look("code");
    await page.getByLabel("Code").fill(await mailedCode(newcomer.email));
    await page.getByLabel("Full name").fill("Nera Neri");
    await page.getByLabel("New password").fill(newcomer.password);
    await click(page.getByRole("checkbox", { name: /General terms/ }));
    await click(page.getByRole("checkbox", { name: /Data processing/ }));
    await look("password");
    await click(page.getByRole("button", { name: "Open the account and enter" }));

    await click(page.getByRole("link", { name: "Create a backup space" }));
    await click(page.getByRole("radio", { name: /Frankfurt/ }));
    await page.getByRole("checkbox").first().waitFor();
    for (const box of await page.getByRole("checkbox").all()) await click(box);
    await click(page.getByRole("button", { name: "Create the space" }));

    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: /^Name/ }).fill("Web server");
    const phrase = (await dialog.locator(".cf-code").textContent()) ?? "";
    const words = phrase.split(" ");
    expect(words).toHaveLength(7);
    for (const box of await dialog.getByRole("textbox", { name: /^Word / }).all()) {
      const [, place = ""] = /^Word (\d)$/.exec((await labelOf(box)) ?? "") ?? [];
      await box.fill(words[Number(place) - 1] ?? "");
    }
    await look("key");
    await click(dialog.getByRole("checkbox"));
    await click(page.getByRole("button", { name: "Prepare the command" }));
    const line = (await page.getByText("/agent/install.sh | sudo sh").textContent()) ?? "";
    await look("add-device");
    // The page's own line, but for where it installs: what it fetches is signed by the key that the line names.
    const prefix = join(home, "installed");
    const mine = line.replace("sudo sh -s --", `sh -s -- --no-service --prefix ${prefix} --node ${process.execPath}`);
    const state = { CASAFORTE_AGENT_HOME: join(home, "agent"), CASAFORTE_PASSWORD: phrase };
    const installed = await run("sh", ["-c", mine], { env: state });
    expect(installed.code, installed.stdout + installed.stderr).toBe(0);
    const agent = (...args: string[]) => run(join(prefix, "bin", "casaforte-agent"), args, { env: state });
    expect((await agent("update", "--check", "--json")).stdout).toContain('"current"');
    await page.getByText("Connected!").waitFor();
    const folder = join(home, "documents");
    mkdirSync(folder);
    const contents = randomBytes(200_000);
    writeFileSync(join(folder, "contract.pdf"), contents);
    // This page's line too, but for where the program and the folder are.
    const shown = (await dialog.getByText("casaforte-agent backup").textContent()) ?? "";
    const ours = shown.replace("sudo casaforte-agent", join(prefix, "bin", "casaforte-agent"));
    const backup = await run("sh", ["-c", ours.replace("~/Documents", folder)], { env: state });
    expect(backup.code, backup.stderr).toBe(0);
    await page.getByText("The first backup is here.").waitFor();
    await look("first-backup");

    await click(
      page.getByRole("button", { name: "Try a restore" }).or(page.getByRole("link", { name: "Try a restore" })),
    );
    await page.getByLabel("Backup password").fill(phrase);
    await enter();
    const download = page.waitForEvent("download");
    await click(page.getByRole("button", { name: "Download contract.pdf" }));
    expect(readFileSync(await (await download).path()).equals(contents), "the file, byte for byte").toBe(true);
    await page.getByText("1 file saved", { exact: false }).waitFor();
    expect(clicks, "clicks and Enters from the sign-up to the file").toBe(14);
    await goWithin(page, "/");
    await page.getByText("You have restored once. Next: turn on two-step verification.").waitFor();
    expect(troubles).toEqual([]);
    await context.close();
  });

  test("C13, C14: creates a mailbox whose password opens it until it is suspended, and tests where an alias leads", async () => {
    const { page, context } = await openPage(browser, { language: "en", scheme: "light" });
    await signIn(page, endpoints.console, endpoints.demo.customer);
    await page.getByRole("link", { name: "Mailboxes" }).click();
    await page.getByRole("button", { name: "New mailbox" }).first().click();
    await page.getByRole("dialog").getByLabel("Address").fill(`dora@${endpoints.demo.domain}`);
    await page.getByRole("dialog").getByRole("textbox", { name: /^Name/ }).fill("Dora Fabbri");
    const password = await page.getByRole("dialog").getByLabel("Password").inputValue();
    await page.getByRole("button", { name: "Create the mailbox" }).click();
    await page.getByText(`Mailbox dora@${endpoints.demo.domain} created`).waitFor();
    const dora = `dora@${endpoints.demo.domain}`;
    const open = () =>
      run("curl", [
        "-sS",
        "--cacert",
        join(product.directory, "tls", "cert.pem"),
        "--user",
        `${dora}:${password}`,
        `imaps://localhost:${endpoints.imaps.port}/`,
      ]);
    expect((await open()).stdout).toContain("INBOX");
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("link", { name: dora }).click();
    await page.getByRole("region", { name: "Access" }).getByText("now").waitFor();
    const act = async (button: string, sure: string) => {
      await page.getByRole("button", { name: button, exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: sure }).click();
      await page.getByRole("dialog").waitFor({ state: "detached" });
    };
    await page.getByRole("button", { name: "Change", exact: true }).click();
    expect(await page.getByRole("dialog").getByLabel("IMAP").isChecked()).toBe(true);
    await page.getByRole("dialog").getByLabel("POP3").uncheck();
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText("IMAP, Sending (SMTP), Webmail").waitFor();
    await act("Suspend", "Suspend the mailbox");
    await page.getByText("Suspended: nobody can get in, mail still arrives.").waitFor();
    expect((await open()).code, "curl's sign-in").not.toBe(0);
    await act("Reopen", "Reopen the mailbox");
    await until("the reopened mailbox", async () => ((await open()).stdout.includes("INBOX") ? true : null));
    await page.getByRole("link", { name: "Mail domains" }).click();
    await page.getByRole("link", { name: endpoints.demo.domain, exact: true }).click();
    await page.getByRole("tab", { name: "Aliases and groups" }).click();
    await page.getByRole("button", { name: "New address" }).first().click();
    const form = page.getByRole("dialog");
    await form.getByRole("textbox", { name: "Address" }).fill("ordini");
    await form.getByLabel("Mailbox").fill("dora");
    await page.getByRole("option", { name: dora }).click();
    await form.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: `Actions for ordini@${endpoints.demo.domain}` }).click();
    await page.getByRole("menuitem", { name: "Test delivery" }).click();
    await page.getByRole("button", { name: "Send the test" }).click();
    await page.getByText("Put into the mailbox").waitFor();
    await page.getByText("The test is over.", { exact: false }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await context.close();
  });

  test("a wrong password is refused with a sentence, and the console's cookie is not webmail's (R3)", async () => {
    const { page, context } = await openPage(browser, { language: "it", scheme: "light" });
    await page.goto(endpoints.console);
    await page.locator('input[type="password"]').first().waitFor();
    await page
      .locator('input[type="email"], input[autocomplete~="username"]')
      .first()
      .fill(endpoints.demo.customer.email);
    await page.locator('input[type="password"]').first().fill("not the password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await signIn(page, endpoints.console, endpoints.demo.customer);
    const names = (await context.cookies()).map((cookie) => cookie.name);
    expect(names).toContain("__Host-cf-console");
    expect(names.filter((name) => name.startsWith("__Host-") && !name.startsWith("__Host-cf-console"))).toEqual([]);
    expect(
      (await context.cookies()).every(
        (cookie) =>
          !cookie.name.startsWith("__Host-") || (cookie.httpOnly && cookie.secure && cookie.sameSite === "Strict"),
      ),
    ).toBe(true);
    await context.close();
  });

  test("R67, R70: a customer asks for an audit over a connection that is cut, an operator quotes it, the customer reads the quote", async () => {
    const { page, context } = await openPage(browser, { language: "en", scheme: "light" });
    await signIn(page, endpoints.console, endpoints.demo.customer);
    await page.getByRole("link", { name: "Audits" }).click();
    await page.getByRole("button", { name: "Ask for an audit" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Scope").fill("How our backups are kept apart from others'.");
    await form.getByLabel("Audit firm").fill("Revisori Associati");
    await form.getByLabel("Non-disclosure agreement").fill("NDA 7/2026");
    await form.getByRole("textbox", { name: "Name" }).fill("Rita Revisora");
    await form.getByRole("textbox", { name: "E-mail address" }).fill("rita@revisori.example");
    if (shots) await page.screenshot({ path: join(shots, "console-audit-form.png") });
    expect(await axeViolations(page)).toEqual([]);
    // The answer is lost on its way: the same again is the same notice, not a second one, which would be refused.
    let isCut = true;
    await page.route("**/api/inspections", async (route) => {
      if (route.request().method() !== "POST" || !isCut) return route.continue();
      isCut = false;
      expect((await route.fetch()).status()).toBe(201);
      await route.abort("connectionreset");
    });
    await form.getByRole("button", { name: "Send the notice" }).click();
    await form.getByRole("alert").waitFor();
    await form.getByRole("button", { name: "Send the notice" }).click();
    await page.getByText("Waiting for the quote").waitFor();
    expect(await page.getByText("Waiting for the quote").count()).toBe(1);
    const desk = await openPage(browser, { language: "en", scheme: "light" });
    await signIn(desk.page, endpoints.operator, endpoints.demo.operator);
    await desk.page.getByRole("link", { name: "Audit requests" }).click();
    await desk.page.getByRole("button", { name: /^Send the quote · / }).click();
    await desk.page.getByLabel("Cost without VAT").fill("480");
    await desk.page.getByLabel("What it comprises").fill("One day of an engineer.");
    await desk.page.getByRole("dialog").getByRole("button", { name: "Send the quote" }).click();
    await desk.page.getByText("Quote sent").waitFor();
    await desk.context.close();
    await page.reload();
    await page.getByText("Quote: €480.00 + VAT").waitFor();
    await page.getByRole("link", { name: "Evidence", exact: true }).click();
    await page.getByRole("tab", { name: "Audit log" }).click();
    await page.getByText("Chain unbroken").waitFor();
    await context.close();
  });

  test.each(looks)("R97: is readable and accessible in $language, $scheme", async ({ language, scheme }) => {
    const { page, context, troubles } = await openPage(browser, { language, scheme });
    const name = (screen: string) => `console-${screen}-${language}-${scheme}`;
    await page.goto(endpoints.console);
    await page.locator('input[type="password"]').first().waitFor();
    await look(page, name("sign-in"), troubles);
    await page.goto(`${endpoints.console}/sign-up`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await look(page, name("sign-up"), troubles);
    await signIn(page, endpoints.console, endpoints.demo.customer);
    const headings = new Set<string>();
    const paths = [
      "",
      "spaces",
      "spaces/new",
      "services",
      "costs",
      "invoices",
      "billing-data",
      "documents",
      "devices",
      "restore",
      "usage",
      "policies",
      "mail",
      "mail/licences",
      "delivery",
      "migration",
      "tickets",
      "notices",
      "audits",
      "data-protection",
      "evidence",
      "programs",
      "support-access",
      "leaving",
      "security",
    ];
    for (const path of paths) {
      headings.add(await goWithin(page, `/${path}`));
      await look(page, name(path.replaceAll("/", "-") || "home"), troubles);
    }
    expect(headings.size, "each page has a heading of its own").toBe(paths.length);
    await page.goto(`${endpoints.console}/status?lang=${language}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await look(page, name("status"), troubles);
    await page.goto(`${endpoints.console}/contact?lang=${language}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await look(page, name("contact"), troubles);
    // Whoever walked in above has a device with a backup.
    await context.clearCookies();
    await signIn(page, endpoints.console, newcomer);
    await goWithin(page, "/devices");
    await page.getByRole("link", { name: "Web server" }).click();
    await page.locator("main#main table").first().waitFor();
    await look(page, name("device"), troubles);
    await context.close();
  });

  test("asks again who it is before a device is deleted, and says that its points are still locked", async () => {
    const { page, context } = await openPage(browser, { language: "en", scheme: "light" });
    await signIn(page, endpoints.console, newcomer);
    await goWithin(page, "/devices");
    await page.getByRole("link", { name: "Web server" }).click();
    await page.getByText("No policy: a backup starts only when you ask for it.").waitFor();
    // A day of the calendar leads to its points.
    await page.getByRole("button", { name: /: 1 point$/ }).click();
    await page.getByText(/^Points of /).waitFor();
    await page.getByRole("link", { name: /^Browse the point of / }).waitFor();
    await page.getByRole("button", { name: /^Verify now: the point of / }).click();
    await page.getByText("everything was found as it was stored", { exact: false }).waitFor();
    // A page that takes the point for a free one: the dialog says what goes, and the server what does not.
    await page.route("**/api/devices/*/points?*", async (route) => {
      const { points, ...rest } = await (await route.fetch()).json();
      await route.fulfill({ json: { ...rest, points: points.map((point: object) => ({ ...point, locked: false })) } });
    });
    await page.reload();
    await page.getByRole("button", { name: /^Delete the point of / }).click();
    const goes = page.getByRole("dialog", { name: /^Delete the point of / });
    await goes.getByText("For seven days you can take it back", { exact: false }).waitFor();
    await goes.getByRole("textbox").fill("Web server");
    if (shots) await page.screenshot({ path: join(shots, "console-delete-point.png"), fullPage: true });
    expect(await axeViolations(page), "axe on the deletion of a point").toEqual([]);
    await goes.getByRole("button", { name: "Delete the point", exact: true }).click();
    await goes.getByRole("alert").getByText("locked").waitFor();
    await goes.getByRole("button", { name: "Cancel" }).click();
    await page.unroute("**/api/devices/*/points?*");
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    // What the server says to whoever signed in more than five minutes ago.
    const stale = { status: 403, contentType: "application/problem+json" };
    let isStale = true;
    await page.route("**/api/devices/*", (route) => {
      if (!isStale || route.request().method() !== "DELETE") return route.fallback();
      isStale = false;
      return route.fulfill({ ...stale, body: JSON.stringify({ code: "identity.reauthentication_required" }) });
    });
    const confirm = page.getByRole("dialog", { name: "Delete Web server and its restore points?" });
    await confirm.getByRole("textbox").fill("Web server");
    await confirm.getByRole("button", { name: "Delete the device" }).click();
    const proof = page.getByRole("dialog", { name: "Confirm that it is you" });
    await proof.getByLabel("Current password").fill(newcomer.password);
    await proof.getByRole("button", { name: "Confirm" }).click();
    await confirm.getByRole("alert").getByText("locked").waitFor();
    await context.close();
  });
});

describe("the operator console", () => {
  test("R73: shows who signed up and is to be checked, and the mail with the code among the outgoing", async () => {
    const { page, context, troubles } = await openPage(browser, { language: "en", scheme: "light" });
    await signIn(page, endpoints.operator, endpoints.demo.operator);
    await page.getByRole("link", { name: "Customers" }).click();
    const row = page.getByRole("row").filter({ hasText: "Neri & C. S.n.c." });
    await row.getByText("opened by the customer, to be checked").waitFor();
    await row.getByRole("link").click();
    await page.getByText("2,000 GB in 20 spaces and 50 mailboxes").waitFor();
    await look(page, "operator-to-be-checked", troubles);
    await page.getByRole("button", { name: "Mark as checked" }).click();
    await page.getByText("Neri & C. S.n.c. is checked").waitFor();
    expect(await page.getByText("To be checked", { exact: true }).count()).toBe(0);
    await look(page, "operator-checked", troubles);
    await page.getByRole("link", { name: "Outgoing mail" }).click();
    await page.getByRole("cell", { name: newcomer.email }).waitFor();
    await context.close();
  });

  test("the customer's password does not open it (R51)", async () => {
    const { page, context } = await openPage(browser, { language: "en", scheme: "light" });
    await page.goto(endpoints.operator);
    await page
      .locator('input[type="email"], input[autocomplete~="username"]')
      .first()
      .fill(endpoints.demo.customer.email);
    await page.locator('input[type="password"]').first().fill(endpoints.demo.customer.password);
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await context.close();
  });

  test("walkthrough C: a red host is drained, its customers are written to from a template, and the queue is answered with the keyboard", async () => {
    const { page, context } = await openPage(browser, { language: "it", scheme: "light" });
    const picture = async (name: string) => {
      if (shots) await page.screenshot({ path: join(shots, `morning-${name}.png`), fullPage: true });
    };
    await signIn(page, endpoints.operator, endpoints.demo.operator);
    await page.getByText("Nessun backup in ritardo di oltre due giorni.").waitFor();
    // The board of a worse morning: what is late by one cause, and a site that fills up. Acts go to the server itself.
    let isNoted = false;
    await page.route("**/api/board", async (route) => {
      const real = await (await route.fetch()).json();
      const late = [{ cause: "silent", agentVersion: "0.0.9", devices: 14, customers: 14 }];
      const note = isNoted ? { text: "Ordinati 40 TB", at: real.readAt } : null;
      await route.fulfill({ json: { ...real, late, fullSoon: [{ id: "mi1", site: "Milano", days: 21, note }] } });
    });
    await page.reload();
    // The line over the page says what its board says.
    await page.getByText("14 computer con i backup in ritardo", { exact: false }).waitFor();
    expect(await page.getByText("Tutto a posto", { exact: false }).count()).toBe(0);
    await page.getByRole("button", { name: "Scrivi ai clienti" }).click();
    const dialog = page.getByRole("dialog");
    await picture("late");
    expect(await axeViolations(page), "axe on the letter to customers").toEqual([]);
    await dialog.getByRole("button", { name: "Apri i ticket" }).click();
    await dialog.getByText("Non c’era più nessuno a cui scrivere.").waitFor();
    await dialog.getByRole("button", { name: "Chiudi" }).last().click();
    await page.getByText("piena tra 21 giorni", { exact: false }).waitFor();
    await page.getByRole("button", { name: "Annota l’ordine" }).click();
    await dialog.getByLabel("Che cosa è stato ordinato").fill("Ordinati 40 TB");
    isNoted = true;
    await dialog.getByRole("button", { name: "Salva la nota" }).click();
    await page.getByText("Ordinati 40 TB (", { exact: false }).waitFor();
    await picture("board");
    await page.locator("nav").getByRole("link", { name: "Sedi e server" }).click();
    await page.getByRole("button", { name: "Svuota: store-mi1-1" }).click();
    await page.getByRole("button", { name: "Riattiva: store-mi1-1" }).waitFor();
    await picture("drained");

    await page.locator("nav").getByRole("link", { name: "Avvisi", exact: true }).click();
    await page.getByRole("button", { name: "Nuovo avviso" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Modello").selectOption("host_down");
    await form.getByLabel("Sede").selectOption({ index: 1 });
    await form.getByRole("button", { name: /^Chi riguarda/ }).click();
    await form.getByText(/^Riguarda \d+ client/).waitFor();
    // The mail as it goes out, in both languages, without the host's name (R7).
    const mail = form.getByRole("region", { name: "La mail che parte" });
    await mail.getByText(/^Disservizio \(in esame\)/).waitFor();
    await picture("incident");
    expect(await axeViolations(page), "axe on a notice before it is published").toEqual([]);
    await mail.getByRole("tab", { name: "English" }).click();
    await mail.getByText(/^Incident \(investigating\)/).waitFor();
    expect(await mail.textContent()).not.toContain("store-mi1-1");
    await form.getByRole("button", { name: "Pubblica" }).click();
    await form.waitFor({ state: "detached" });
    await page.getByText("Una parte dei backup non è raggiungibile").first().waitFor();

    const opened = await page.evaluate(async () => {
      const { tenants } = (await (await fetch("/api/tenants?count=1")).json()) as { tenants: { tenantId: string }[] };
      const words = { kind: "incident", severity: "high", subject: "Backup fermo", body: "Da ieri sera" };
      const body = JSON.stringify({ ...words, tenantId: tenants[0]?.tenantId, requesterAddress: "chi@chiama.test" });
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/desk/tickets", { method: "POST", headers, body })).status;
    });
    expect(opened).toBe(201);
    await page.locator("nav").getByRole("link", { name: "Assistenza" }).click();
    await page.getByRole("button", { name: "Backup fermo" }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByLabel("La tua risposta").waitFor();
    await page.locator("main#main").getByRole("heading", { level: 1 }).click();
    await page.keyboard.press("m");
    const ready = page.getByLabel("Risposta pronta");
    expect(await ready.evaluate((field) => field === document.activeElement)).toBe(true);
    await ready.selectOption("looking");
    await page.getByLabel("La tua risposta").press("Control+Enter");
    await expect.poll(() => page.getByLabel("La tua risposta").inputValue()).toBe("");
    const said = /abbiamo ricevuto la richiesta|we have your request/;
    await page.getByText(said).first().waitFor();
    await picture("ticket");
    const noted = await page.evaluate(async () => {
      const { tenants } = (await (await fetch("/api/tenants?count=1")).json()) as { tenants: { tenantId: string }[] };
      const what = { nature: "malicious_content", severity: "grave", product: "mail", facts: "Phishing", clause: "9" };
      const body = JSON.stringify({ ...what, tenantId: tenants[0]?.tenantId, occurredAt: new Date().toISOString() });
      const headers = { "content-type": "application/json" };
      return (await fetch("/api/enforcement/violations", { method: "POST", headers, body })).status;
    });
    expect(noted).toBe(201);
    await page.locator("nav").getByRole("link", { name: "Misure" }).click();
    await page.getByRole("button", { name: /^Decidi su / }).click();
    await dialog.getByText("Sospensione").waitFor();
    await dialog.getByText("Serve una seconda persona", { exact: false }).waitFor();
    await picture("verdict");
    await dialog.getByRole("button", { name: "Chiedi la seconda persona" }).click();
    await page.getByText("attende una seconda persona").waitFor();
    // Whoever asked cannot approve; a second operator can, and the measure is in force at once.
    await page.locator("nav").getByRole("link", { name: "Approvazioni" }).click();
    await page.getByText("La tua: decide un altro").waitFor();
    const colleague = await openPage(browser, { language: "it", scheme: "light" });
    await signIn(colleague.page, endpoints.operator, await secondOperator(page, ["legal"]));
    await colleague.page.getByText("1 da firmare").waitFor();
    await colleague.page.locator("nav").getByRole("link", { name: "Approvazioni" }).click();
    await colleague.page.getByText("Gravità: grave").waitFor();
    if (shots) await colleague.page.screenshot({ path: join(shots, "morning-second.png"), fullPage: true });
    expect(await axeViolations(colleague.page), "axe on what a second operator reads").toEqual([]);
    // What is taken and why is part of what is signed.
    await colleague.page.getByRole("button", { name: /^Approva: .+: Sospensione, Mail, contenuti dannosi$/ }).click();
    await colleague.page.getByText("Approvata", { exact: true }).waitFor();
    await colleague.context.close();
    await page.locator("nav").getByRole("link", { name: "Misure" }).click();
    await page.getByRole("row").filter({ hasText: "Sospensione" }).getByText("in vigore").waitFor();
    await picture("suspended");
    await page.getByRole("button", { name: /^Revoca/ }).waitFor();
    await page.locator("nav").getByRole("link", { name: "Stato", exact: true }).click();
    await page.getByRole("button", { name: "Tutto visto" }).click();
    await page.getByText(/^Tutto visto: /).waitFor();
    await picture("seen");
    await page.locator("nav").getByRole("link", { name: "Sedi e server" }).click();
    await page.getByRole("button", { name: "Riattiva: store-mi1-1" }).click();
    await page.getByRole("button", { name: "Svuota: store-mi1-1" }).waitFor();
    await context.close();
  });

  test.each(looks)("R97: is readable and accessible in $language, $scheme", async ({ language, scheme }) => {
    const { page, context, troubles } = await openPage(browser, { language, scheme });
    await signIn(page, endpoints.operator, endpoints.demo.operator);
    const headings = new Set<string>();
    const paths = [
      "",
      "operation",
      "retention",
      "drifts",
      "processors",
      "complaints",
      "tenants",
      "tickets",
      "abuse",
      "departures",
      "legal",
      "inventory",
      "catalogue",
      "billing",
      "approvals",
      "outbox",
      "notices",
      "measures",
      "customer-audits",
      "charter",
      "security-incidents",
      "programs",
      "security",
    ];
    for (const path of paths) {
      headings.add(await goWithin(page, `/${path}`));
      await look(page, `operator-${path || "health"}-${language}-${scheme}`, troubles);
    }
    expect(headings.size, "each page has a heading of its own").toBe(paths.length);
    await goWithin(page, "/billing");
    await page.getByRole("button", { name: language === "it" ? "Archivio" : "Archive" }).click();
    await page
      .getByRole("dialog")
      .getByText(language === "it" ? "dieci anni" : "ten years")
      .waitFor();
    await look(page, `operator-billing-archive-${language}-${scheme}`, troubles);
    // O11: from an invoice to its line, and down to the ledger, which does not agree.
    await showInvoiceLines(page);
    await page.reload();
    await page.getByRole("link", { name: "CF-2026-17" }).click();
    await page.getByRole("button", { name: language === "it" ? "Mostra l’origine: 1" : "Show origin: 1" }).click();
    await page
      .getByText(language === "it" ? "Ricalcolata ora: non è uguale" : "Rated again just now: not the same")
      .waitFor();
    await page.getByText(language === "it" ? "Manca 1 intervallo" : "1 stretch of time is missing").waitFor();
    await look(page, `operator-invoice-lines-${language}-${scheme}`, troubles);
    await context.close();
  });
});
