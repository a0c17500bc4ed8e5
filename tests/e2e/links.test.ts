import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { axeViolations, looks, openPage } from "../support/browser.ts";
import { Product } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";
import {
  browser,
  endpoints,
  enrolTotp,
  giveAuthenticator,
  home,
  look,
  mailedLink,
  operator,
  saveRecoveryCodes,
  shots,
  signIn,
  signOut,
  totp,
  withPage,
} from "./links.test-support.ts";

const gino = { email: "gino@verdi.example", first: "otto ruote di marzapane", second: "sette lampade sul molo" };

describe("an invitation", () => {
  let link: string;

  test("leads from the operator's form to the new owner's console", async () => {
    await operator.getByRole("link", { name: "Customers" }).click();
    await operator.getByRole("button", { name: "New customer" }).first().click();
    await operator.getByLabel("Company name").fill("Verdi & Figli S.n.c.");
    await operator.getByLabel("Owner’s name").fill("Gino Verdi");
    await operator.getByLabel("Owner’s e-mail").fill(gino.email);
    await operator.getByRole("button", { name: "Create and invite" }).click();
    await operator.getByRole("link", { name: "Verdi & Figli S.n.c." }).waitFor();
    link = await mailedLink(gino.email, "/accept-invitation");
    await withPage(async (page) => {
      await page.goto(link);
      await page.getByText("Verdi & Figli S.n.c. invites you").waitFor();
      expect(page.url()).toBe(`${endpoints.console}/accept-invitation`);
      expect(await page.getByLabel("E-mail address").inputValue()).toBe(gino.email);
      await page.getByLabel("New password").fill("verdi verdi verdi");
      await page.keyboard.press("Enter");
      await page.getByText("This password is easily guessed.").waitFor();
      await page.getByLabel("New password").fill(gino.first);
      await page.getByRole("button", { name: "Accept and sign in" }).click();
      await home(page).waitFor();
      expect(page.url()).toBe(`${endpoints.console}/`);
    });
  });

  test("works once, and says what to do when it is used", async () =>
    withPage(async (page) => {
      await page.goto(link);
      await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
      await page.getByRole("button", { name: "Go to sign-in" }).click();
      await page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
    }));
});

describe("a forgotten password", () => {
  test("is replaced through the mailbox; the old one is refused", async () =>
    withPage(async (page) => {
      await page.goto(endpoints.console);
      await page.getByRole("link", { name: "Forgotten your password?" }).click();
      await page.getByLabel("E-mail address").fill(gino.email);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Look at your mail" }).waitFor();
      const link = await mailedLink(gino.email, "/reset-password");
      await page.goto(link);
      // A person of the console has none of them.
      await page.getByText("Open sessions will end on every device.").waitFor();
      expect(await page.getByText("app passwords").count()).toBe(0);
      await page.getByLabel("New password").fill("short");
      await page.getByText("7 more characters.").waitFor();
      await page.getByLabel("New password").fill(gino.second);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Password changed" }).waitFor();
      await signIn(page, endpoints.console, gino.email, gino.first);
      await page.getByText("The address or the password is not right.").waitFor();
      await signIn(page, endpoints.console, gino.email, gino.second);
      await home(page).waitFor();
    }));

  test("of nobody gets the same answer", async () =>
    withPage(async (page) => {
      await page.goto(`${endpoints.console}/forgot-password`);
      await page.getByLabel("E-mail address").fill("nobody@nowhere.example");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Look at your mail" }).waitFor();
    }));

  test("R76: of a mailbox is replaced through the recovery address that its person confirmed", async () =>
    withPage(async (page) => {
      const { address, password } = endpoints.demo.mailAccounts.at(-1) ?? { address: "", password: "" };
      const elsewhere = "lontano@altrove.example";
      await signIn(page, endpoints.webmail, address, password);
      await page.getByRole("button", { name: "Account" }).click();
      await page.getByRole("menuitem", { name: "Settings" }).click();
      await page.getByText("No recovery address").waitFor();
      await page.getByLabel("Recovery address").fill(elsewhere);
      await page.getByRole("button", { name: "Send the confirmation link" }).click();
      await page.getByText(`We wrote to ${elsewhere}`).waitFor();
      if (shots) await page.screenshot({ path: join(shots, "webmail-security.png"), fullPage: true });
      await page.goto(await mailedLink(elsewhere, "/confirm-recovery"));
      await page.getByRole("button", { name: "Confirm the address" }).click();
      await page.getByRole("heading", { name: "Recovery address confirmed" }).waitFor();
      await page.goto(`${endpoints.webmail}/forgot-password`);
      await page.getByLabel("E-mail address").fill(address);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Look at your mail" }).waitFor();
      await page.goto(await mailedLink(elsewhere, "/reset-password"));
      await page.getByText("connected programs and app passwords with them").waitFor();
      await page.getByLabel("New password").fill("undici lune sul granaio");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "Password changed" }).waitFor();
      await signIn(page, endpoints.webmail, address, password);
      await page.getByText("The address or the password is not right.").waitFor();
      await signIn(page, endpoints.webmail, address, "undici lune sul granaio");
      await page.getByText("Inbox").first().waitFor();
    }));
});

test("a new sign-in address counts from its confirmation on", async () =>
  withPage(async (page) => {
    await signIn(page, endpoints.console, gino.email, gino.second);
    await page.getByRole("link", { name: "Security" }).click();
    await page.getByLabel("New address").fill("gino.verdi@verdi.example");
    await page.getByRole("button", { name: "Change the address" }).click();
    await page.getByText("We wrote to gino.verdi@verdi.example").waitFor();
    await page.goto(await mailedLink("gino.verdi@verdi.example", "/confirm-address"));
    await page.getByRole("button", { name: "Confirm the address" }).click();
    await page.getByRole("heading", { name: "Address confirmed" }).waitFor();
    gino.email = "gino.verdi@verdi.example";
    await page.getByRole("button", { name: "Continue" }).click();
    await home(page).waitFor();
  }));

describe("the second step", () => {
  test("by authenticator app: enrol, sign in with a code, sign in with a recovery code", async () =>
    withPage(async (page) => {
      await signIn(page, endpoints.console, gino.email, gino.second);
      await page.getByRole("link", { name: "Security" }).click();
      const { secret, codes } = await enrolTotp(page);
      expect(codes).toHaveLength(10);
      await signOut(page);
      await signIn(page, endpoints.console, gino.email, gino.second);
      await page.getByLabel("Code").fill(totp(secret, 1));
      await page.keyboard.press("Enter");
      await home(page).waitFor();
      await signOut(page);
      await signIn(page, endpoints.console, gino.email, gino.second);
      await page.getByRole("button", { name: "Use a recovery code" }).click();
      await page.getByLabel("Recovery code").fill(codes[0] ?? "");
      await page.keyboard.press("Enter");
      await home(page).waitFor();
      await signOut(page);
      await signIn(page, endpoints.console, gino.email, gino.second);
      await page.getByRole("button", { name: "Use a recovery code" }).click();
      await page.getByLabel("Recovery code").fill(codes[0] ?? "");
      await page.keyboard.press("Enter");
      await page.getByText("The code is not right or was used already.").waitFor();
    }));

  test("by passkey: enrol, then sign in with it", async () =>
    withPage(async (page) => {
      const { email, password } = endpoints.demo.customer;
      await giveAuthenticator(page);
      await signIn(page, endpoints.console, email, password);
      await page.getByRole("link", { name: "Security" }).click();
      await page.getByLabel("Name of the passkey").fill("Laptop");
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await saveRecoveryCodes(page);
      await page.getByText("Laptop", { exact: true }).waitFor();
      await signOut(page);
      await signIn(page, endpoints.console, email, password);
      await page.getByRole("button", { name: "Use the passkey" }).click();
      await home(page).waitFor();
      // Turned off again, so that the next tests sign in by password alone.
      await page.getByRole("link", { name: "Security" }).click();
      await page.getByRole("button", { name: "Remove the passkey Laptop" }).click();
      await page.getByText("No passkeys.").waitFor();
    }));
});

describe("people", () => {
  const technician = { email: "tea@galli.example", password: "quattro gatti sul fieno" };

  test("are invited, get another role, and the last owner cannot leave", async () =>
    withPage(async (page) => {
      await signIn(page, endpoints.console, endpoints.demo.customer.email, endpoints.demo.customer.password);
      await page.getByRole("link", { name: "People" }).click();
      await page.getByRole("button", { name: "Invite a person" }).click();
      await page.getByLabel("E-mail address").fill(technician.email);
      await page.getByLabel("Full name").fill("Tea Galli");
      await page.getByRole("radio", { name: "Read only" }).check();
      await page.getByRole("button", { name: "Send the invitation" }).click();
      await page.getByText(`Invitation sent to ${technician.email}`).waitFor();
      await page.getByRole("button", { name: "Actions for Tea Galli" }).click();
      await page.getByRole("menuitem", { name: "Change role" }).click();
      await page.getByRole("radio", { name: "Technician" }).check();
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByRole("row", { name: /Tea Galli.*Technician/ }).waitFor();
      await page.getByRole("button", { name: "Actions for Anna Bianchi" }).click();
      await page.getByRole("menuitem", { name: "Remove" }).click();
      await page.getByRole("button", { name: "Remove", exact: true }).click();
      await page.getByText("This is the last person who can manage the others").waitFor();
    }));

  test("must set up a second step once the organisation requires it, and then go on", async () => {
    const first = await mailedLink(technician.email, "/accept-invitation");
    await withPage(async (page) => {
      await signIn(page, endpoints.console, endpoints.demo.customer.email, endpoints.demo.customer.password);
      await page.getByRole("link", { name: "People" }).click();
      await page.getByRole("button", { name: "Actions for Tea Galli" }).click();
      await page.getByRole("menuitem", { name: "Invite again" }).click();
      await page.getByText(`Invitation sent to ${technician.email}`).waitFor();
      await page.getByRole("switch", { name: /Two-step verification required/ }).check();
      // The owner has no second step either: the next request says so.
      await page.getByText("Whoever has not turned it on yet must do so before going on.").waitFor();
      await page.getByRole("link", { name: "Backup spaces" }).click();
      await page.getByRole("heading", { level: 1, name: "Before you go on" }).waitFor();
      await enrolTotp(page);
      await page.getByRole("heading", { level: 1, name: "Backup spaces" }).waitFor();
    });
    await withPage(async (page) => {
      await page.goto(first);
      await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
      await page.goto(await mailedLink(technician.email, "/accept-invitation", [first]));
      await page.getByLabel("New password").fill(technician.password);
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { level: 1, name: "Before you go on" }).waitFor();
      await enrolTotp(page);
      await home(page).waitFor();
      expect(await page.getByRole("link", { name: "People" }).count()).toBe(0);
    });
  });
});

test("the audit log tells who did what, narrows and is taken away as CSV", async () => {
  await operator.getByRole("link", { name: "Audit log" }).click();
  await operator.getByRole("button", { name: "Signed in" }).first().waitFor();
  await operator.getByRole("button", { name: "Check the log" }).click();
  await operator.getByText(/lines? checked/).waitFor();
  const [download] = await Promise.all([
    operator.waitForEvent("download"),
    operator.getByRole("link", { name: "Export CSV" }).click(),
  ]);
  expect(await readFile(await download.path(), "utf8")).toMatch(/^id,at,actorKind[^\n]*\r\n.*identity\.signed_in/s);
});

test("the operator reads a customer's file and invites another owner", async () => {
  await operator.getByRole("link", { name: "Customers" }).click();
  await operator.getByRole("link", { name: "Verdi & Figli S.n.c." }).click();
  await operator.getByRole("button", { name: "Invite another owner" }).click();
  await operator.getByLabel("Owner’s name").fill("Ida Verdi");
  await operator.getByLabel("Owner’s e-mail").fill("ida@verdi.example");
  await operator.getByRole("button", { name: "Send the invitation" }).click();
  await operator.getByText("Invitation sent to ida@verdi.example").waitFor();
  await operator.getByRole("link", { name: "Audit log" }).last().click();
  await operator.getByRole("button", { name: "File opened by an operator" }).first().waitFor();
});

/** Opens a link of an app, in the app that stands where that leads to its page. */
async function openLink(page: Page, app: string, link: string): Promise<void> {
  const [path = "", fragment] = link.split("#");
  if (fragment !== undefined && page.url().startsWith(`${app}/`)) {
    const before = await page.locator("main h1").elementHandle();
    await page.evaluate(
      ([to, hash]) => {
        history.replaceState(null, "", to);
        location.hash = hash;
      },
      [path, fragment] as const,
    );
    await before?.waitForElementState("hidden");
  } else {
    await page.goto("about:blank");
    await page.goto(`${app}${link}`);
  }
  await page.locator("main h1").waitFor();
}

describe("the pages of links", () => {
  let invitation: string;
  beforeAll(async () => {
    invitation = await mailedLink("ida@verdi.example", "/accept-invitation");
  });

  test.each(looks)("are readable and accessible in $name", async (each) => {
    const { language, scheme } = each;
    const { page, context, troubles } = await openPage(browser, each);
    const nameOf = (name: string) => `link-${name}-${language}-${scheme}`;
    await page.goto(invitation);
    await page.locator('input[autocomplete="new-password"]').waitFor();
    await look(page, nameOf("invitation"), troubles);
    const nobody = "A".repeat(43);
    const { console: customers, webmail, operator: staff } = endpoints;
    for (const [name, app, link] of [
      // A second link in the same tab, as its fragment alone changes, is shown without loading the app again.
      ["reset", customers, `/reset-password#${nobody}`],
      ["address", customers, `/confirm-address#${nobody}`],
      ["dead", customers, `/accept-invitation#${nobody}`],
      ["forgotten", customers, "/forgot-password"],
      ["cut-short", customers, "/reset-password"],
      ["recovery", webmail, `/confirm-recovery#${nobody}`],
      ["mailbox", webmail, "/forgot-password"],
      ["setup", staff, `/setup#${nobody}`],
    ] as const) {
      await openLink(page, app, link);
      await look(page, nameOf(name), troubles);
    }
    await context.close();
  });
});

describe("a fresh installation", () => {
  test("prints a link that makes the first operator, who must add a passkey", async () => {
    const fresh = await Product.prepare({ fresh: true });
    try {
      const { operator: url } = await fresh.start("--no-demo");
      const link = await until("the set-up link", () => /\S+\/setup#\S+/.exec(fresh.output)?.[0] ?? null);
      await withPage(async (page) => {
        await giveAuthenticator(page);
        await page.goto(link);
        await page.getByLabel("E-mail address").fill("prima@provider.example");
        await page.getByLabel("Full name").fill("Prima Operatrice");
        await page.getByLabel("New password").fill("tre barche nel cortile");
        await page.getByRole("button", { name: "Create the operator" }).click();
        await page.getByRole("heading", { level: 1, name: "Before you go on" }).waitFor();
        if (shots) await page.screenshot({ path: join(shots, "must-enrol.png"), fullPage: true });
        expect(await axeViolations(page)).toEqual([]);
        await page.getByRole("button", { name: "Add a passkey" }).click();
        await saveRecoveryCodes(page);
        await page.getByRole("heading", { level: 1, name: "Health of the service" }).waitFor();
        expect(page.url()).toBe(`${url}/`);
        await page.getByRole("link", { name: "Operators" }).click();
        await page.getByRole("row", { name: /Prima Operatrice/ }).waitFor();
      });
      await withPage(async (page) => {
        await page.goto(link);
        await page.getByLabel("E-mail address").fill("seconda@provider.example");
        await page.getByLabel("Full name").fill("Seconda");
        await page.getByLabel("New password").fill("cinque barche nel cortile");
        await page.keyboard.press("Enter");
        await page.getByRole("heading", { name: "This link no longer works" }).waitFor();
      });
    } finally {
      await fresh.dispose();
    }
  });
});
