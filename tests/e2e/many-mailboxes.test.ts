import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openPool } from "@casaforte/platform/db";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPage } from "../support/browser.ts";
import { until } from "../support/until.test-support.ts";
import { look, openScene, type Scene, signIn } from "./scene.test-support.ts";

const count = 10_000;
let scene: Scene;

beforeAll(async () => {
  scene = await openScene();
  await fill(join(scene.product.directory, "postgres"), scene.endpoints.demo.domain);
});
afterAll(() => scene?.dispose());

/** Ten thousand mailboxes more in the domain, as an import leaves them but for who signs in to them. */
async function fill(cluster: string, domain: string): Promise<void> {
  const { superuser } = JSON.parse(await readFile(join(cluster, "credentials.json"), "utf8"));
  const socket = (await readFile(join(cluster, "data", "postmaster.pid"), "utf8")).split("\n")[4] ?? "";
  const pool = openPool(`postgres://cf_super:${superuser}@/casaforte?host=${socket}`, 1);
  await pool`
    with made as (
      insert into mailbox_accounts (tenant_id, id, address, display_name, quota_bytes, uidvalidity, created_at, updated_at)
      select d.tenant_id, gen_random_uuid(), 'person' || lpad(n::text, 5, '0') || '@' || d.name, 'Name ' || n, 10000000000, 1,
        now(), now()
      from domains_domains d, generate_series(0, ${count - 1}::int) n where d.name = ${domain}
      returning tenant_id, id, address)
    insert into domains_addresses (tenant_id, id, domain_id, local_part, kind, mail_account_id, created_at)
    select m.tenant_id, gen_random_uuid(), d.id, split_part(m.address, '@', 1), 'mailbox', m.id, now()
    from made m join domains_domains d on d.tenant_id = m.tenant_id and d.name = ${domain}`;
  await pool.end();
}

test("R12: of ten thousand mailboxes the page shows a hundred, finds one as it is typed, and shows more when asked", async () => {
  const { page, context, troubles } = await openPage(scene.browser, { language: "en", scheme: "light" });
  await signIn(page, scene.endpoints.console, scene.endpoints.demo.customer);
  const figures: string[] = [];
  const timed = async (what: string, work: () => Promise<unknown>) => {
    const startedMs = performance.now();
    await work();
    figures.push(`${what}: ${Math.round(performance.now() - startedMs)} ms`);
  };
  const rows = page.locator("tbody tr");
  const shows = (wanted: number) => until(`${wanted} rows`, async () => (await rows.count()) === wanted);
  await timed("the first page", async () => {
    await page.getByRole("link", { name: "Mailboxes" }).click();
    await shows(100);
  });
  await page.getByText(/^10,0\d\d mailboxes$/).waitFor();
  await timed("one more page", async () => {
    await page.getByRole("button", { name: "Show more" }).click();
    await shows(200);
  });
  await page.getByText(/^10,0\d\d mailboxes$/).waitFor();
  await timed("a search", async () => {
    await page.getByRole("searchbox", { name: "Search an address" }).fill("person07777");
    await shows(1);
  });
  await page.getByRole("link", { name: "person07777@" }).waitFor();
  await page.getByText("1 mailbox", { exact: true }).waitFor();
  await look(page, "many-mailboxes", troubles);
  process.stdout.write(`${figures.join("\n")}\n`);
  await context.close();
});

test("R12, R75: a file is checked, stopped half-way, goes on, and gives a link for each person who is to choose a password", async () => {
  const { console: url, webmail, demo } = scene.endpoints;
  const { page, context, troubles } = await openPage(scene.browser, { language: "en", scheme: "light" });
  await signIn(page, url, demo.customer);
  await page.getByRole("link", { name: "Mailboxes" }).click();
  await page.getByRole("link", { name: "From a file" }).click();
  const people = Array.from({ length: 80 }, (_, n) => `new${n}@${demo.domain},Nuova ${n},`);
  const there = Array.from({ length: 180 }, (_, n) => `person0${1000 + n}@${demo.domain},Name ${1000 + n},`);
  const others = [...there, "nobody@elsewhere.example,Nobody,"];
  const file = {
    name: "people.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(["address,name,password", ...people, ...others].join("\n")),
  };
  await page.getByLabel("CSV file").setInputFiles(file);
  await page.getByText("80 mailboxes can be created").waitFor();
  await page.getByText("180 exist already and stay as they are").waitFor();
  await page.getByRole("button", { name: "Create 80 mailboxes" }).click();
  await page.getByRole("button", { name: "Stop here" }).click();
  await page.getByText(/^\d+ mailboxes? created$/).waitFor();
  await look(page, "import-stopped", troubles);
  await page.getByRole("button", { name: /^Create \d+ mailboxes$/ }).click();
  await page.getByText("80 mailboxes created").waitFor();
  await look(page, "import-done", troubles);
  // Nobody leaves without the links by mistake; whoever does takes the same file up again and gets new ones.
  const asked: string[] = [];
  page.once("dialog", (dialog) => {
    asked.push(dialog.message());
    return dialog.dismiss();
  });
  await page.getByRole("button", { name: "Another file" }).click();
  expect(asked).toEqual(["There are invitation links that you have not downloaded. Leave without them?"]);
  page.once("dialog", (dialog) => dialog.accept());
  await page.getByRole("link", { name: "← Mailboxes" }).click();
  await page.getByRole("link", { name: "From a file" }).click();
  await page.getByLabel("CSV file").setInputFiles(file);
  await page.getByText(/^80 exist already without a password/).waitFor();
  await page.getByRole("button", { name: "Make 80 new links" }).click();
  await page.getByText("80 people invited again").waitFor();
  await look(page, "import-again", troubles);
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the invitation links" }).click();
  const lines = (await readFile(await (await saved).path(), "utf8")).trim().split("\r\n").slice(1);
  expect(new Set(lines.map((line) => line.split(",")[2])).size).toBe(80);
  for (const line of lines) expect(line.split(",")[2]).toMatch(new RegExp(`^${webmail}/accept-invitation#\\S{40,}$`));
  await context.close();
});
