import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations, goWithin, looks, openPage, settled } from "../support/browser.ts";
import { run } from "../support/product.ts";
import { misfitsOf } from "../support/reflow.ts";
import { until } from "../support/until.test-support.ts";
import { auditByCustomer } from "./audit-by-customer.test-support.ts";
import { certificatesOfDomain } from "./certificates.test-support.ts";
import { chooseAnew } from "./choose-anew.test-support.ts";
import { customerPaths, operatorPaths } from "./console-paths.test-support.ts";
import { deleteDevice } from "./delete-device.test-support.ts";
import { type Look, lookAtCustomer, lookAtPricePreview } from "./desk.test-support.ts";
import { editPolicy } from "./edit-policy.test-support.ts";
import { invitedMailbox } from "./invited-mailbox.test-support.ts";
import { showInvoiceLines } from "./invoice-lines.test-support.ts";
import { orderSpace, showMailSite } from "./order-space.test-support.ts";
import { paletteOfConsole, paletteOfOperator } from "./palette.test-support.ts";
import { reflowOfConsole, reflowOfOperator } from "./reflow.test-support.ts";
import { look, newcomer, openScene, type Scene, signIn } from "./scene.test-support.ts";
import { walkthroughA } from "./walkthrough-a.test-support.ts";
import { walkthroughC } from "./walkthrough-c.test-support.ts";

let scene: Scene;
/** Layout hangs on the language and the width alone: pages are measured with the longer language, once. */
const isMeasured = ({ language, scheme }: (typeof looks)[number]) => language === "it" && scheme === "light";
const fitting = "at 320 px, and with texts longer by 40 %";

/** What the page's own server answers to whoever is signed in at it. */
async function sent(page: Page, path: string, body?: object): Promise<unknown> {
  return page.evaluate(
    async ([to, said]) => {
      const headers = { "content-type": "application/json" };
      return (await fetch(to, said === null ? {} : { method: "POST", headers, body: said })).json();
    },
    [path, body === undefined ? null : JSON.stringify(body)] as const,
  );
}

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.dispose());

describe("the customer console", () => {
  test("R73: a new customer comes from the sign-up to a restored file in fourteen clicks (walkthrough A)", () =>
    walkthroughA(scene));

  test("C13, C14: creates a mailbox whose password opens it until it is suspended, and tests where an alias leads", async () => {
    const { page, context } = await openPage(scene.browser, { language: "en", scheme: "light" });
    await signIn(page, scene.endpoints.console, scene.endpoints.demo.customer);
    await page.getByRole("link", { name: "Mailboxes" }).click();
    await page.getByRole("button", { name: "New mailbox" }).first().click();
    await page.getByRole("dialog").getByLabel("Address").fill(`dora@${scene.endpoints.demo.domain}`);
    await page.getByRole("dialog").getByRole("textbox", { name: /^Name/ }).fill("Dora Fabbri");
    await page.getByRole("dialog").getByLabel("I choose the password").check();
    const password = await page.getByRole("dialog").getByRole("textbox", { name: "Password" }).inputValue();
    await page.getByRole("button", { name: "Create the mailbox" }).click();
    await page.getByText(`Mailbox dora@${scene.endpoints.demo.domain} created`).waitFor();
    const dora = `dora@${scene.endpoints.demo.domain}`;
    const open = () =>
      run("curl", [
        "-sS",
        "--cacert",
        join(scene.product.directory, "tls", "cert.pem"),
        "--user",
        `${dora}:${password}`,
        `imaps://localhost:${scene.endpoints.imaps.port}/`,
      ]);
    expect((await open()).stdout).toContain("INBOX");
    await page.getByRole("button", { name: "Done" }).click();
    await invitedMailbox(page, scene);
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
    await page.getByText("IMAP, Sending (SMTP), JMAP, Webmail").waitFor();
    await act("Suspend", "Suspend the mailbox");
    await page.getByText("Suspended: nobody can get in, mail still arrives.").waitFor();
    expect((await open()).code, "curl's sign-in").not.toBe(0);
    await act("Reopen", "Reopen the mailbox");
    await until("the reopened mailbox", async () => ((await open()).stdout.includes("INBOX") ? true : null));
    await page.getByRole("link", { name: "Mail domains" }).click();
    await page.getByRole("link", { name: scene.endpoints.demo.domain, exact: true }).click();
    await certificatesOfDomain(page, scene.endpoints.demo.domain);
    await page.getByRole("tab", { name: "Aliases and groups" }).click();
    await page.getByRole("button", { name: "New address" }).first().click();
    const form = page.getByRole("dialog");
    await form.getByRole("textbox", { name: "Address" }).fill("ordini");
    await form.getByLabel("Mailbox").fill("dora");
    await page.getByRole("option", { name: dora }).click();
    await chooseAnew(page, form, "Mailbox", dora);
    await form.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: `Actions for ordini@${scene.endpoints.demo.domain}` }).click();
    await page.getByRole("menuitem", { name: "Test delivery" }).click();
    await page.getByRole("button", { name: "Send the test" }).click();
    await page.getByText("Put into the mailbox").waitFor();
    await page.getByText("The test is over.", { exact: false }).waitFor();
    expect(await axeViolations(page)).toEqual([]);
    await context.close();
  });

  test("a wrong password is refused with a sentence, and the console's cookie is not webmail's (R3)", async () => {
    const { page, context } = await openPage(scene.browser, { language: "it", scheme: "light" });
    await page.goto(scene.endpoints.console);
    await page.locator('input[type="password"]').first().waitFor();
    await page
      .locator('input[type="email"], input[autocomplete~="username"]')
      .first()
      .fill(scene.endpoints.demo.customer.email);
    await page.locator('input[type="password"]').first().fill("not the password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await signIn(page, scene.endpoints.console, scene.endpoints.demo.customer);
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

  test("R1, R8: the price follows what is chosen, and an order that finds its site full leads to another", () =>
    orderSpace(scene));

  test("R33: where mail lies is shown, though the customer did not choose it", () => showMailSite(scene));

  test("R67, R70: a customer asks for an audit over a connection that is cut, an operator quotes it, the customer reads the quote", () =>
    auditByCustomer(scene));

  test.each(looks)("R97: is readable and accessible in $name", async (each) => {
    const { language, scheme } = each;
    const { page, context, troubles } = await openPage(scene.browser, each);
    const misfits: string[] = [];
    const lookAndMeasure = async (screen: string, within?: "main#main") => {
      await look(page, `console-${screen}-${language}-${scheme}`, troubles, within);
      if (isMeasured(each)) misfits.push(...(await misfitsOf(page, `console-${screen}`)));
    };
    const { console: url, demo } = scene.endpoints;
    await page.goto(url);
    await page.locator('input[type="password"]').first().waitFor();
    await lookAndMeasure("sign-in");
    for (const [screen, path] of [
      ["sign-up", "sign-up"],
      ["status", `status?lang=${language}`],
      ["contact", `contact?lang=${language}`],
    ] as const) {
      await page.goto(`${url}/${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await lookAndMeasure(screen);
    }
    await signIn(page, url, demo.customer);
    const headings = new Set<string>();
    for (const path of customerPaths) {
      headings.add(await goWithin(page, `/${path}`));
      await lookAndMeasure(path.replaceAll("/", "-") || "home", path ? "main#main" : undefined);
    }
    expect(misfits, fitting).toEqual([]);
    expect(headings.size, "each page has a heading of its own").toBe(customerPaths.length);
    for (const list of ["domains", "mail"]) {
      await goWithin(page, `/${list}`);
      await page.locator('main#main a[href^="/domains/"], main#main a[href^="/mail/accounts/"]').first().click();
      await page.waitForURL(/\/(domains|accounts)\/./);
      await settled(page);
      await lookAndMeasure(`one-of-${list}`, "main#main");
    }
    const question = { kind: "question", severity: "low", subject: "Quota", body: "Quanto spazio resta?" };
    const { id } = (await sent(page, "/api/tickets", question)) as { id: string };
    await goWithin(page, `/tickets/${id}`);
    await lookAndMeasure("ticket", "main#main");
    // Whoever walked in above has a device with a backup.
    await context.clearCookies();
    await signIn(page, url, newcomer);
    await goWithin(page, "/devices");
    await page.getByRole("link", { name: "Web server" }).click();
    await page.locator("main#main table").first().waitFor();
    await lookAndMeasure("device");
    expect(misfits, fitting).toEqual([]);
    await context.close();
  });

  test("R97: at 320 px, and with texts longer by 40 %, menus and what no list of pages has fit their window too", () =>
    reflowOfConsole(scene));

  test("C8: a policy says what it keeps and how much room that takes, and the device that follows it shows its days and its chain", () =>
    editPolicy(scene));

  test("the palette leads by keyboard to a page, to what the server finds and to a form, and back to where one was", () =>
    paletteOfConsole(scene));

  test("asks again who it is before a device is deleted, and says that its points are still locked", () =>
    deleteDevice(scene));
});

describe("the operator console", () => {
  test("R73: shows who signed up and is to be checked, and the mail with the code among the outgoing", async () => {
    const { page, context, troubles } = await openPage(scene.browser, { language: "en", scheme: "light" });
    await signIn(page, scene.endpoints.operator, scene.endpoints.demo.operator);
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
    const { page, context } = await openPage(scene.browser, { language: "en", scheme: "light" });
    await page.goto(scene.endpoints.operator);
    await page
      .locator('input[type="email"], input[autocomplete~="username"]')
      .first()
      .fill(scene.endpoints.demo.customer.email);
    await page.locator('input[type="password"]').first().fill(scene.endpoints.demo.customer.password);
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await context.close();
  });

  test("walkthrough C: a red host is drained, its customers are written to from a template, and the queue is answered with the keyboard", () =>
    walkthroughC(scene));

  test.each(looks)("R97: is readable and accessible in $name", async (each) => {
    const { language, scheme } = each;
    const { page, context, troubles } = await openPage(scene.browser, each);
    await signIn(page, scene.endpoints.operator, scene.endpoints.demo.operator);
    const headings = new Set<string>();
    const misfits: string[] = [];
    const lookAndMeasure = async (screen: string, within?: "main#main") => {
      await look(page, `operator-${screen}-${language}-${scheme}`, troubles, within);
      if (isMeasured(each)) misfits.push(...(await misfitsOf(page, `operator-${screen}`)));
    };
    for (const path of operatorPaths) {
      headings.add(await goWithin(page, `/${path}`));
      await lookAndMeasure(path || "health", path ? "main#main" : undefined);
    }
    expect(misfits, fitting).toEqual([]);
    expect(headings.size, "each page has a heading of its own").toBe(operatorPaths.length);
    // R67: every promise with its latest evidence, for one customer; what stands behind it opens where there is more.
    await goWithin(page, "/charter");
    const customers = language === "it" ? "Cliente" : "Customer";
    // Whom one types is asked of the server: a list of the first customers would leave out the others.
    const found = page.waitForResponse((reply) => /\/api\/tenants\?.*search=Rossi/.test(reply.url()));
    await page.getByLabel(customers, { exact: true }).first().fill("Rossi");
    await found;
    await page.getByRole("option", { name: "Rossi S.r.l." }).click();
    await page.getByRole("cell", { name: "R104", exact: true }).waitFor();
    await look(page, `operator-charter-customer-${language}-${scheme}`, troubles);
    const [ticket] = ((await sent(page, "/api/desk/tickets")) as { tickets: { tenantId: string; id: string }[] })
      .tickets;
    for (const path of [`tenants/${ticket?.tenantId}`, `tenants/${ticket?.tenantId}/log`]) {
      await goWithin(page, `/${path}`);
      await lookAndMeasure(path.endsWith("log") ? "log" : "customer", "main#main");
    }
    expect(misfits, fitting).toEqual([]);
    await goWithin(page, `/tickets/${ticket?.tenantId}/${ticket?.id}`);
    await look(page, `operator-ticket-${language}-${scheme}`, troubles, "main#main");
    // O4: the host to which the walk through the morning has moved every space.
    await goWithin(page, "/inventory");
    await page.getByRole("link", { name: "store-mi1-2" }).click();
    await page.getByRole("row").nth(1).waitFor();
    await look(page, `operator-host-spaces-${language}-${scheme}`, troubles);
    await page
      .getByRole("button", { name: language === "it" ? /^Sposta: / : /^Move: / })
      .first()
      .click();
    await page.getByRole("dialog").waitFor();
    await look(page, `operator-move-space-${language}-${scheme}`, troubles);
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
    const lookHere: Look = (at, name) => look(at, `${name}-${language}-${scheme}`, troubles);
    await lookAtCustomer(page, language, lookHere, "customer");
    await lookAtPricePreview(page, language, lookHere, "price");
    await context.close();
  });

  test("R97: at 320 px, and with texts longer by 40 %, menus and what no list of pages has fit their window too", () =>
    reflowOfOperator(scene));

  test("the palette opens by its button on a phone, says when there is nothing, and leads to a new notice", () =>
    paletteOfOperator(scene));
});
