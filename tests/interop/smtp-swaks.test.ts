import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type SmtpListener, type SmtpRole, serveSmtp } from "@casaforte/smtp";
import { memorySmtp } from "@casaforte/smtp/memory";
import { FakeClock, MemoryLogger } from "@casaforte/testkit";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

/** The Swiss Army Knife for SMTP, from the distribution, against our listeners. */
const run = promisify(execFile);
let directory: string;
let tls: { key: string; cert: string };
let listener: SmtpListener | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cf-swaks-"));
  const [key, cert] = [join(directory, "key.pem"), join(directory, "cert.pem")];
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"],
    ...["-subj", "/CN=localhost", "-keyout", key, "-out", cert],
  ]);
  tls = { key: await readFile(key, "utf8"), cert: await readFile(cert, "utf8") };
});
afterEach(() => listener?.close(1));
afterAll(() => rm(directory, { recursive: true, force: true }));

async function start(role: SmtpRole, how: "none" | "starttls" | "implicit") {
  const memory = memorySmtp({ passwords: { "ada@example.org": "secret" } });
  const options = {
    role,
    backend: memory.backend,
    hostname: "mx.test",
    clock: new FakeClock(),
    logger: new MemoryLogger(),
    tls,
  };
  listener = await serveSmtp(options, { host: "127.0.0.1", port: 0, tls: how });
  const { port } = listener;
  /** Transcript and exit status: 0 all well, 24 refused at RCPT, 26 after DATA, 28 at AUTH. */
  const swaks = async (...args: string[]): Promise<{ status: number; log: string }> => {
    const base = ["--server", "127.0.0.1", "--port", String(port), "--from", "bob@far.test", "--timeout", "10"];
    try {
      return { status: 0, log: (await run("swaks", [...base, ...args], { maxBuffer: 64 * 1024 * 1024 })).stdout };
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string };
      return { status: code, log: stdout };
    }
  };
  return { memory, swaks };
}

test("a plain message, with and without pipelining", async () => {
  const { memory, swaks } = await start("mx", "none");
  expect((await swaks("--to", "ada@example.org", "--body", "one")).status).toBe(0);
  expect((await swaks("--to", "ada@example.org,eve@example.org", "--pipeline", "--body", "two")).status).toBe(0);
  expect(memory.messages.map(({ recipients }) => recipients)).toEqual([
    ["ada@example.org"],
    ["ada@example.org", "eve@example.org"],
  ]);
});

test("relaying and unknown users are refused with enhanced codes", async () => {
  const { swaks } = await start("mx", "none");
  expect(await swaks("--to", "x@other.test")).toMatchObject({ status: 24, log: expect.stringContaining("550 5.7.1") });
  expect(await swaks("--to", "nobody@example.org")).toMatchObject({
    status: 24,
    log: expect.stringContaining("550 5.1.1"),
  });
});

test("STARTTLS on the MX", async () => {
  const { memory, swaks } = await start("mx", "starttls");
  const { status, log } = await swaks("--to", "ada@example.org", "-tls");
  expect([status, log]).toEqual([0, expect.stringContaining("TLS started with cipher TLSv1.3")]);
  expect(memory.messages).toHaveLength(1);
});

test.each([
  ["starttls", ["-tls"]],
  ["implicit", ["-tlsc"]],
] as const)("submission over %s with PLAIN and LOGIN", async (how, flags) => {
  const { memory, swaks } = await start("submission", how);
  for (const method of ["PLAIN", "LOGIN"]) {
    const login = ["--auth", method, "--auth-user", "ada@example.org", "--auth-password"];
    expect((await swaks("--to", "x@far.test", ...flags, ...login, "secret")).status).toBe(0);
    expect((await swaks("--to", "x@far.test", ...flags, ...login, "wrong")).status).toBe(28);
  }
  expect(memory.messages.map(({ user }) => user)).toEqual(["ada@example.org", "ada@example.org"]);
});

test("a message of ten megabytes with lines that begin with dots comes through unchanged", async () => {
  const { memory, swaks } = await start("mx", "none");
  const body = Array.from({ length: 160_000 }, (_, index) => `${index % 3 === 0 ? "." : ""}${"x".repeat(60)}`).join(
    "\r\n",
  );
  const file = join(directory, "big.eml");
  await writeFile(file, `Subject: big\r\n\r\n${body}\r\n`);
  expect((await swaks("--to", "ada@example.org", "--data", `@${file}`)).status).toBe(0);
  // The tool ends the data with an empty line of its own.
  expect(memory.messages[0]?.text.trimEnd()).toBe(`Subject: big\r\n\r\n${body}`);
});
