import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRestoreReplySchema } from "@casaforte/contract/restore";
import { toHex } from "@casaforte/kernel";
import { unlockKeyring } from "@casaforte/vbk/seal";
import { zipName } from "@casaforte/zip";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeNastyTree, noise } from "../../apps/agent/src/testing/nasty-tree.ts";
import { axeViolations, looks, openBrowser, openPage, settled } from "../support/browser.ts";
import { type Endpoints, Product, repository, run } from "../support/product.ts";
import { readZip } from "../support/read-zip.ts";
import { misfitsOf } from "../support/reflow.ts";
import { missPoint, offerNoPoints } from "./older-point.test-support.ts";
import { chooseAnotherPoint, chooseFirstKeys, spoilNewestPoint, takeNewestBack } from "./stolen-token.test-support.ts";

const password = "Sette parole che nessun altro conosce";
const deviceName = "Contabilità";
const markerName = "bilancio segreto 2026.txt";
const markerText = "Saldo riservato: 4.815.162,342 euro\n".repeat(40);
/** One red point. */
const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==",
  "base64",
);
const shots = process.env["SHOTS"];
/** A busy machine derives keys and unpacks slowly. */
const patienceMs = 60_000;

let product: Product;
let endpoints: Endpoints;
let browser: Browser;
let home: string;
let tree: string;

const agent = (...args: string[]) =>
  run("node", [join(repository, "apps/agent/bin/casaforte-agent.cjs"), ...args], {
    env: { CASAFORTE_AGENT_HOME: join(home, "agent"), CASAFORTE_PASSWORD: password },
  });
async function backUp(): Promise<void> {
  const done = await agent("backup", tree);
  expect([0, 3], done.stderr).toContain(done.code);
}

/** A full and two increments over a tree of everything that is hard, many small files and one of nine megabytes. */
beforeAll(async () => {
  if (shots) mkdirSync(shots, { recursive: true });
  home = await mkdtemp(join(tmpdir(), "cf-e2e-restore-"));
  tree = join(home, "dati");
  makeNastyTree(tree, 600);
  // Deeper than this test's own paths may be long.
  await run("rm", ["-r", join(tree, "d".repeat(200))]);
  [product, browser] = await Promise.all([Product.prepare(), openBrowser()]);
  endpoints = await product.start();
  const token = endpoints.demo.enrolmentToken;
  const enrolled = await agent("enroll", "--vault", endpoints.vault, "--token", token, "--name", deviceName);
  expect(enrolled.code, enrolled.stderr).toBe(0);
  await backUp();
  writeFileSync(join(tree, "large"), Buffer.concat([Buffer.from("grown at its head"), noise(1, 9_000_003)]));
  rmSync(join(tree, "copy of large"));
  await backUp();
  writeFileSync(join(tree, markerName), markerText);
  writeFileSync(join(tree, "a red point"), picture);
  for (let index = 0; index < 50; index++) appendFileSync(join(tree, "small-0", `file-${index}`), "changed\n");
  await backUp();
}, 400_000);
afterAll(async () => {
  await browser?.close();
  await product?.dispose();
  if (home) {
    await run("chmod", ["-R", "u+rwx", home]);
    await rm(home, { recursive: true, force: true });
  }
});

async function signIn(page: Page): Promise<void> {
  page.setDefaultTimeout(patienceMs);
  await page.goto(endpoints.console);
  await page.locator('input[autocomplete~="username"]').fill(endpoints.demo.customer.email);
  await page.locator('input[type="password"]').fill(endpoints.demo.customer.password);
  await page.keyboard.press("Enter");
  await page.locator("main#main").waitFor();
}

/** To the newest point, by the way that people go. */
async function toNewestPoint(page: Page): Promise<void> {
  await page.goto(`${endpoints.console}/devices`);
  await page.getByRole("link", { name: deviceName }).click();
  await page
    .getByRole("link", { name: /^Browse the point of/ })
    .first()
    .click();
  await page.getByLabel("Backup password").waitFor();
}

async function openPoint(page: Page, secret = password): Promise<void> {
  await page.getByLabel("Backup password").fill(secret);
  await page.getByRole("button", { name: "Open the point" }).click();
}

/** The folders that lead to the tree open by themselves. */
async function enterTree(page: Page, place = "Place"): Promise<void> {
  const [name = ""] = tree.split("/").slice(-1);
  await page.getByRole("navigation", { name: place }).getByText(name, { exact: true }).waitFor();
}

/** Until the list is the one of what was found: a click at the one before it could be lost. */
async function search(page: Page, text: string): Promise<void> {
  await page.getByRole("searchbox").fill(text);
  await page.getByText(`“${text}”`).waitFor();
}

/** A browser that cannot write to a chosen file, as most are: what is saved comes as a download. */
const withoutPicker = (context: BrowserContext) =>
  context.addInitScript(() => Reflect.deleteProperty(globalThis, "showSaveFilePicker"));

/** What the click saves. Where nothing comes, the page says why. */
async function savedBy(page: Page, click: () => Promise<void>): Promise<Buffer> {
  const waited = page.waitForEvent("download", { timeout: 120_000 }).catch(async (cause) => {
    throw new Error(`nothing was saved; the page says: ${await page.getByRole("main").innerText()}`, { cause });
  });
  const [download] = await Promise.all([waited, click()]);
  const path = join(home, `download-${download.suggestedFilename().replaceAll("/", "_")}`);
  await download.saveAs(path);
  return readFileSync(path);
}

/** Everything that a page and its worker send: addresses, headers, bodies. */
function record(context: BrowserContext) {
  const sent: Buffer[] = [];
  const urls: string[] = [];
  const pending: Promise<unknown>[] = [];
  context.on("request", (request) => {
    urls.push(request.url());
    sent.push(Buffer.from(request.url()), Buffer.from(decodeURIComponent(request.url())));
    const body = request.postDataBuffer();
    if (body !== null) sent.push(body);
    pending.push(
      request.allHeaders().then(
        (headers) => sent.push(Buffer.from(JSON.stringify(headers))),
        () => undefined,
      ),
    );
  });
  return {
    urls,
    async everything(): Promise<Buffer> {
      await Promise.all(pending);
      return Buffer.concat(sent.flatMap((piece) => [piece, Buffer.from("\n")]));
    },
  };
}

/** A secret in the forms in which it might travel. */
const formsOf = (bytes: Uint8Array): Buffer[] => {
  const raw = Buffer.from(bytes);
  return [
    raw,
    Buffer.from(raw.toString("hex")),
    Buffer.from(raw.toString("base64").replace(/=+$/, "")),
    Buffer.from(raw.toString("base64url")),
  ];
};

test("R30, R55: a file and a folder come out byte for byte, and no key, password, name or plaintext leaves the page", async () => {
  const { page, context, troubles } = await openPage(browser, { language: "en", scheme: "light" });
  await withoutPicker(context);
  await signIn(page);
  const sent = record(context);
  const opening = page.waitForResponse((response) => response.url().endsWith("/restores"));
  await toNewestPoint(page);
  await openPoint(page, "not this one");
  await page.getByText("The password does not open this backup. Nothing was downloaded.").waitFor();
  expect(sent.urls.filter((url) => url.includes("/files/"))).toEqual([]);
  const { keyring } = openRestoreReplySchema.parse(await (await opening).json());

  await openPoint(page);
  await page.getByText("Host name").waitFor();
  await enterTree(page);
  await search(page, "SEGRETO");
  await page.getByRole("button", { name: `Preview of ${markerName}` }).click();
  await page.getByRole("dialog").getByText("Saldo riservato: 4.815.162,342 euro").waitFor();
  await page.keyboard.press("Escape");
  const marker = page.getByRole("button", { name: `Download ${markerName}` });
  expect((await savedBy(page, () => marker.click())).toString()).toBe(markerText);
  await page.getByRole("button", { name: "Back to the folders" }).click();

  await page.getByRole("button", { name: "Preview of a red point" }).click();
  const drawn = page.getByRole("dialog").getByRole("img", { name: "a red point" });
  await expect.poll(() => drawn.evaluate((image) => (image as HTMLImageElement).naturalWidth)).toBe(1);
  await page.keyboard.press("Escape");
  const large = page.getByRole("button", { name: "Download large", exact: true });
  expect((await savedBy(page, () => large.click())).equals(readFileSync(join(tree, "large")))).toBe(true);
  await page.getByText("1 file saved", { exact: false }).waitFor();

  await page.getByRole("button", { name: "Versions of large", exact: true }).click();
  const versions = page.getByRole("dialog", { name: "Versions of large" });
  await versions.getByText("the same in 2 points, since", { exact: false }).waitFor();
  const earlier = versions.getByRole("button", { name: /^Download the version of/ }).last();
  expect((await savedBy(page, () => earlier.click())).equals(noise(1, 9_000_003))).toBe(true);

  await page.getByRole("button", { name: "Everything" }).click();
  for (const name of tree
    .split("/")
    .filter((part) => part !== "")
    .slice(0, -1))
    await page.getByRole("button", { name, exact: true }).click();
  const asZip = page.getByRole("button", { name: "Download dati as a ZIP" });
  expect(differences(await savedBy(page, () => asZip.click()))).toEqual([]);

  const traffic = await sent.everything();
  expect(sent.urls.filter((url) => url.includes("/files/")).length).toBeGreaterThan(10);
  const storageKey = await unlockKeyring(Buffer.from(keyring, "base64"), { kind: "password", password });
  const secrets = new Map<string, readonly Buffer[]>([
    ["the password", [...formsOf(Buffer.from(password)), ...formsOf(Buffer.from(password, "utf16le"))]],
    ["the storage key", [...formsOf(storageKey.key), ...formsOf(storageKey.material)]],
    ["a file's name", [...formsOf(Buffer.from(markerName)), Buffer.from("small-0"), Buffer.from("exactly-1-mib")]],
    ["a file's text", formsOf(Buffer.from("Saldo riservato: 4.815"))],
    ["a file's bytes", formsOf(noise(1, 9_000_003).subarray(0, 24))],
    ["a search", [Buffer.from("SEGRETO"), Buffer.from("segreto")]],
  ]);
  for (const [what, forms] of secrets)
    for (const form of forms) expect([what, traffic.includes(form)]).toEqual([what, false]);
  expect(toHex(storageKey.material)).toHaveLength(96);
  expect(troubles).toEqual([]);
  await context.close();
});

/** Where the ZIP and the tree on disk differ: names, kinds, modes, times, contents. */
function differences(zip: Buffer): string[] {
  const wrong: string[] = [];
  const items = new Map(readZip(zip).map((item) => [item.nameHex, item]));
  const prefix = Buffer.from("dati");
  const visit = (path: Buffer, name: Buffer): void => {
    const stat = lstatSync(path);
    if (stat.isFIFO() || stat.isCharacterDevice()) return;
    const wanted = stat.isDirectory() ? Buffer.concat([name, Buffer.from("/")]) : name;
    const key = Buffer.from(zipName(wanted)).toString("hex");
    const item = items.get(key);
    items.delete(key);
    const shown = JSON.stringify(name.toString());
    if (item === undefined) return void wrong.push(`${shown} is missing`);
    if (stat.isSymbolicLink()) {
      const target = readlinkSync(path, { encoding: "buffer" });
      if ((item.mode & 0o170000) !== 0o120000 || !item.bytes.equals(target)) wrong.push(`${shown}: link`);
      return;
    }
    if (item.mode !== stat.mode) wrong.push(`${shown}: mode ${item.mode.toString(8)} and not ${stat.mode.toString(8)}`);
    if (item.modifiedSeconds !== Math.floor(stat.mtimeMs / 1000)) wrong.push(`${shown}: time`);
    if (stat.isFile() && !item.bytes.equals(readFileSync(path))) wrong.push(`${shown}: bytes`);
    if (!stat.isDirectory()) return;
    for (const child of readdirSync(path, { encoding: "buffer" }))
      visit(Buffer.concat([path, Buffer.from("/"), child]), Buffer.concat([name, Buffer.from("/"), child]));
  };
  visit(Buffer.from(tree), prefix);
  for (const item of items.values()) wrong.push(`${JSON.stringify(item.name.slice(0, 80))} is too much`);
  return wrong;
}

test("R30: a point older than those that the choice offers is opened, and none in place of one that is gone or that no answer tells of", async () => {
  const { page, context } = await openPage(browser, { language: "en", scheme: "light" });
  await signIn(page);
  await offerNoPoints(page);
  await toNewestPoint(page);
  const there = page.url();
  await missPoint(page, there, looker(page));
  await page.goto(there);
  await openPoint(page);
  await enterTree(page);
  await context.close();
});

test("a preview that was still read when its point was closed is read anew when the point is opened again", async () => {
  const { page, context } = await openPage(browser, { language: "en", scheme: "light" });
  await signIn(page);
  await toNewestPoint(page);
  await openPoint(page);
  await enterTree(page);
  // Asked for, and never answered.
  await page.route("**/api/devices/*/files/*", () => undefined);
  const preview = page.getByRole("button", { name: "Preview of large", exact: true });
  await preview.click();
  await page.getByText("Reading and checking the file…").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Close and forget the key" }).click();
  await page.unroute("**/api/devices/*/files/*");
  await openPoint(page);
  await preview.click();
  await page.getByText("It is neither a text nor a picture", { exact: false }).waitFor();
  await context.close();
});

test("a browser that can write to a chosen file gets it there, and a stopped save leaves nothing", async () => {
  const { page, context } = await openPage(browser, { language: "en", scheme: "light" });
  await context.addInitScript(() => {
    // A real file handle, as the dialog gives one, of the page's private file system.
    Reflect.set(globalThis, "showSaveFilePicker", async ({ suggestedName }: { suggestedName: string }) =>
      (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true }),
    );
  });
  await signIn(page);
  await toNewestPoint(page);
  await openPoint(page);
  await enterTree(page);
  await page.getByRole("button", { name: "Download large", exact: true }).click();
  await page.getByText("1 file saved", { exact: false }).waitFor();
  const length = await page.evaluate(
    async () => (await (await (await navigator.storage.getDirectory()).getFileHandle("large")).getFile()).size,
  );
  expect(length).toBe(statSync(join(tree, "large")).size);
  await page.getByRole("button", { name: "Close and forget the key" }).click();
  await page.getByLabel("Backup password").waitFor();
  expect(await page.getByLabel("Backup password").inputValue()).toBe("");
  await context.close();
});

/** Takes a picture when asked to, and lets axe look. */
const looker = (page: Page) => async (name: string) => {
  await settled(page);
  if (shots) await page.screenshot({ path: join(shots, `restore-${name}.png`), fullPage: true });
  expect(await axeViolations(page), `axe on ${name}`).toEqual([]);
};

/** The opened point at 320 px: what does not fit, and names of files that are cut to a few letters. */
async function narrowMisfits(page: Page): Promise<string[]> {
  await page.getByRole("searchbox").fill("");
  await page.getByRole("button", { name: "Versioni di large" }).waitFor();
  const found = await misfitsOf(page, "restore");
  await page.setViewportSize({ width: 320, height: 640 });
  const name = await page.locator("main#main tbody td:nth-child(2)").first().boundingBox();
  const isShown = name !== null && name.width >= 150 && name.x + name.width <= 320;
  return isShown ? found : [...found, `a file's name has ${name?.width} px at ${name?.x}`];
}

test.each(looks)("R96, R97: the restore is readable and accessible in $name", async (each) => {
  const { language, scheme } = each;
  const { page, context, troubles } = await openPage(browser, each);
  const look = (name: string) => looker(page)(`${name}-${language}-${scheme}`);
  await signIn(page);
  await page.goto(`${endpoints.console}/restore`);
  await page.locator('form input[type="password"]').waitFor();
  await look("choose");
  await page.locator('form input[type="password"]').fill(password);
  await page.keyboard.press("Enter");
  await page.locator("main#main table").waitFor();
  await enterTree(page, language === "it" ? "Posizione" : "Place");
  await page.locator("main#main table input[type=checkbox]").nth(2).check();
  await look("tree");
  await page.getByRole("button", { name: /^(Versioni di|Versions of) large$/ }).click();
  await page.getByText(/^(uguale in 2 punti|the same in 2 points)/).waitFor();
  await look("versions");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: new RegExp(`^(Anteprima di|Preview of) ${markerName}`) }).click();
  await page.getByRole("dialog").getByText("Saldo riservato").waitFor();
  await look("preview");
  await page.keyboard.press("Escape");
  await page.getByRole("searchbox").fill("small");
  await page.getByText(/«small»|“small”/).waitFor();
  await look("search");
  if (language === "it") expect(await narrowMisfits(page)).toEqual([]);
  expect(troubles).toEqual([]);
  await context.close();
});

test("R30: what a stolen token put over a locked point and its keys is undone in the console, and the point opens as it was", async () => {
  await spoilNewestPoint(join(home, "agent"));
  const { page, context, troubles } = await openPage(browser, { language: "en", scheme: "light" });
  await withoutPicker(context);
  const look = looker(page);
  await signIn(page);
  await page.goto(`${endpoints.console}/devices`);
  await page.getByRole("link", { name: deviceName }).click();
  await takeNewestBack(page, look);
  await toNewestPoint(page);
  await openPoint(page);
  await chooseAnotherPoint(page);
  await toNewestPoint(page);
  await openPoint(page);
  await chooseFirstKeys(page, look);
  await openPoint(page);
  await page.getByText("Host name").waitFor();
  await enterTree(page);
  await search(page, "SEGRETO");
  const marker = page.getByRole("button", { name: `Download ${markerName}` });
  expect((await savedBy(page, () => marker.click())).toString()).toBe(markerText);
  expect(troubles).toEqual([]);
  await context.close();
});
