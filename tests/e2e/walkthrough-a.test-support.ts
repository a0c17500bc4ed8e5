import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { expect } from "vitest";
import { axeViolations, goWithin, openPage, settled } from "../support/browser.ts";
import { run } from "../support/product.ts";
import { beginWalk } from "../support/walk.ts";
import { mailed, newcomer, type Scene, shots } from "./scene.test-support.ts";

const labelOf = (box: Locator): Promise<string | null> =>
  box.evaluate((input) => (input as HTMLInputElement).labels?.[0]?.textContent ?? null);

/** Walkthrough A: from the sign-up to a restored file. Leaves a customer with a device that has one point. */
export async function walkthroughA(scene: Scene): Promise<void> {
  const { browser, endpoints, home } = scene;
  const { page, context, troubles } = await openPage(browser, { language: "en", scheme: "light" });
  const end = await beginWalk(context, "walkthrough A", "5:00");
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
  await page.getByLabel("Code").fill(await mailed(scene, newcomer.email, /^(\d{6})\r?$/m));
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
  end();
  expect(clicks, "clicks and Enters from the sign-up to the file").toBe(14);
  await goWithin(page, "/");
  await page.getByText("You have restored once. Next: turn on two-step verification.").waitFor();
  expect(troubles).toEqual([]);
  await context.close();
}
