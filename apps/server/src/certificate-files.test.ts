import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { createFace, replaceCertificate } from "@casaforte/platform/http";
import { listenStream } from "@casaforte/platform/net";
import { serveSmtp } from "@casaforte/smtp";
import { memorySmtp } from "@casaforte/smtp/memory";
import { FakeClock, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CertificateFiles } from "./certificate-files.ts";

const clock = new FakeClock();
const logger = new MemoryLogger();
let folder: string;
const closers: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cf-certificates-"));
});
afterAll(async () => {
  for (const close of closers) await close();
  await rm(folder, { recursive: true, force: true });
});

/** A certificate of that common name, for these host names. */
async function put(directory: string, commonName: string, ...hosts: string[]): Promise<void> {
  const altNames = hosts.map((value) => ({ type: 2 as const, value }));
  const extensions = [{ name: "subjectAltName" as const, altNames }];
  const pem = await generate([{ name: "commonName", value: commonName }], { extensions, keyType: "ec" });
  await mkdir(join(folder, directory), { recursive: true });
  await writeFile(join(folder, directory, "privkey.pem"), pem.private);
  await writeFile(join(folder, directory, "fullchain.pem"), pem.cert);
}

const filesIn = (directory: string) => ({
  key: join(folder, directory, "privkey.pem"),
  cert: join(folder, directory, "fullchain.pem"),
});

const pairIn = async (directory: string) => ({
  key: await readFile(filesIn(directory).key, "utf8"),
  cert: await readFile(filesIn(directory).cert, "utf8"),
});

async function seenAt(port: number, servername: string): Promise<unknown> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...(servername && { servername }) });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

test("every listener shows each host name its certificate, and renewed ones without a restart", async () => {
  await put("main", "main one", "mail.p.test");
  await put("hosts/a", "customer one", "mta-sts.a.test", "webmail.a.test");
  await put("hosts/b", "wild one", "*.b.test");
  await mkdir(join(folder, "hosts/lost+found"));
  await put("hosts/0", "broken", "broken.test");
  await writeFile(join(folder, "hosts/0/privkey.pem"), "half a file");
  const main = filesIn("main");
  const files = await CertificateFiles.open(
    { folder: join(folder, "hosts"), listeners: [main], isAnyIssued: false },
    logger,
  );
  const certificate = files.of(main, "mail.p.test");
  if (!certificate) throw new Error("no certificate");
  const stream = await listenStream({
    ...{ name: "imaps", host: "127.0.0.1", port: 0, implicitTls: true, certificate, logger },
    serve: async (connection) => void (await connection.read()),
  });
  closers.push(() => stream.close(0));
  const tls = { tls: certificate.main, contextFor: certificate.contextFor };
  const smtp = await serveSmtp(
    { role: "submission", backend: memorySmtp().backend, hostname: "mail.p.test", clock, logger, ...tls },
    { host: "127.0.0.1", port: 0, tls: "implicit" },
  );
  certificate.onReplace((pair) => smtp.updateTls(pair));
  closers.push(() => smtp.close(1));
  const random = new SeededRandom(1);
  const app = createFace({ name: "webmail", logger, clock, random, contentSecurityPolicy: "api", ...tls });
  certificate.onReplace((pair) => replaceCertificate(app, pair));
  await app.listen({ host: "127.0.0.1", port: 0 });
  closers.push(() => app.close());
  const bound = app.server.address();
  const ports = [stream.port, smtp.port, typeof bound === "object" && bound ? bound.port : 0];
  const seen = async (name: string) => [...new Set(await Promise.all(ports.map((port) => seenAt(port, name))))];

  expect(await seen("")).toEqual(["main one"]);
  expect(await seen("MTA-STS.a.test")).toEqual(["customer one"]);
  expect(await seen("x.b.test")).toEqual(["wild one"]);
  expect(await seen("x.y.b.test")).toEqual(["main one"]);

  await put("main", "main two", "mail.p.test");
  await put("hosts/c", "customer three", "webmail.c.test");
  await put("hosts/0", "mended", "broken.test");
  expect(await files.reload()).toBe(true);
  expect(await seen("")).toEqual(["main two"]);
  expect(await seen("broken.test")).toEqual(["mended"]);
  expect(await seen("webmail.c.test")).toEqual(["customer three"]);

  await writeFile(join(folder, "hosts/a/fullchain.pem"), "half a file");
  await put("main", "main three", "mail.p.test");
  expect(await files.reload()).toBe(false);
  expect(await seen("")).toEqual(["main three"]);
  expect(await seen("webmail.a.test")).toEqual(["customer one"]);
});

test("what the authority issued is shown by its name alone, and never where a file holds one", async () => {
  await put("filed/a", "from a file", "mta-sts.a.test");
  await put("filed/w", "wild file", "*.w.test");
  for (const [folder, name, ...others] of [
    ["issued/a", "mta-sts.a.test"],
    ["issued/b", "mta-sts.b.test", "mta-sts.stolen.test"],
    ["issued/own", "mail.p.test"],
    ["issued/w", "mail.w.test"],
  ] as const)
    await put(folder, `issued ${name}`, name, ...others);
  const files = await CertificateFiles.open(
    { folder: join(folder, "filed"), listeners: [], isAnyIssued: true },
    logger,
  );
  const certificate = files.of("acme", "mail.p.test");
  if (!certificate) throw new Error("no certificate");
  const stream = await listenStream({
    ...{ name: "imaps", host: "127.0.0.1", port: 0, implicitTls: true, certificate, logger },
    serve: async (connection) => void (await connection.read()),
  });
  closers.push(() => stream.close(0));
  const seen = (name: string) => seenAt(stream.port, name);
  // Nobody has issued anything yet: whoever comes finds a certificate that nobody signed.
  expect(await seen("mail.p.test")).toBe("casaforte");
  expect(files.isFiled("mail.w.test")).toBe(true);
  expect(files.isFiled("mta-sts.b.test")).toBe(false);
  files.showIssued(
    new Map([
      ["mta-sts.a.test", await pairIn("issued/a")],
      ["mta-sts.b.test", await pairIn("issued/b")],
      ["mail.p.test", await pairIn("issued/own")],
      ["mail.w.test", await pairIn("issued/w")],
      ["broken.test", { key: "half a key", cert: "half a certificate" }],
    ]),
  );
  expect(await seen("")).toBe("issued mail.p.test");
  expect(await seen("mta-sts.b.test")).toBe("issued mta-sts.b.test");
  expect(await seen("mta-sts.a.test")).toBe("from a file");
  expect(await seen("mail.w.test")).toBe("wild file");
  // A name that the authority put into somebody's certificate is not shown by it.
  expect(await seen("mta-sts.stolen.test")).toBe("issued mail.p.test");
  expect(await files.reload()).toBe(true);
  expect(await seen("mta-sts.b.test")).toBe("issued mta-sts.b.test");
  files.showIssued(new Map([["mail.p.test", await pairIn("issued/own")]]));
  expect(await seen("mta-sts.b.test")).toBe("issued mail.p.test");
});

test("R94: a listener's files win over the authority at every port, and its own over those of other listeners", async () => {
  await put("own/mail", "mail file", "mail.own.test", "shared.own.test");
  await put("own/web", "web file", "webmail.own.test", "shared.own.test", "*.wild.test");
  for (const name of ["mail.own.test", "mta-sts.wild.test", "mta-sts.own.test"])
    await put(`own/${name}`, `issued ${name}`, name);
  const [mail, web] = [filesIn("own/mail"), filesIn("own/web")];
  const files = await CertificateFiles.open({ listeners: [mail, web], isAnyIssued: true }, logger);
  // A process that opens no listener knows it as well: there certificates are ordered.
  for (const name of ["mail.own.test", "webmail.own.test", "mta-sts.wild.test"])
    expect(files.isFiled(name), name).toBe(true);
  expect(files.isFiled("mta-sts.own.test")).toBe(false);
  const portOf = async (tls: typeof mail | "acme", ownName: string): Promise<number> => {
    const certificate = files.of(tls, ownName);
    if (!certificate) throw new Error("no certificate");
    const stream = await listenStream({
      ...{ name: ownName, host: "127.0.0.1", port: 0, implicitTls: true, certificate, logger },
      serve: async (connection) => void (await connection.read()),
    });
    closers.push(() => stream.close(0));
    return stream.port;
  };
  const ports = [await portOf(mail, "mail.own.test"), await portOf(web, "webmail.own.test")];
  // It would be the authority's, had a file not come first.
  const ordered = await portOf("acme", "mail.own.test");
  const issued = ["mail.own.test", "mta-sts.wild.test", "mta-sts.own.test"];
  files.showIssued(
    new Map(await Promise.all(issued.map(async (name) => [name, await pairIn(`own/${name}`)] as const))),
  );
  const seen = (name: string) => Promise.all([...ports, ordered].map((port) => seenAt(port, name)));
  expect(await seen("mail.own.test")).toEqual(["mail file", "mail file", "mail file"]);
  expect(await seen("mta-sts.wild.test")).toEqual(["web file", "web file", "web file"]);
  expect(await seen("mta-sts.own.test")).toEqual(Array(3).fill("issued mta-sts.own.test"));
  expect((await seen("shared.own.test")).slice(0, 2)).toEqual(["mail file", "web file"]);
  expect(await seen("")).toEqual(["mail file", "web file", "mail file"]);
  await put("own/mail", "renewed file", "mail.own.test");
  expect(await files.reload()).toBe(true);
  expect(await seen("mail.own.test")).toEqual(["renewed file", "renewed file", "renewed file"]);
});

test("a look reads changed files once, and tries again what did not fit", async () => {
  await put("main", "first", "mail.p.test");
  const main = filesIn("main");
  const files = await CertificateFiles.open({ listeners: [main], isAnyIssued: false }, logger);
  const certificate = files.of(main, "mail.p.test");
  await files.look();
  expect(await files.look()).toBe(false);
  const before = certificate?.main.key;
  await writeFile(main.key, "half a key");
  expect(await files.look()).toBe(false);
  expect(certificate?.main.key).toBe(before);
  await put("main", "second", "mail.p.test");
  expect(await files.look()).toBe(true);
  expect(certificate?.main.key).not.toBe(before);
});

test("R94: a folder of host certificates that goes away keeps no listener from its renewed one", async () => {
  await put("own", "first", "mail.q.test");
  await put("gone/one", "host", "mail.h.test");
  const main = filesIn("own");
  const files = await CertificateFiles.open(
    { folder: join(folder, "gone"), listeners: [main], isAnyIssued: false },
    logger,
  );
  const certificate = files.of(main, "mail.q.test");
  const before = certificate?.main.key;
  await rm(join(folder, "gone"), { recursive: true });
  await put("own", "second", "mail.q.test");
  expect(await files.look()).toBe(false);
  expect(certificate?.main.key).not.toBe(before);
  expect(files.isFiled("mail.h.test")).toBe(true);
});
