import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { ImapFlow } from "imapflow";
import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";
import { axeViolations } from "../support/browser.ts";
import { challengeOf, verifier } from "../support/mail-tokens.test-support.ts";
import type { Endpoints, Product } from "../support/product.ts";

interface Scene {
  readonly product: Product;
  readonly endpoints: Endpoints;
  readonly browser: Browser;
  readonly shoot: (page: Page, name: string) => Promise<void>;
}

/** A mail program: it registers itself, waits for the browser at a free port of this machine, and brings the code. */
async function openProgram(webmail: string) {
  const server = createServer((_request, response) => response.end("<title>Fatto</title><p>Puoi chiudere."));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const redirect = `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`;
  const told = (await (await fetch(`${webmail}/.well-known/oauth-authorization-server`)).json()) as {
    readonly [name: string]: string;
  };
  const at = (name: string) => new URL(new URL(told[name] ?? "").pathname, webmail).href;
  const registered = await fetch(at("registration_endpoint"), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ client_name: "Posta di Prova", redirect_uris: ["http://127.0.0.1/answer"] }),
  });
  const { client_id } = (await registered.json()) as { client_id: string };
  const query = new URLSearchParams({
    ...{ client_id, redirect_uri: redirect, response_type: "code", scope: "imap smtp", state: "mine" },
    ...{ code_challenge: challengeOf(verifier), code_challenge_method: "S256" },
  });
  return {
    authorizeUrl: `${at("authorization_endpoint")}?${query}`,
    answer: async () => new URL(((await once(server, "request")) as [{ url: string }])[0].url, redirect).searchParams,
    async tokens(code: string) {
      const fields = { grant_type: "authorization_code", code, client_id, redirect_uri: redirect };
      const body = new URLSearchParams({ ...fields, code_verifier: verifier });
      return (await (await fetch(at("token_endpoint"), { method: "POST", body })).json()) as { access_token: string };
    },
    close: () => server.close(),
  };
}

export async function connectProgram({ product, endpoints, browser, shoot }: Scene): Promise<void> {
  const [anna] = endpoints.demo.mailAccounts;
  const program = await openProgram(endpoints.webmail);
  const ca = await readFile(join(product.directory, "tls", "cert.pem"));
  const open = (accessToken: string) => {
    const client = new ImapFlow({
      ...{ host: "localhost", port: endpoints.imaps.port, secure: true, logger: false, tls: { ca } },
      auth: { user: anna?.address ?? "", accessToken },
    });
    client.on("error", () => {});
    return client;
  };
  const context = await browser.newContext({ locale: "it-IT", viewport: { width: 1400, height: 900 } });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(program.authorizeUrl);
    await page.fill("input[name=username]", anna?.address ?? "");
    await page.fill("input[name=password]", anna?.password ?? "");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Collegare un programma di posta?" }).waitFor();
    await page.getByText(`«Posta di Prova» chiede di entrare nella casella ${anna?.address}`).waitFor();
    for (const [width, colorScheme] of [
      [1400, "light"],
      [360, "dark"],
    ] as const) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme });
      await shoot(page, `connect-program-${width}-${colorScheme}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1400, height: 900 });
    const [refused] = await Promise.all([
      program.answer(),
      page.getByRole("button", { name: "Non collegarlo" }).click(),
    ]);
    expect([refused.get("error"), refused.get("state"), refused.get("code")]).toEqual(["access_denied", "mine", null]);

    await page.goto(program.authorizeUrl);
    const yes = page.getByRole("button", { name: "Collega il programma" });
    await yes.waitFor();
    await yes.focus();
    const [allowed] = await Promise.all([program.answer(), page.keyboard.press("Enter")]);
    expect([allowed.get("state"), allowed.get("iss")]).toEqual(["mine", new URL(program.authorizeUrl).origin]);
    const { access_token } = await program.tokens(allowed.get("code") ?? "");
    const client = open(access_token);
    await client.connect();
    expect((await client.mailboxOpen("INBOX")).path).toBe("INBOX");

    await page.goto(`${endpoints.webmail}/settings`);
    const end = page.getByRole("button", { name: "Scollega Posta di Prova" });
    await end.waitFor();
    for (const width of [1400, 360]) {
      await page.setViewportSize({ width, height: 900 });
      await end.scrollIntoViewIfNeeded();
      await shoot(page, `connected-programs-${width}`);
      expect(await axeViolations(page)).toEqual([]);
    }
    const closed = once(client, "close");
    await end.click();
    await end.waitFor({ state: "detached" });
    await closed;
    await expect(open(access_token).connect()).rejects.toThrow();
  } finally {
    program.close();
    await context.close();
  }
}
