import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { loadConfig, parseConfig, productionFindings } from "./index.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "cf-config-"));
});
afterAll(() => rm(directory, { recursive: true }));

const sound = `
provider: { name: Prova, hostname: mx.prova.example, supportAddress: help@prova.example }
data: data
masterKeys: [{ id: 1, file: master.key }]
sites: [{ id: mi1, name: Milano, country: IT, jurisdiction: { it: Italia, en: Italy }, blobs: blobs/mi1, capacityBytes: 2000000000000 }]
http: { console: { host: 0.0.0.0, port: 443, publicUrl: "https://console.prova.example", tls: { key: k, cert: c } } }
mail: { outbound: { mode: direct } }
`;

test("a wrong key is named, not ignored", () => {
  expect(() => parseConfig(`${sound}\ndebug: true`, "x.yaml")).toThrow(/debug/);
  expect(() => parseConfig(sound.replace("mode: direct", "mode: sideways"), "x.yaml")).toThrow(/mail\.outbound/);
});

test("paths are relative to the file and database URLs may come from the environment", async () => {
  await writeFile(join(directory, "c.yaml"), sound);
  const config = await loadConfig(join(directory, "c.yaml"), { DATABASE_URL: "postgres://cf_app:s@localhost/x" });
  expect(config.data).toBe(join(directory, "data"));
  expect(config.database.url).toContain("cf_app");
  expect(config.http.console?.tls).toEqual({ key: join(directory, "k"), cert: join(directory, "c") });
  expect(config.sites[0]?.capacityBytes).toBe(2_000_000_000_000n);
});

test("production refuses default secrets, debug settings, the demo's sink and listeners without TLS", async () => {
  await writeFile(join(directory, "master.key"), Buffer.alloc(32, 7), { mode: 0o600 });
  await writeFile(
    join(directory, "c.yaml"),
    sound
      .replace("mode: direct", "mode: sink")
      .replace(', publicUrl: "https://console.prova.example", tls: { key: k, cert: c }', ""),
  );
  const config = await loadConfig(join(directory, "c.yaml"), {
    DATABASE_URL: "postgres://postgres:postgres@db.example/x",
  });
  const findings = (await productionFindings({ ...config, log: { level: "debug" } })).join("\n");
  for (const expected of [
    "default or empty password",
    "superuser",
    "without TLS: add sslmode",
    "operatorUrl is missing",
    "http.console listens on 0.0.0.0 without TLS",
    "http.console.publicUrl is missing",
    "sink",
    "debug",
    "not random",
  ])
    expect(findings).toContain(expected);
});

test("a sound production configuration has no findings", async () => {
  await writeFile(
    join(directory, "master.key"),
    Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 37) & 255)),
    { mode: 0o600 },
  );
  await writeFile(join(directory, "k"), "", { mode: 0o640 });
  await writeFile(join(directory, "c"), "");
  await writeFile(join(directory, "c.yaml"), sound);
  const config = await loadConfig(join(directory, "c.yaml"), {
    DATABASE_URL: "postgres://cf_app:k3j4h5@localhost/x",
    DATABASE_OPERATOR_URL: "postgres://cf_ops:98sdf7@localhost/x",
  });
  expect(await productionFindings(config)).toEqual([]);
});

test("a relay's password comes from a file, and proxies are addresses, never names", async () => {
  const relay = `mode: smarthost, host: relay.example, port: 587, auth: { user: u, passwordFile: relay.secret }`;
  await writeFile(join(directory, "relay.yaml"), sound.replace("mode: direct", relay));
  const { mail } = await loadConfig(join(directory, "relay.yaml"), {});
  expect(mail.outbound).toMatchObject({ requireTls: true, auth: { passwordFile: join(directory, "relay.secret") } });
  await writeFile(join(directory, "relay.secret"), "s3cret", { mode: 0o644 });
  const config = await loadConfig(join(directory, "relay.yaml"), {});
  expect((await productionFindings(config)).join()).toContain("relay.secret can be read by everybody");
  expect(() => parseConfig(sound.replace("mode: direct", `${relay}, password: x`), "x")).toThrow(/password/);
  for (const wrong of ["loopback", "10.0.0.0/40", "10.0.0.0/8/8", "::1/"])
    expect(() => parseConfig(`${sound}\ntrustedProxies: ["${wrong}"]`, "x")).toThrow(/trustedProxies/);
  expect(parseConfig(`${sound}\ntrustedProxies: ["10.0.0.0/8", "::1"]`, "x").trustedProxies).toHaveLength(2);
  const importing = (name: string) =>
    sound.replace("mode: direct } }", `mode: direct }, importNetworks: ["${name}"] }`);
  for (const wrong of [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "169.254.0.0/16",
    "fd00::/8",
    "fe80::1",
    "10.1.0.7:0",
    "10.1.0.7:99999",
  ])
    expect(() => parseConfig(importing(wrong), "x"), wrong).toThrow(/importNetworks/);
  for (const right of ["10.1.0.0/16", "10.1.0.7", "10.1.0.7:1993", "fd00::7", "[fd00::7]:1993"])
    expect(parseConfig(importing(right), "x").mail.importNetworks, right).toEqual([right]);
});

test("only a resolver of the provider's own is believed what it says of DNSSEC", () => {
  const dane = (resolver: string) => sound.replace("mode: direct", `mode: direct, dane: { resolver: "${resolver}" }`);
  for (const wrong of [
    "192.0.2.53",
    "2001:db8::53",
    "169.254.1.1",
    "172.32.0.1",
    "dns.example",
    "127.0.0.1:0",
    "[::1]",
  ])
    expect(() => parseConfig(dane(wrong), "x"), wrong).toThrow(/resolver: give the address of a resolver of your own/);
  for (const right of [
    "127.0.0.1",
    "127.0.0.1:5353",
    "10.0.0.53",
    "172.31.0.1",
    "192.168.1.1:53",
    "::1",
    "[fd00::53]:53",
  ])
    expect(parseConfig(dane(right), "x").mail.outbound, right).toEqual({ mode: "direct", dane: { resolver: right } });
});

test("outgoing mail leaves from an address of this host, at the first site, or serve does not start", async () => {
  const at = (keys: string, more = "") =>
    sound
      .replace("blobs: blobs/mi1,", `blobs: blobs/mi1, outgoingMail: { ${keys} },`)
      .replace("mode: direct", more || "mode: direct");
  const findings = async (yaml: string) => {
    const found = await productionFindings(parseConfig(yaml, "x"));
    return found.filter((line) => /outgoingMail/.test(line));
  };
  expect(await findings(at("ipv4: 127.0.0.2"))).toEqual([]);
  // Of TEST-NET-1 (RFC 5737) and the documentation's prefix (RFC 3849): nobody's.
  const strange = await findings(at('ipv4: 192.0.2.25, ipv6: "2001:db8::25"'));
  expect(strange).toEqual([
    expect.stringMatching(/mi1, outgoingMail\.ipv4: 192\.0\.2\.25 is not an address of this host/),
    expect.stringMatching(/mi1, outgoingMail\.ipv6: 2001:db8::25 is not an address of this host/),
  ]);
  // Who sends nothing may name another host's.
  expect(await findings(`${at("ipv4: 192.0.2.25")}\nroles: [mx]`)).toEqual([]);
  const relay = (host: string) => `mode: smarthost, host: "${host}", port: 25`;
  expect(await findings(at("ipv4: 127.0.0.2", relay("relay.example")))).toEqual([]);
  expect(await findings(at("ipv4: 127.0.0.2", relay("2001:db8::1")))).toEqual([
    expect.stringContaining("mail.outbound.host is an IPv6 address"),
  ]);
  for (const wrong of [
    "",
    "ipv4: mail.example",
    'ipv4: "2001:db8::25"',
    "ipv4: 0.0.0.0",
    "ipv4: 239.1.1.1",
    'ipv6: "::"',
    'ipv6: "ff02::1"',
    "name: x",
  ])
    expect(() => parseConfig(at(wrong), "x")).toThrow(/sites/);
  const second = `, { id: fra, name: Frankfurt, country: DE, jurisdiction: { it: Germania, en: Germany }, blobs: fra, outgoingMail: { ipv4: 127.0.0.2 } }]`;
  expect(() => parseConfig(sound.replace(/(sites: .*)\]$/m, `$1${second}`), "x")).toThrow(/first site/);
});
