import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Endpoints, Product, run } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";
import { expectHeardByImaplib, message, readNumbered, signedIn } from "./mail-clients.test-support.ts";

let product: Product;
let endpoints: Endpoints;
let home: string;
let certificate: string;
const account = (index: number) => {
  const found = endpoints.demo.mailAccounts[index];
  if (!found) throw new Error(`the demo has no mail account ${index}`);
  return found;
};

beforeAll(async () => {
  product = await Product.prepare();
  endpoints = await product.start();
  home = await mkdtemp(join(tmpdir(), "cf-mail-clients-"));
  certificate = join(product.directory, "tls", "cert.pem");
});
afterAll(async () => {
  await product?.dispose();
  if (home) await rm(home, { recursive: true, force: true });
});

async function submitByCurl(subject: string, body?: string): Promise<void> {
  const [from, to] = [account(0), account(1)];
  const file = join(home, "message.eml");
  await writeFile(file, message(subject, from.address, to.address, body));
  const sent = await run("curl", [
    "-sS",
    "--url",
    `smtp://${endpoints.submission.host}:${endpoints.submission.port}`,
    "--ssl-reqd",
    "--cacert",
    certificate,
    "--mail-from",
    from.address,
    "--mail-rcpt",
    to.address,
    "--user",
    `${from.address}:${from.password}`,
    "--upload-file",
    file,
  ]);
  expect(sent.stderr).toBe("");
  expect(sent.code).toBe(0);
}

const curlImap = (path: string, ...extra: string[]) =>
  run("curl", [
    "-sS",
    "--cacert",
    certificate,
    "--user",
    `${account(1).address}:${account(1).password}`,
    `imaps://localhost:${endpoints.imaps.port}/${path}`,
    ...extra,
  ]);

/** Asks again until the message is there: delivery is a job that follows the 250 by milliseconds. */
async function untilFound(subject: string): Promise<string> {
  for (let turn = 0; turn < 100; turn++) {
    const found = await curlImap("INBOX", "-X", `UID SEARCH SUBJECT "${subject}"`);
    const uid = /\* SEARCH (\d+)/.exec(found.stdout)?.[1];
    if (uid) return uid;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the message "${subject}" did not arrive\n${product.output}`);
}

describe("mail programs of the distribution", () => {
  test("curl submits under STARTTLS and reads the same message under TLS", async () => {
    await submitByCurl("From curl", "Perché no?\r\n");
    const uid = await untilFound("From curl");
    const read = await curlImap(`INBOX;UID=${uid}`);
    expect(read.stdout).toContain("Subject: From curl");
    expect(read.stdout).toContain("Perché no?");
    expect(read.stdout).toMatch(/^Return-Path: /m);
  });

  test("swaks submits over implicit TLS", async () => {
    const [from, to] = [account(0), account(1)];
    const sent = await run("swaks", [
      "--server",
      `${endpoints.smtps.host}:${endpoints.smtps.port}`,
      "--tls-on-connect",
      "--auth",
      "PLAIN",
      "--auth-user",
      from.address,
      "--auth-password",
      from.password,
      "--from",
      from.address,
      "--to",
      to.address,
      "--header",
      "Subject: From swaks",
      "--body",
      "hello",
    ]);
    expect(sent.stdout, sent.stderr).toContain("=== Connection closed with remote host.");
    expect(sent.code).toBe(0);
    await untilFound("From swaks");
  });

  test("the MX port takes mail for hosted domains and relays nothing", async () => {
    const server = ["--server", `${endpoints.smtp.host}:${endpoints.smtp.port}`, "--from", "someone@elsewhere.example"];
    const hosted = await run("swaks", [...server, "--to", account(1).address, "--header", "Subject: From outside"]);
    expect(hosted.code, hosted.stdout).toBe(0);
    await untilFound("From outside");
    const relayed = await run("swaks", [...server, "--to", "victim@elsewhere.example"]);
    expect(relayed.code).not.toBe(0);
    expect(relayed.stdout).toMatch(/<\*\* 550/);
    const unknown = await run("swaks", [...server, "--to", `nobody-here@${endpoints.demo.domain}`]);
    expect(unknown.stdout).toMatch(/<\*\* 550[ -]5\.1\.1/);
  });

  test("R16: mail to the support address, the portal's form and a call typed by an operator become tickets", async () => {
    const support = "assistenza@provider.example";
    const [customer] = [account(0)];
    const fixtures: Readonly<Record<string, string>> = {
      "La posta è ferma": message("=?utf-8?Q?La_posta_=C3=A8_ferma?=", customer.address, support, "Da stamattina.\r\n"),
      "With a picture": `${message("With a picture", "someone@elsewhere.example", support, "").replace(
        "text/plain; charset=utf-8",
        'multipart/mixed; boundary="b"',
      )}--b\r\nContent-Type: text/html\r\n\r\n<p>See <b>this</b></p>\r\n--b\r\nContent-Type: image/png; name=a.png\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--b--\r\n`,
      // RFC 5322 allows folded headers and comments, and a body that no header describes.
      "Folded (twice)": `From: Somebody\r\n <someone@elsewhere.example> (at work)\r\nSubject: Folded\r\n (twice)\r\n\r\nplain\r\n`,
    };
    for (const [subject, text] of Object.entries(fixtures)) {
      const file = join(home, "support.eml");
      await writeFile(file, text);
      const isCustomer = subject === "La posta è ferma";
      const at = isCustomer ? endpoints.submission : endpoints.smtp;
      const from = isCustomer ? customer.address : "someone@elsewhere.example";
      const login = isCustomer ? ["--tls", "--auth-user", from, "--auth-password", customer.password] : [];
      const to = ["--server", `${at.host}:${at.port}`, "--from", from, "--to", support, "--data", `@${file}`];
      const sent = await run("swaks", [...to, ...login]);
      expect(sent.code, sent.stdout).toBe(0);
    }
    const desk = await signedIn(endpoints.operator, endpoints.demo.operator);
    const portal = await signedIn(endpoints.console, endpoints.demo.customer);
    const said = { kind: "question", severity: "normal", body: "How?" };
    const typed = (await portal("/api/tickets", { ...said, subject: "By the form" })) as { number: number };
    const { tenants } = (await desk("/api/tenants")) as { tenants: { tenantId: string; name: string }[] };
    const [tenant] = tenants;
    const called = { ...said, subject: "By phone", tenantId: tenant?.tenantId, requesterAddress: customer.address };
    const phoned = (await desk("/api/desk/tickets", called)) as { number: number };
    expect(phoned.number).toBeGreaterThan(typed.number);
    const channels = await until("a ticket of each mail", async () => {
      const { tickets } = (await desk("/api/desk/tickets?state=all&count=100")) as {
        tickets: { subject: string; channel: string; tenantName: string; isQuarantined: boolean }[];
      };
      const found = new Map(tickets.map((ticket) => [ticket.subject, ticket]));
      return Object.keys(fixtures).every((subject) => found.has(subject)) && found;
    });
    for (const subject of Object.keys(fixtures))
      expect(channels.get(subject), subject).toMatchObject({ channel: "mail" });
    expect([...channels.values()].filter(({ subject }) => subject === "With a picture")).toHaveLength(1);
    expect(channels.get("La posta è ferma")?.isQuarantined).toBe(false);
    expect(channels.get("With a picture")?.isQuarantined).toBe(true);
    expect(channels.get("By the form")?.channel).toBe("portal");
    expect(channels.get("By phone")?.channel).toBe("phone");
  });

  test("R16, R18: who wrote to the support address finds the confirmation in the mailbox, with the number, in the language of the organisation", async () => {
    const customer = account(0);
    const portal = await signedIn(endpoints.console, endpoints.demo.customer);
    const words = {
      it: { subject: "Perché è ferma?", begins: "Abbiamo ricevuto la tua richiesta: è il ticket numero" },
      en: { subject: "Why does it rest?", begins: "We received your request: it is ticket number" },
    };
    for (const language of ["en", "it"] as const) {
      await portal("/api/tenant", { language }, "PATCH");
      const { subject, begins } = words[language];
      const file = join(home, "asking.eml");
      const encoded = `=?utf-8?B?${Buffer.from(subject).toString("base64")}?=`;
      await writeFile(file, message(encoded, customer.address, "assistenza@provider.example", "Da stamattina.\r\n"));
      const server = `${endpoints.submission.host}:${endpoints.submission.port}`;
      const login = ["--tls", "--auth-user", customer.address, "--auth-password", customer.password];
      const to = ["--from", customer.address, "--to", "assistenza@provider.example", "--data", `@${file}`];
      const sent = await run("swaks", ["--server", server, ...login, ...to]);
      expect(sent.code, sent.stdout).toBe(0);
      const number = await until("the ticket", async () => {
        const { tickets } = (await portal("/api/tickets?state=all")) as {
          tickets: { subject: string; number: number }[];
        };
        return tickets.find((ticket) => ticket.subject === subject)?.number ?? null;
      });
      const confirmation = await readNumbered(number, customer, { port: endpoints.imaps.port, certificate });
      expect(confirmation.subject).toBe(`[#${number}] ${subject}`);
      expect(confirmation.to).toMatchObject([{ address: customer.address }]);
      expect(confirmation.text).toContain(`${begins} #${number}.`);
      expect(confirmation.text).toContain("Da stamattina.");
      expect(confirmation.text).not.toContain(words[language === "it" ? "en" : "it"].begins);
      // What is answered goes to the ticket, and it is an answer to what was asked.
      expect(confirmation.replyTo?.[0]?.address).toContain(String(number));
      expect(confirmation.inReplyTo).toBeDefined();
    }
  });

  test("Python's imaplib hears of new mail in two mailboxes by NOTIFY while it sends nothing", async () => {
    await expectHeardByImaplib(account(1), { port: endpoints.imaps.port, certificate });
  });

  test("mbsync copies the mailbox, moves nothing the second time, and carries local changes back", async () => {
    const maildir = join(home, "maildir");
    await mkdir(maildir);
    const config = join(home, "mbsyncrc");
    await writeFile(
      config,
      `IMAPAccount cf
Host localhost
Port ${endpoints.imaps.port}
User ${account(1).address}
Pass "${account(1).password}"
SSLType IMAPS
CertificateFile ${certificate}

IMAPStore far
Account cf

MaildirStore near
Path ${maildir}/
Inbox ${maildir}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
`,
    );
    const sync = () => run("mbsync", ["-V", "-c", config, "-a"], { env: { HOME: home } });
    const first = await sync();
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const folder = join(maildir, "INBOX");
    const files = async () => [...(await readdir(join(folder, "new"))), ...(await readdir(join(folder, "cur")))].sort();
    const before = await files();
    expect(before.length).toBeGreaterThanOrEqual(3);
    const second = await sync();
    expect(second.code).toBe(0);
    expect(await files()).toEqual(before);
    expect(second.stdout + second.stderr).not.toMatch(/(pulling|pushing|propagating|copying)/i);
    await writeFile(
      join(folder, "new", "1700000000.1_1.local"),
      message("Written locally", "me@here.example", account(1).address).replaceAll("\r\n", "\n"),
    );
    expect((await sync()).code).toBe(0);
    await untilFound("Written locally");
  });

  test("offlineimap copies the mailbox, moves nothing the second time, and carries a flag back", async () => {
    const folder = join(home, "offlineimap");
    const config = join(home, "offlineimaprc");
    await writeFile(
      config,
      `[general]
accounts = cf
metadata = ${join(home, "offlineimap-state")}
[Account cf]
localrepository = near
remoterepository = far
[Repository near]
type = Maildir
localfolders = ${folder}
[Repository far]
type = IMAP
remotehost = localhost
remoteport = ${endpoints.imaps.port}
remoteuser = ${account(1).address}
remotepass = ${account(1).password}
ssl = yes
sslcacertfile = ${certificate}
folderfilter = lambda name: name == 'INBOX'
`,
      { mode: 0o600 },
    );
    const sync = () => run("offlineimap", ["-o", "-c", config, "-u", "basic"], { env: { HOME: home } });
    const files = async () =>
      [...(await readdir(join(folder, "INBOX", "new"))), ...(await readdir(join(folder, "INBOX", "cur")))].sort();
    const first = await sync();
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const before = await files();
    expect(before.length, first.stdout + first.stderr).toBeGreaterThanOrEqual(1);
    const second = await sync();
    expect(second.code, second.stdout + second.stderr).toBe(0);
    expect(second.stdout + second.stderr).not.toMatch(/cop(y|ied)|delet|flags? /i);
    expect(await files()).toEqual(before);
    const flagged = async () =>
      (/\* SEARCH([ \d]*)/.exec((await curlImap("INBOX", "-X", "SEARCH FLAGGED")).stdout)?.[1] ?? "").trim().split(" ");
    const [one] = before.filter((name) => !/:2,.*F/.test(name));
    const was = new Set(await flagged());
    const [unique = "", letters = ""] = (one ?? "").split(":2,");
    const subfolder = (await readdir(join(folder, "INBOX", "new"))).includes(one ?? "") ? "new" : "cur";
    const marked = `${unique}:2,${[...new Set(`${letters}F`)].sort().join("")}`;
    await rename(join(folder, "INBOX", subfolder, one ?? ""), join(folder, "INBOX", "cur", marked));
    expect((await sync()).code).toBe(0);
    expect((await flagged()).filter((number) => !was.has(number))).toHaveLength(1);
  });

  test("getmail takes the mail by POP3 under TLS once: unique ids stay", async () => {
    await submitByCurl("For getmail");
    await untilFound("For getmail");
    const box = join(home, "getmail.mbox");
    const config = join(home, "getmailrc");
    await writeFile(
      config,
      `[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = ${endpoints.pop3s.port}
username = ${account(1).address}
password = ${account(1).password}
ca_certs = ${certificate}
[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat >> ${box}; echo ==== >> ${box}")
allow_root_commands = true
[options]
read_all = false
delete = false
`,
      { mode: 0o600 },
    );
    const fetch = () => run("getmail", [`--getmaildir=${home}`, `--rcfile=${config}`], { env: { HOME: home } });
    const first = await fetch();
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const taken = await readFile(box, "utf8");
    expect(taken.split("Subject: For getmail")).toHaveLength(2);
    const second = await fetch();
    expect(second.code, second.stdout + second.stderr).toBe(0);
    expect(second.stdout).toMatch(/\b0 messages \(0 bytes\) retrieved/);
    expect(await readFile(box, "utf8")).toBe(taken);
  });

  test("fetchmail takes the mail by POP3 under TLS", async () => {
    await submitByCurl("For fetchmail");
    await untilFound("For fetchmail");
    const inbox = join(home, "fetched");
    const config = join(home, "fetchmailrc");
    await writeFile(
      config,
      `poll localhost service ${endpoints.pop3s.port} protocol pop3 username "${account(1).address}" password "${account(1).password}" options ssl sslcertck sslcertfile ${certificate} keep fetchall mda "cat >> ${inbox}"\n`,
      { mode: 0o600 },
    );
    const fetched = await run("fetchmail", ["-f", config, "--nosyslog", "--pidfile", join(home, "fetchmail.pid")], {
      env: { HOME: home, FETCHMAILHOME: home },
    });
    expect(fetched.code, fetched.stdout + fetched.stderr).toBe(0);
    expect(await readFile(inbox, "utf8")).toContain("Subject: For fetchmail");
  });

  test("mutt opens the mailbox and saves a message", async () => {
    const saved = join(home, "saved.mbox");
    const config = join(home, "muttrc");
    await writeFile(
      config,
      `set imap_user="${account(1).address}"
set imap_pass="${account(1).password}"
set certificate_file="${certificate}"
set ssl_verify_host=no
set folder="imaps://localhost:${endpoints.imaps.port}/"
set spoolfile="+INBOX"
set copy=no confirmappend=no confirmcreate=no delete=no quit=yes wait_key=no timeout=1
set header_cache="" message_cachedir=""
push "<limit>~s 'From curl'<enter><copy-message>${saved}<enter><quit>"
`,
    );
    // At the end of its input, script types ^D: before mutt has taken the terminal that ends mutt's input for good.
    const opened = await run("script", ["-qec", `timeout --foreground -k 5 40 mutt -n -F ${config}`, "/dev/null"], {
      env: { HOME: home, TERM: "xterm" },
      holdInput: true,
    });
    expect(opened.code, opened.stdout.slice(-2000)).toBe(0);
    expect(await readFile(saved, "utf8")).toContain("Subject: From curl");
  });

  test("a wrong password is refused on every protocol", async () => {
    const wrong = `${account(2).address}:not-the-password`;
    for (const url of [`imaps://localhost:${endpoints.imaps.port}/`, `pop3s://localhost:${endpoints.pop3s.port}/`]) {
      const refused = await run("curl", ["-sS", "--cacert", certificate, "--user", wrong, url]);
      expect(refused.code, url).toBe(67);
    }
  });
});
