import { X509Certificate } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Pebble } from "../support/pebble.test-support.ts";
import { run } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";
import { Installation } from "./installation.test-support.ts";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let house: Installation;
let pebble: Pebble;
beforeAll(async () => {
  [house, pebble] = await Promise.all([Installation.prepare(), Pebble.start({ noncesRefused: 10 })]);
});
afterAll(async () => {
  await pebble?.stop();
  await house?.dispose();
});

/** The names of the certificate that a port shows to whoever asks for that name. `starttls`: after that protocol's command. */
async function shownAt(port: number, name: string, starttls?: string): Promise<string> {
  const args = ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", name];
  const { stdout } = await run("openssl", [...args, ...(starttls ? ["-starttls", starttls] : [])]);
  const [pem] = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/.exec(stdout) ?? [];
  if (pem === undefined) return "none";
  const { subjectAltName, issuer } = new X509Certificate(pem);
  return issuer.includes("Pebble") ? (subjectAltName ?? "") : `not the authority's: ${issuer}`;
}

test("a customer's host name gets a certificate by one process, and every port of another shows it", async () => {
  await house.initDatabase("acme");
  const { ports } = house;
  const changed = (roles: string, listen: string) => (yaml: string) =>
    `${yaml
      .replace(/^roles: .*$/m, `roles: [${roles}]`)
      .replace("hostname: localhost", "hostname: mail.prova.example")
      .replace("  tls: { key: tls/key.pem, cert: tls/cert.pem }\n", "  tls: acme\n")
      .replace(
        "  outbound:",
        `  smtps: { port: ${ports.smtps} }\n  pop3s: { port: ${ports.pop3s} }\n  sieve: { port: ${ports.sieve} }\n  outbound:`,
      )}acme:
  directory: ${pebble.directory}
  contact: certificates@prova.example
  agreeTerms: true
  caFile: ${pebble.caFile}
  nameServers: ["${pebble.nameServer}"]
${listen}`;
  const plain = `  listen: { port: ${pebble.httpPort} }\n`;
  const front = await house.writeConfig("front", changed("webmail, mail, mx", plain));
  const inside = await house.writeConfig("inside", changed("worker", ""));
  const outside = await house.serve(front);
  // Before the first certificate there is one that nobody signed, so that the ports open.
  expect(await shownAt(ports.imaps, "mail.prova.example")).toContain("not the authority's: CN=casaforte");
  const accounts = await house.seed();
  const customers = `mta-sts.${accounts.domain}`;
  await pebble.point("mail.prova.example", "127.0.0.1");
  await pebble.point(customers, "127.0.0.1");
  await pebble.point(`imap.${accounts.domain}`, "127.0.0.2");
  const worker = await house.serve(inside);
  await until(
    "the certificates at the other process",
    async () =>
      (await shownAt(ports.imaps, customers)) === `DNS:${customers}` &&
      (await shownAt(ports.imaps, "mail.prova.example")) === "DNS:mail.prova.example",
    { withinMs: 180_000, everyMs: 500 },
  );
  for (const [port, starttls] of [
    [ports.webmail],
    [ports.pop3s],
    [ports.smtps],
    [ports.submission, "smtp"],
    [ports.smtp, "smtp"],
    [ports.sieve, "sieve"],
  ] as const)
    expect(await shownAt(port, customers, starttls), `port ${port}`).toBe(`DNS:${customers}`);
  // Its name leads elsewhere: it has none, and gets the mail servers' own.
  expect(await shownAt(ports.imaps, `imap.${accounts.domain}`)).toBe("DNS:mail.prova.example");
  expect(pebble.output).not.toContain(`http://imap.${accounts.domain}`);
  // The policy of the domain is there, under a certificate that senders can check (RFC 8461 §3.3).
  const root = join(house.directory, "pebble-root.pem");
  await writeFile(root, await pebble.root());
  const policy = await run("curl", [
    ...["-sS", "--cacert", root, "--resolve", `${customers}:${ports.webmail}:127.0.0.1`],
    `https://${customers}:${ports.webmail}/.well-known/mta-sts.txt`,
  ]);
  expect(policy.stdout, policy.stderr).toContain("version: STSv1");
  const sent = await run("curl", [
    "-sS",
    "-o",
    "-",
    "-w",
    "%{redirect_url}",
    `http://127.0.0.1:${pebble.httpPort}/a?b`,
  ]);
  expect(sent.stdout).toBe("https://127.0.0.1/a?b");
  expect(await worker.end("SIGTERM")).toBe(0);
  expect(await outside.end("SIGTERM")).toBe(0);
});

test("the mail servers' certificate from files is shown, and nobody orders for it, when the provider's own mail comes here", async () => {
  await house.initDatabase("filed");
  const { ports } = house;
  const name = "mail.filato.example";
  const extensions = [
    { name: "subjectAltName" as const, altNames: [{ type: 2 as const, value: "imap.filato.example" }] },
  ];
  const pem = await generate([{ name: "commonName", value: "from a file" }], { extensions, keyType: "ec" });
  await writeFile(join(house.directory, "tls/mail-key.pem"), pem.private, { mode: 0o600 });
  await writeFile(join(house.directory, "tls/mail.pem"), pem.cert);
  const changed = (roles: string, listen: string) => (yaml: string) =>
    `${yaml
      .replace(/^roles: .*$/m, `roles: [${roles}]`)
      .replace(
        "hostname: localhost, supportAddress: help@prova",
        `hostname: ${name}, supportMailbox: true, supportAddress: help@filato`,
      )
      .replace(
        "  tls: { key: tls/key.pem, cert: tls/cert.pem }\n",
        "  tls: { key: tls/mail-key.pem, cert: tls/mail.pem }\n",
      )}acme:
  directory: ${pebble.directory}
  contact: certificates@filato.example
  agreeTerms: true
  caFile: ${pebble.caFile}
  nameServers: ["${pebble.nameServer}"]
${listen}`;
  const filed = [name, "imap.filato.example"];
  const last = "mta-sts.filato.example";
  for (const host of [...filed, last]) await pebble.point(host, "127.0.0.1");
  await house.serve(
    await house.writeConfig("outside", changed("webmail, mail, mx", `  listen: { port: ${pebble.httpPort} }\n`)),
  );
  await house.serve(await house.writeConfig("orders", changed("worker", "")));
  // Names of a domain get theirs in the order of the alphabet: when the last is there, the others would be.
  await until("the certificate of the last name", async () => (await shownAt(ports.imaps, last)) === `DNS:${last}`, {
    withinMs: 180_000,
    everyMs: 500,
  });
  for (const host of filed) {
    expect(await shownAt(ports.imaps, host)).toBe("not the authority's: CN=from a file");
    expect(pebble.output).not.toContain(`http://${host}`);
  }
  expect(await shownAt(ports.webmail, "imap.filato.example")).toBe("not the authority's: CN=from a file");
});
