import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { agentProgram } from "../../apps/agent/src/testing/agent-process.ts";
import { run } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";
import { compareTrees } from "./compare-trees.ts";
import { Installation } from "./installation.test-support.ts";

/** Each try is a program's start; on a busy machine that takes seconds. */
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let house: Installation;

beforeAll(async () => {
  house = await Installation.prepare({ migratesItself: true });
});
afterAll(() => house?.dispose());

const curl = (...args: readonly string[]) => run("curl", ["-sS", "--cacert", house.certificate, ...args]);

/** The refusal of a `serve` that must not start: one plain text on stderr, exit code 1. */
async function refusal(name: string, change: (yaml: string) => string = (yaml) => yaml, urls = house.urls) {
  const file = await house.writeConfig(name, change);
  const ended = await run(process.execPath, ["apps/server/src/main.ts", "serve", "--config", file], { env: urls });
  expect(ended.code, ended.stdout + ended.stderr).toBe(1);
  expect(ended.stdout).not.toContain("ready");
  expect(ended.stderr).not.toMatch(/^\s+at /m);
  return ended.stderr;
}

describe("somebody else's PostgreSQL", () => {
  test("roles that exist are not touched unasked, and a server without a schema is refused", async () => {
    const made = await house.casaforte("init-database", "--superuser-url", await house.superuserUrl());
    expect(made.code).toBe(1);
    expect(made.stderr).toContain("--reset-passwords");
    const url = await house.superuserUrl();
    const bad = await house.casaforte("init-database", "--superuser-url", url, "--database", "x; drop table y");
    expect(bad.stderr).toContain("lower-case letters");
    await house.initDatabase("prova");
    expect(Object.keys(house.urls).sort()).toEqual(["DATABASE_OPERATOR_URL", "DATABASE_OWNER_URL", "DATABASE_URL"]);
    const again = await house.casaforte("migrate", "--config", await house.writeConfig("again"));
    expect(again.stdout).toBe("0 migrations applied.\n");
    const other = (variable: string) => house.urls[variable]?.replace("/prova", "/casaforte") ?? "";
    const unmigrated = { DATABASE_URL: other("DATABASE_URL"), DATABASE_OPERATOR_URL: other("DATABASE_OPERATOR_URL") };
    expect(await refusal("unmigrated", undefined, unmigrated)).toContain("run: casaforte migrate");
  });
});

describe("what serve refuses", () => {
  test("debug logging, the sink, no TLS on a public address, absent files: all told at once", async () => {
    const told = await refusal("unfit", (yaml) =>
      yaml
        .replace("level: info", "level: debug")
        .replace("mode: direct", "mode: sink")
        .replace(/console: \{.*$/m, 'console: { host: 0.0.0.0, port: 8443, publicUrl: "https://c.example" }')
        .replace("file: master.key", "file: other.key")
        .replaceAll("cert: tls/cert.pem", "cert: tls/none.pem"),
    );
    for (const expected of [
      "log.level is debug",
      "demo's sink",
      "listens on 0.0.0.0 without TLS",
      "make-key",
      "none.pem",
    ])
      expect(told).toContain(expected);
  });

  test("a key that the schema does not know", async () => {
    expect(await refusal("unknown", (yaml) => `${yaml}\nworkers: 4\n`)).toMatch(/workers/);
  });

  test("a default password, a superuser, a role that bypasses row security, an owner, a wrong password, no server", async () => {
    const { DATABASE_URL = "", DATABASE_OPERATOR_URL = "", DATABASE_OWNER_URL = "" } = house.urls;
    const withApp = (url: string) => refusal("roles", undefined, { DATABASE_URL: url, DATABASE_OPERATOR_URL });
    const signedIn = (url: string) => new URL(url).password;
    expect(await withApp(DATABASE_URL.replace(signedIn(DATABASE_URL), "changeme"))).toContain(
      "default or empty password",
    );
    const superuser = (await house.superuserUrl()).replace("/postgres?", "/prova?");
    expect(await withApp(superuser)).toContain("cf_super, a superuser");
    expect(await withApp(DATABASE_OWNER_URL)).toMatch(/cf_owner, which owns \d+ tables/);
    expect(await withApp(DATABASE_OPERATOR_URL)).toContain("row security is written for cf_app");
    expect(await withApp(DATABASE_URL.replace(signedIn(DATABASE_URL), "nearly-right-9"))).toContain(
      "refuses this role",
    );
    expect(await withApp(DATABASE_URL.replace("socket", "no-socket"))).toContain("cannot be reached");
    await house.asSuperuser("alter role cf_app bypassrls");
    try {
      expect(await withApp(DATABASE_URL)).toContain("BYPASSRLS");
    } finally {
      await house.asSuperuser("alter role cf_app nobypassrls");
    }
    await house.asSuperuser("alter table mailbox_messages no force row level security");
    try {
      expect(await withApp(DATABASE_URL)).toMatch(/mailbox_messages: row security is not forced/);
    } finally {
      await house.asSuperuser("alter table mailbox_messages force row level security");
    }
  });

  test("a master key that others can read", async () => {
    await writeFile(join(house.directory, "open.key"), Buffer.alloc(32, 1), { mode: 0o644 });
    expect(await refusal("open-key", (yaml) => yaml.replace("master.key", "open.key"))).toContain("chmod 600");
  });

  test("a port that is taken, by its name and number", async () => {
    const taken = createServer();
    // Somebody else may hold it already: that serves as well.
    await new Promise<void>((resolve) => {
      taken.once("listening", resolve).once("error", () => resolve());
      taken.listen(house.ports.imaps, "127.0.0.1");
    });
    try {
      expect(await refusal("taken")).toContain(`port ${house.ports.imaps} for imaps`);
    } finally {
      await new Promise((done) => taken.close(done));
    }
  });
});

describe("two processes on one database", () => {
  test("mail and backups cross them, a new master key is taken over, and both stop when asked", async () => {
    const inside = await house.writeConfig("inside", (yaml) => yaml.replace(/^roles: .*$/m, "roles: [worker, mx]"));
    const front = await house.writeConfig("front", (yaml) =>
      yaml.replace(/^roles: .*$/m, "roles: [console, operator, webmail, vault, mail]"),
    );
    const [worker, edge] = await Promise.all([house.serve(inside), house.serve(front)]);
    const setup = /once: (https:\/\/localhost:\d+)\/setup#(\S+)/.exec(edge.output());
    const [, operator = "", token = ""] = setup ?? [];
    const signedUp = await curl(
      "-X",
      "POST",
      "-H",
      "content-type: application/json",
      "-H",
      `origin: ${operator}`,
      "-w",
      "%{http_code}",
      "-d",
      JSON.stringify({
        token,
        login: "op@prova.example",
        displayName: "Op",
        language: "it",
        password: "molto lunga e rara 7",
      }),
      `${operator}/api/auth/bootstrap`,
    );
    expect(signedUp.stdout).toMatch(/200$/);

    const accounts = await house.seed();
    const page = await curl("-i", `https://localhost:${house.ports.console}/healthz`);
    expect(page.stdout).toMatch(/^HTTP\/1\.1 200/);
    const hsts = /strict-transport-security: max-age=(\d+); includeSubDomains/i.exec(page.stdout);
    expect(Number(hsts?.[1])).toBeGreaterThanOrEqual(31_536_000);

    const [anna, bruno] = accounts.mailAccounts;
    if (!anna || !bruno) throw new Error("the seed made no mail accounts");
    const search = (who: typeof anna, subject: string) =>
      until(
        `"${subject}" in the mailbox of ${who.address}`,
        async () => {
          const found = await curl(
            "--max-time",
            "20",
            "--user",
            `${who.address}:${who.password}`,
            `imaps://localhost:${house.ports.imaps}/INBOX`,
            "-X",
            `UID SEARCH SUBJECT "${subject}"`,
          );
          return /\* SEARCH \d+/.test(found.stdout);
        },
        { withinMs: 120_000, everyMs: 200 },
      );
    await search(anna, "Benvenuta");
    await save(front);
    const letter = join(house.directory, "letter.eml");
    await writeFile(letter, `From: <${anna.address}>\r\nTo: <${bruno.address}>\r\nSubject: Across\r\n\r\nCiao\r\n`);
    const sent = await curl(
      "--url",
      `smtp://localhost:${house.ports.submission}`,
      "--ssl-reqd",
      "--user",
      `${anna.address}:${anna.password}`,
      "--mail-from",
      anna.address,
      "--mail-rcpt",
      bruno.address,
      "--upload-file",
      letter,
    );
    expect(sent.code, sent.stderr).toBe(0);
    await search(bruno, "Across");
    const outside = await run("swaks", [
      "--server",
      `127.0.0.1:${house.ports.smtp}`,
      "--from",
      "x@elsewhere.example",
      "--to",
      bruno.address,
      "--header",
      "Subject: Outside",
    ]);
    expect(outside.code, outside.stdout).toBe(0);
    await search(bruno, "Outside");

    await backUpAndRestore(accounts.enrolmentToken);

    const second = await house.casaforte("make-key", join(house.directory, "master-2.key"));
    expect(second.code).toBe(0);
    const both = await house.writeConfig("both", (yaml) =>
      yaml.replace("[{ id: 1, file: master.key }]", "[{ id: 2, file: master-2.key }, { id: 1, file: master.key }]"),
    );
    expect((await house.casaforte("rewrap-keys", "--config", both)).stdout).toMatch(/^[1-9]\d* keys wrapped anew/);
    expect(await refusal("old-key-only")).toContain("no configured master key opens the keys");
    const newest = (yaml: string) => yaml.replace("[{ id: 1, file: master.key }]", "[{ id: 2, file: master-2.key }]");
    const examined = await house.casaforte("doctor", "--config", await house.writeConfig("newest", newest));
    expect(examined.stdout).toContain("All well");
    expect(examined.code).toBe(0);
    await proveToOutsiders(await house.writeConfig("newest", newest), accounts.tenantId);

    expect(await Promise.all([worker.end("SIGTERM"), edge.end("SIGTERM")])).toEqual([0, 0]);
    const alone = await house.serve(await house.writeConfig("newest", newest));
    await search(bruno, "Outside");
    // Mail came since the first save, into a file that it had half of: the second must win.
    await save(await house.writeConfig("newest", newest));
    await drill(await house.writeConfig("newest", newest));
    expect(await alone.end("SIGTERM")).toBe(0);

    // Without a certificate, on loopback only: this machine may sign in in clear, on submission and IMAP alike.
    const clear = (yaml: string) =>
      newest(yaml)
        .replace(/^ {2}tls: .*$/m, "")
        .replace(/^ {2}imaps: .*$/m, `  imap: { port: ${house.ports.imap} }`);
    const bare = await house.serve(await house.writeConfig("clear", clear));
    const user = ["--user", `${anna.address}:${anna.password}`];
    const submitted = await curl(
      "--url",
      `smtp://127.0.0.1:${house.ports.submission}`,
      ...user,
      "--mail-from",
      anna.address,
      "--mail-rcpt",
      anna.address,
      "--upload-file",
      letter,
    );
    expect(submitted.code, submitted.stderr).toBe(0);
    expect((await curl(...user, `imap://127.0.0.1:${house.ports.imap}/INBOX`, "-X", "NOOP")).code).toBe(0);
    expect(await bare.end("SIGTERM")).toBe(0);

    await putBackElsewhere(newest, () => search(bruno, "Outside"));
    await expectDoctorFindings(newest);
  });
});

const place = () => join(house.directory, "saved");

/** R98: made beside the program, as the nightly timer does it. Only the newest save is kept. */
async function save(file: string): Promise<void> {
  const url = (await house.superuserUrl()).replace("/postgres?", "/prova?");
  const saved = await house.casaforte("save", "--config", file, "--to", place(), "--database-url", url, "--keep", "1");
  expect(saved.code, saved.stderr).toBe(0);
  expect(await readdir(join(place(), "database"))).toHaveLength(1);
}

/** R98: the save proves itself. */
async function drill(file: string): Promise<void> {
  const { code, stdout, stderr } = await house.casaforte("drill", "--config", file, "--from", place(), "--json");
  expect(stdout, stderr).not.toBe("");
  const report = JSON.parse(stdout);
  expect({ code, report }, stderr).toMatchObject({ code: 0, report: { ok: true, findings: [], mailAccounts: 3 } });
  expect(report.blobsRead).toBeGreaterThan(5);
}

/** R98: an empty installation filled from the save is the old one: it serves, and the doctor finds nothing. */
async function putBackElsewhere(change: (yaml: string) => string, check: () => Promise<unknown>): Promise<void> {
  await house.initDatabase("seconda");
  const elsewhere = (yaml: string) =>
    change(yaml).replace("data: data", "data: data-2").replace("blobs: blobs", "blobs: blobs-2");
  const file = await house.writeConfig("elsewhere", elsewhere);
  const from = ["put-back", "--config", file, "--from", place(), "--superuser-url", await house.superuserUrl()];
  const back = await house.casaforte(...from);
  expect(back.stdout, back.stderr).toMatch(/3 mail accounts will be read anew[\s\S]*All well/);
  const served = await house.serve(file);
  await check();
  expect(await served.end("SIGTERM")).toBe(0);
  for (const [name, url] of Object.entries(house.urls)) house.urls[name] = url.replace("/seconda", "/prova");
}

/** R89: key, evidence and log leave the installation by commands, and are checked with nothing but their files. */
async function proveToOutsiders(file: string, tenantId: string): Promise<void> {
  const at = (name: string) => join(house.directory, name);
  const [key, log, verified] = await Promise.all([
    house.casaforte("certificate", "key", "--config", file),
    house.casaforte("audit", "export", "--config", file, "--tenant", tenantId),
    house.casaforte("charter", "verify", "--config", file, "--tenant", tenantId, "--out", at("evidence.zip")),
  ]);
  expect(verified.stdout, verified.stderr).toMatch(/\d+ controls, 0 not kept\. The signed evidence is in/);
  expect([key.code, log.code, verified.code], key.stderr + log.stderr).toEqual([0, 0, 0]);
  await writeFile(at("provider.pem"), key.stdout);
  const lines = log.stdout.trimEnd().split("\n");
  await writeFile(at("log.jsonl"), log.stdout);
  const gap = lines.toSpliced(Math.floor(lines.length / 2), 1);
  await writeFile(at("gap.jsonl"), `${gap.join("\n")}\n`);
  const alone = (...args: readonly string[]) =>
    run(process.execPath, ["apps/server/src/main.ts", ...args], {
      env: { DATABASE_URL: "", DATABASE_OPERATOR_URL: "" },
    });
  const [evidence, whole, cut] = await Promise.all([
    alone("charter", "check", at("evidence.zip"), "--key", at("provider.pem")),
    alone("audit", "verify", at("log.jsonl")),
    alone("audit", "verify", at("gap.jsonl")),
  ]);
  expect(evidence.stdout, evidence.stderr).toMatch(/as Prova signed it .*\n\d+ files are whole/);
  expect(whole.stdout, whole.stderr).toContain(`The log of ${tenantId} is whole`);
  expect([evidence.code, whole.code, cut.code]).toEqual([0, 0, 1]);
  expect(cut.stderr).not.toMatch(/^\s+at /m);
}

async function backUpAndRestore(token: string): Promise<void> {
  const tree = join(house.directory, "tree");
  await mkdir(join(tree, "deep", "er"), { recursive: true });
  await writeFile(join(tree, "deep", "er", "big"), Buffer.alloc(3_000_000, "abcdefg"));
  await writeFile(join(tree, "perché.txt"), "perché no?");
  const { file } = await agentProgram();
  const agent = (...args: readonly string[]) =>
    run(process.execPath, [file, ...args], {
      env: {
        NODE_EXTRA_CA_CERTS: house.certificate,
        CASAFORTE_PASSWORD: "una frase lunga e rara",
        CASAFORTE_AGENT_HOME: join(house.directory, "agent"),
      },
    });
  const vault = `https://localhost:${house.ports.vault}`;
  for (const args of [
    ["enroll", "--vault", vault, "--token", token, "--name", "prova"],
    ["backup", tree],
    ["restore", "latest", "--to", join(house.directory, "back")],
  ]) {
    const ended = await agent(...args);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  }
  expect(compareTrees(tree, join(house.directory, "back", tree), { ignoreTimes: () => true })).toEqual([]);
}

/** Damage of each kind, each found and named with what to do; then the keys gone. */
async function expectDoctorFindings(change: (yaml: string) => string): Promise<void> {
  const file = await house.writeConfig("newest", change);
  const examine = async () => {
    const { code, stdout } = await house.casaforte("doctor", "--config", file, "--json");
    const { findings } = JSON.parse(stdout) as { findings: { where: string; what: string; todo: string }[] };
    return { code, findings: findings.map(({ where, what, todo }) => `${where}: ${what} ${todo}`).join("\n") };
  };
  const settled = await house.casaforte("after-restore", "--config", file);
  expect(settled.stdout, settled.stderr).toBe("3 mail accounts will be read anew by their programs.\n");
  expect(await examine()).toEqual({ code: 0, findings: "" });
  const record = await house.casaforte("mail-tlsa", "--config", file);
  expect(record.stdout, record.stderr).toMatch(/^_25\._tcp\.localhost\. IN TLSA 3 1 1 [0-9A-F]{64}\n$/);

  const filesOf = async (kind: string) =>
    (await readdir(join(house.directory, "blobs", kind), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const [part] = (await filesOf("backup")).filter((name) => /[\da-f]{12}$/.test(name));
  await rm(part ?? "none");
  // Small mail lies in packs, one for each process that wrote: all of them go.
  for (const pack of await filesOf("mail")) await rm(pack);
  await house.asSuperuser(
    "insert into jobs_jobs (tenant_id, id, task, payload, run_at, attempts_max, created_at, failed_at, last_error) " +
      "select tenant_id, gen_random_uuid(), 'mailflow.deliver', '{}', now(), 1, now(), now(), 'disk full' from tenancy_tenants limit 1",
  );
  await house.asSuperuser(
    "update audit_entries set action = 'forged.entry' where id = (select entry_id from audit_chain limit 1)",
  );
  const { code, findings } = await examine();
  expect(code).toBe(1);
  expect(findings).toMatch(/backup\.every_row_has_its_blob: blob .* missing .* Restore the site's blobs/);
  expect(findings).toMatch(/mailbox\.every_message_has_its_blob: .* missing in the store/);
  expect(findings).toMatch(/mailflow\.deliver: 1 given up, .*disk full .*retry-jobs/);
  expect(findings).toMatch(/audit\.chain_unbroken: an entry or its link is not as it was written/);
  expect((await house.casaforte("retry-jobs", "--config", file)).stdout).toBe("1 jobs will run again.\n");

  await rename(join(house.directory, "data", "keys"), join(house.directory, "data", "keys-elsewhere"));
  expect((await house.casaforte("doctor", "--config", file)).code).toBe(2);
  expect(await refusal("newest", change)).toContain("restore the data directory that belongs to this database");
}
