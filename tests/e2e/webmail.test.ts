import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildWebApps } from "../../apps/server/src/demo/build-web.ts";
import { axeViolations, type Look, looks, openBrowser, openPage, settled } from "../support/browser.ts";
import { repository } from "../support/product.ts";
import { fillMailbox } from "../support/sample-mail.ts";
import { officeAddress, startWebmailServer, testLogin, type WebmailServer } from "../support/webmail-server.ts";
import { narrow, reflowOfWebmail } from "./reflow.test-support.ts";

let browser: Browser;
let server: WebmailServer;
beforeAll(async () => {
  await buildWebApps(repository, () => undefined);
  browser = await openBrowser();
}, 300_000);
afterAll(() => browser?.close());

const shots = process.env["SHOTS"];
const wide = { width: 1400, height: 900 };
const phone = { width: 390, height: 844 };

async function shoot(page: Page, name: string): Promise<void> {
  if (shots === undefined) return;
  await mkdir(shots, { recursive: true });
  await page.screenshot({ path: join(shots, `${name}.png`) });
}

async function withPage(look: Look, viewport: typeof wide, work: (page: Page) => Promise<void>): Promise<string[]> {
  const { page, context, troubles } = await openPage(browser, look, viewport);
  page.setDefaultTimeout(30_000);
  try {
    await work(page);
  } finally {
    await context.close();
  }
  // The sanitiser parses a mail's own handlers in a document without a view; the browser notes that it ran none of them.
  return troubles.filter((trouble) => !trouble.includes("Executing inline event handler violates"));
}

async function signIn(page: Page): Promise<void> {
  await page.goto(server.origin);
  await page.fill("input[name=username]", testLogin.login);
  await page.fill("input[name=password]", testLogin.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector('[data-row="0"]');
}

const toOffice = `Message-ID: <office@example.it>\nFrom: Anna Ferri <anna.ferri@example.it>\nTo: ${officeAddress}\nSubject: Richiesta di preventivo\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nBuongiorno, ci mandate un preventivo?\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename="misure.txt"\n\n3 x 4 m\n--b--`;

const rowTexts = (page: Page): Promise<string[]> => page.locator(".wm-row-subject").allInnerTexts();
const settle = (page: Page): Promise<void> => page.waitForTimeout(200);

describe.each(looks)("in $name", (look) => {
  beforeAll(async () => {
    server = await startWebmailServer();
    await fillMailbox(server);
  });
  afterAll(() => server?.close());

  test("every screen is free of axe violations and of policy violations", async () => {
    const found: string[] = [];
    const check = async (page: Page, name: string): Promise<void> => {
      await settled(page);
      await shoot(page, `webmail-${name}-${look.language}-${look.scheme}`);
      for (const violation of await axeViolations(page)) found.push(`${name}: ${violation}`);
    };
    const troubles = await withPage(look, wide, async (page) => {
      await page.goto(server.origin);
      await page.waitForSelector("input[name=username]");
      await check(page, "sign-in");
      await signIn(page);
      await check(page, "inbox");
      await page.getByRole("button", { name: /^(Condividi|Share)…$/ }).click();
      await page.getByRole("dialog").getByRole("textbox").waitFor();
      await check(page, "share");
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
      await page.click('[data-row="0"]');
      await page.waitForSelector(".wm-plain");
      await check(page, "conversation");
      await page.click('[data-row="1"]');
      await page.waitForSelector("iframe");
      await check(page, "html");
      await page.keyboard.press("r");
      await page.waitForSelector(".wm-editor-text");
      await check(page, "reply");
      await page.keyboard.press("Escape");
      await page.waitForSelector(".wm-composer", { state: "detached" });
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await page.waitForSelector('[role="dialog"]');
      await check(page, "help");
      await page.goto(`${server.origin}/search?q=nessuno`);
      await page.waitForSelector(".cf-state");
      await check(page, "empty-search");
      await page.goto(`${server.origin}/settings`);
      await page.waitForSelector(".wm-setting");
      await page.waitForSelector(".cf-brand");
      await page.getByRole("button", { name: /^(Aggiungi regola|Add rule)$/ }).click();
      await check(page, "settings");
      await page.goto(`${server.origin}/recover`);
      await page.getByLabel("Preventivo del tetto").check();
      await check(page, "recover");
      await page.getByRole("button", { name: /^(Ripristina|Restore) 1/ }).click();
      await page.getByText("Preventivo del tetto").waitFor({ state: "detached" });
      server.shareOffice();
      await server.append(toOffice, { inOffice: true });
      await page.goto(server.origin);
      await page.getByRole("button", { name: officeAddress }).click();
      await page.getByText("Richiesta di preventivo").waitFor();
      await check(page, "shared");
    });
    troubles.push(
      ...(await withPage(look, phone, async (page) => {
        await signIn(page);
        await check(page, "phone-list");
        await page.click('[data-row="0"]');
        await page.waitForSelector(".wm-plain");
        await check(page, "phone-reading");
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(phone.width);
      })),
    );
    expect(found).toEqual([]);
    expect(troubles).toEqual([]);
  });
});

describe("mail by keyboard and mouse", () => {
  const look = looks[0] as Look;
  beforeAll(async () => {
    server = await startWebmailServer();
    await fillMailbox(server);
  });
  afterAll(() => server?.close());

  test("reading marks as read; archive moves on and can be undone; the server agrees", async () => {
    await withPage(look, wide, async (page) => {
      await signIn(page);
      const before = await rowTexts(page);
      await page.keyboard.press("j");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".wm-plain");
      await page.waitForSelector(".wm-row[data-open]:not([data-unread])");
      await page.keyboard.press("e");
      await page.waitForSelector(".wm-toast");
      await expect.poll(async () => (await rowTexts(page))[0]).toBe(before[1]);
      const archive = (await server.account.mailboxes()).find((mailbox) => mailbox.role === "archive");
      await expect
        .poll(async () => (await server.account.mailboxes()).find((m) => m.role === "archive")?.totalEmails)
        .toBe(2);
      expect(archive).toBeDefined();
      await page.keyboard.press("z");
      await expect.poll(async () => (await rowTexts(page))[0]).toBe(before[0]);
      await expect
        .poll(async () => (await server.account.mailboxes()).find((m) => m.role === "archive")?.totalEmails)
        .toBe(0);
    });
  });

  test("in an office's shared mail one reads and files there, and answers from one's own account as the office", async () => {
    const office = server.shareOffice();
    await server.append(toOffice, { inOffice: true });
    await withPage(look, wide, async (page) => {
      await signIn(page);
      const own = await rowTexts(page);
      await page.getByRole("button", { name: officeAddress }).click();
      await page.locator(".wm-row-subject", { hasText: "Richiesta di preventivo" }).waitFor();
      expect(await rowTexts(page)).toHaveLength(1);
      await page.click('[data-row="0"]');
      await page.waitForSelector(".wm-plain");
      await page.keyboard.press("f");
      await page.waitForSelector(".wm-editor-text");
      await page.keyboard.type("luca@studio-bianchi.it,");
      await page.waitForSelector(".wm-compose-attachments");
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".wm-composer", { state: "detached" });
      const asOffice = {
        filter: { on: "from", text: officeAddress },
        sort: [],
        collapseThreads: false,
        window: { kind: "position", position: 0 },
        limit: 1,
        calculateTotal: false,
      } as const;
      await expect.poll(async () => (await server.account.queryEmails(asOffice)).ids).toHaveLength(1);
      const sent = await server.account.queryEmails(asOffice);
      const raw = Buffer.from(await server.account.readMessage(sent.ids[0] ?? "")).toString();
      expect(raw).toContain("misure.txt");
      expect(raw).toContain(`Sender: Maria Conti <${testLogin.login}>`);
      await page.keyboard.press("e");
      const archived = async () => (await office.mailboxes()).find(({ role }) => role === "archive")?.totalEmails;
      await expect.poll(archived).toBe(1);
      await page.getByRole("button", { name: "La mia casella" }).click();
      await expect.poll(() => rowTexts(page)).toEqual(own);
    });
  });

  test("a message that arrives appears by itself, and opening it elsewhere reads it here", async () => {
    await withPage(look, wide, async (page) => {
      await signIn(page);
      await server.append("Message-ID: <live@x.it>\nFrom: Nuova <n@x.it>\nSubject: Appena arrivata\n\nciao");
      await expect.poll(async () => (await rowTexts(page))[0]).toBe("Appena arrivata");
      const [id] = (
        await server.account.queryEmails({
          filter: { on: "subject", text: "appena" },
          sort: [],
          collapseThreads: false,
          window: { kind: "position", position: 0 },
          limit: 1,
          calculateTotal: false,
        })
      ).ids;
      await server.account.changeEmails([
        { id: id ?? "", keywords: { kind: "patch", add: ["$seen", "$flagged"], remove: [] } },
      ]);
      await page.waitForSelector('li[aria-posinset="1"] .wm-row:not([data-unread])');
      expect(await page.getAttribute('li[aria-posinset="1"] .wm-row-star', "aria-pressed")).toBe("true");
    });
  });

  test("writing: autosaved draft, attachment, Ctrl+Enter, and ten seconds to take it back", async () => {
    await withPage(look, wide, async (page) => {
      await signIn(page);
      await page.keyboard.press("c");
      await page.waitForSelector(".wm-editor-text");
      await page.keyboard.type("anna.ferri@example.it,");
      await page.getByLabel("Oggetto").fill("Prova con allegato");
      await page.click(".wm-editor-text");
      await page.keyboard.type("Ciao Anna, ecco il file.");
      await page.setInputFiles('[data-testid="attachment-input"]', {
        name: "dati.csv",
        mimeType: "text/csv",
        buffer: Buffer.from("a,b\n1,2\n"),
      });
      await page.waitForSelector(".wm-compose-attachments");
      const count = async (role: string) =>
        (await server.account.mailboxes()).find((m) => m.role === role)?.totalEmails;
      const sentBefore = (await count("sent")) ?? 0;
      await expect.poll(() => count("drafts"), { timeout: 30_000 }).toBe(1);
      await page.keyboard.press("Control+Enter");
      await page.waitForSelector(".wm-composer", { state: "detached" });
      await expect.poll(() => count("sent")).toBe(sentBefore + 1);
      await expect.poll(() => count("drafts")).toBe(0);
      await page.locator(".wm-toast button").first().click();
      await expect.poll(() => count("drafts")).toBe(1);
      expect(await count("sent")).toBe(sentBefore);
    });
  });

  test("without recipients nothing is sent, and the composer says why", async () => {
    await withPage(look, wide, async (page) => {
      await signIn(page);
      await page.keyboard.press("c");
      await page.waitForSelector(".wm-editor-text");
      await page.getByRole("button", { name: "Invia", exact: true }).click();
      await page.waitForSelector(".wm-compose-trouble");
      expect(await page.locator(".wm-compose-trouble").textContent()).toContain("destinatario");
    });
  });

  test("hostile mail runs nothing and fetches nothing from elsewhere", async () => {
    await server.append(
      `Message-ID: <evil@x.it>\nFrom: E <e@x.it>\nSubject: Ostile\nContent-Type: text/html; charset=utf-8\n\n<p id="x">ciao</p>
<script>parent.document.title="owned"</script><img src="x" onerror="parent.document.title='owned'"><svg onload="parent.document.title='owned'"></svg>
<img src="https://evil.example/p.gif"><div style="background:url(https://evil.example/b.gif)">a</div><style>@import "https://evil.example/c.css";body{background:url('https://evil.example/d.gif')}</style>
<form action="https://evil.example"><input name="q"></form><a href="javascript:alert(1)">js</a><base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example">`,
    );
    await withPage(look, wide, async (page) => {
      const asked: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      await signIn(page);
      await page.getByText("Ostile").first().click();
      await page.waitForSelector("iframe");
      await settle(page);
      expect(await page.title()).not.toContain("owned");
      expect(asked.filter((url) => url.includes("evil.example"))).toEqual([]);
      const html = await page.locator("iframe").getAttribute("srcdoc");
      expect(html).not.toMatch(/evil\.example|<script|onerror|onload|<form|<meta|<base|javascript:/i);
      expect(await page.locator("iframe").getAttribute("sandbox")).not.toContain("allow-scripts");
    });
  });

  test("a script that the server has no more, as after an upgrade, comes with the page loaded anew", async () => {
    await withPage(look, wide, async (page) => {
      await page.route(/\/assets\/MailBody-/, (route) => route.fulfill({ status: 404 }));
      await signIn(page);
      await page.click('[data-row="0"]');
      const again = page.getByRole("alert").getByRole("button", { name: /^(Riprova|Try again)$/ });
      await again.waitFor();
      await page.unrouteAll();
      await again.click();
      await page.locator(".wm-plain, iframe").first().waitFor();
    });
  });

  test("R97: at 320 px, and with texts longer by 40 %, every screen fits its window and no word is cut", async () => {
    // Hostile mail of other tests is among what is looked at: what the policy stops of it is no trouble of a screen.
    const troubles = await withPage(look, narrow, (page) => reflowOfWebmail(page, server.origin, () => signIn(page)));
    expect(troubles.filter((trouble) => !trouble.includes("base URI") && !trouble.includes("evil.example"))).toEqual(
      [],
    );
  });

  test("a rule made in the settings is stored as Sieve; a script written by hand is shown and stays", async () => {
    await withPage(look, wide, async (page) => {
      await signIn(page);
      await page.goto(`${server.origin}/settings`);
      await page.getByRole("button", { name: "Aggiungi regola" }).click();
      await page.getByLabel("Nome della regola").fill("Lavoro");
      await page.getByLabel("Testo", { exact: true }).last().fill("capo@example.it");
      await page.getByRole("combobox", { name: "Cartella" }).click();
      await page.getByRole("option", { name: "Archivio" }).click();
      const stored = page.waitForResponse((response) => response.url().endsWith("/api/filters"));
      await page.locator("section", { hasText: "Lavoro" }).getByRole("button", { name: "Salva" }).click();
      const { activeScript } = (await (await stored).json()) as { activeScript: { content: string } };
      expect(activeScript.content).toContain('fileinto :create "archive";');
      server.useScript("keep; # mio");
      await page.goto(`${server.origin}/settings`);
      await page.getByText("È in uso uno script scritto a mano").waitFor();
      expect(await page.getByRole("region", { name: "Script thunderbird" }).innerText()).toContain("keep; # mio");
    });
  });

  test("with the mail closed a push is shown as a number of messages, without whose and what", async () => {
    await withPage(look, wide, async (page) => {
      await signIn(page);
      await page.evaluate(async () => {
        await navigator.serviceWorker.register("/push-worker.js?language=it");
        await navigator.serviceWorker.ready;
      });
      const devtools = await page.context().newCDPSession(page);
      const registered = new Promise<string>((resolve) => {
        devtools.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: [one] }) => {
          if (one !== undefined) resolve(one.registrationId);
        });
      });
      await devtools.send("ServiceWorker.enable");
      const registrationId = await registered;
      const worker = page.context().serviceWorkers()[0];
      // A browser without windows shows nothing: what it was asked to show is noted.
      const shown = worker?.evaluate(
        () =>
          new Promise<string>((resolve) => {
            const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration };
            registration.showNotification = async (title, options) => resolve(`${title}: ${options?.body}`);
          }),
      );
      await page.goto("about:blank");
      const changed = { [server.account.info.id]: { EmailDelivery: "1" } };
      await devtools.send("ServiceWorker.deliverPushMessage", {
        origin: server.origin,
        registrationId,
        data: JSON.stringify({ "@type": "StateChange", changed }),
      });
      const inbox = (await server.account.mailboxes()).find(({ role }) => role === "inbox");
      expect(await shown).toBe(`Nuova posta: ${inbox?.unreadEmails} messaggi da leggere`);
    });
  });

  test("single keys can be switched off", async () => {
    await withPage(look, wide, async (page) => {
      await signIn(page);
      await page.goto(`${server.origin}/settings`);
      await page.getByLabel("Scorciatoie con un solo tasto").click();
      await page.goto(server.origin);
      await page.waitForSelector('[data-row="0"]');
      await page.keyboard.press("c");
      await settle(page);
      expect(await page.locator(".wm-composer").count()).toBe(0);
    });
  });
});

test("a list of 5,000 mounts few rows and shows its middle quickly", async () => {
  server = await startWebmailServer();
  for (let index = 0; index < 5_000; index++) {
    await server.append(`Message-ID: <n${index}@x.it>\nFrom: a@x.it\nSubject: Numero ${index}\n\nx`, {
      atMs: Date.now() - index * 60_000,
      keywords: ["$seen"],
    });
  }
  await withPage(looks[0] as Look, wide, async (page) => {
    await signIn(page);
    expect(await page.locator(".wm-list-item").count()).toBeLessThanOrEqual(40);
    await page.evaluate(() => {
      const box = document.querySelector(".wm-list");
      if (box) box.scrollTop = box.scrollHeight / 2;
    });
    await page.waitForSelector('li[aria-posinset="2500"] .wm-row', { timeout: 30_000 });
    expect(await page.locator(".wm-list-item").count()).toBeLessThanOrEqual(40);
  });
  await server.close();
});
