import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRunning } from "../support/processes.test-support.ts";
import { run } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";
import { Installation, type Served } from "./installation.test-support.ts";

let house: Installation;
let served: Served;

beforeAll(async () => {
  house = await Installation.prepare();
  await house.initDatabase("prova");
  served = await house.serve(await house.writeConfig("all"));
});
afterAll(() => house?.dispose());

const curl = (...args: readonly string[]) => run("curl", ["-sS", "--cacert", house.certificate, ...args]);

test("a killed PostgreSQL is 503, NO [UNAVAILABLE] and 451; after its restart nothing accepted is lost", async () => {
  const { customer, mailAccounts } = await house.seed();
  const [anna] = mailAccounts;
  if (!anna) throw new Error("the seed made no mail account");
  const origin = `https://localhost:${house.ports.console}`;
  const signIn = () =>
    curl(
      "-X",
      "POST",
      "-w",
      " %{http_code}",
      "-H",
      "content-type: application/json",
      "-H",
      `origin: ${origin}`,
      "-d",
      JSON.stringify({ login: customer.email, password: customer.password }),
      `${origin}/api/auth/sign-in`,
    );
  let count = 0;
  const accepted: string[] = [];
  /** Offers a message to the MX. Returns the server's last reply; what it accepted is remembered. */
  const offer = async () => {
    const subject = `Letter-${++count}.`;
    const file = join(house.directory, `${count}.eml`);
    await writeFile(file, `From: <x@far.example>\r\nTo: <${anna.address}>\r\nSubject: ${subject}\r\n\r\nx\r\n`);
    const sent = await run("curl", [
      "-sS",
      "-v",
      "--max-time",
      "20",
      "--url",
      `smtp://127.0.0.1:${house.ports.smtp}`,
      "--mail-from",
      "x@far.example",
      "--mail-rcpt",
      anna.address,
      "--upload-file",
      file,
    ]);
    const replies = [...sent.stderr.matchAll(/^< (\d{3} .*?)\r?$/gm)].map(([, reply]) => reply ?? "");
    if (sent.code === 0) accepted.push(subject);
    return replies.filter((reply) => !reply.startsWith("221")).at(-1) ?? sent.stderr;
  };
  const imap = (command: string) =>
    run("curl", [
      "-sS",
      "-v",
      "--max-time",
      "20",
      "--cacert",
      house.certificate,
      "--user",
      `${anna.address}:${anna.password}`,
      `imaps://localhost:${house.ports.imaps}/INBOX`,
      "-X",
      command,
    ]);

  expect((await signIn()).stdout).toMatch(/ 200$/);
  expect(await offer()).toMatch(/^250 /);
  expect((await imap("NOOP")).code).toBe(0);

  await house.killDatabase();
  for (let turn = 0; turn < 2; turn++) {
    const [web, mail, mailbox] = await Promise.all([signIn(), offer(), imap("NOOP")]);
    expect(web.stdout).toMatch(/"code":"db\.unavailable".* 503$/);
    expect(web.stdout).not.toMatch(/postgres|stack|\.ts:/i);
    expect(mail).toMatch(/^4[25]1 4\./);
    expect(mailbox.stderr).toMatch(/NO \[UNAVAILABLE\]/);
  }
  expect((await curl("-w", "%{http_code}", `${origin}/healthz`)).stdout).toMatch(/200$/);
  const blind = await house.casaforte("doctor", "--config", await house.writeConfig("all"));
  expect(blind.code).toBe(2);
  expect(blind.stderr).toContain("cannot be reached");

  // Killed a second time in the middle of a shower of mail: some of it is accepted, some not, and both are kept to.
  await house.restartDatabase();
  await until("mail is taken again", async () => (await offer()).startsWith("250"));
  const shower = Array.from({ length: 12 }, () => offer());
  await Promise.race(shower);
  await house.killDatabase();
  await Promise.all(shower);
  await house.restartDatabase();
  await until("mail is taken again", async () => (await offer()).startsWith("250"));
  expect((await signIn()).stdout).toMatch(/ 200$/);
  expect(isRunning(served.pid)).toBe(true);

  expect(accepted.length).toBeGreaterThanOrEqual(4);
  // A job that was taken in the very moment of the kill rests until its lease of two minutes runs out.
  for (const subject of accepted)
    await until(
      `the accepted ${subject}`,
      async () => /\* SEARCH \d+/.test((await imap(`UID SEARCH SUBJECT "${subject}"`)).stdout),
      { withinMs: 150_000, everyMs: 200 },
    );
  const examined = await house.casaforte("doctor", "--config", await house.writeConfig("all"));
  expect(examined.stdout + examined.stderr).toContain("All well");
  expect(await served.end("SIGTERM")).toBe(0);
}, 400_000);
