import { expect, test } from "vitest";
import { appleProfile } from "./apple-profile.ts";
import { autoconfigXml } from "./autoconfig.ts";
import { autodiscoverXml, requestedAddress } from "./autodiscover.ts";
import { settingsOf } from "./routes.ts";

const tls = { key: "k", cert: "c" };
const config = { provider: { name: 'Casa & "Co"', hostname: "mail.example.net" }, mail: { tls }, http: {} } as never;
const ports: Readonly<Record<string, number>> = { imaps: 993, imap: 143, pop3s: 995, smtps: 465, submission: 587 };
const settings = settingsOf(config, (listener) => ports[listener] ?? null, "example.org");

test("R13: every open server is told, TLS from the first byte first; nothing without a certificate", () => {
  expect(settings.servers.map(({ protocol, port, tls }) => `${protocol} ${port} ${tls}`)).toEqual([
    "imap 993 implicit",
    "imap 143 starttls",
    "pop3 995 implicit",
    "smtp 465 implicit",
    "smtp 587 starttls",
  ]);
  expect(settingsOf({ ...(config as object), mail: {} } as never, () => 993, "example.org").servers).toEqual([]);
});

test("R94: Thunderbird's file names servers and login; what is put into it cannot break out", () => {
  const file = autoconfigXml({ ...settings, domain: 'x"><script>' });
  expect(file).toMatch(
    /<incomingServer type="imap">\s*<hostname>mail\.example\.net<\/hostname>\s*<port>993<\/port>\s*<socketType>SSL</,
  );
  expect(file).toMatch(/<outgoingServer type="smtp">[\s\S]*<port>587<\/port>\s*<socketType>STARTTLS</);
  expect(file).toContain("<username>%EMAILADDRESS%</username>");
  expect(file).not.toMatch(/<script|Casa & |"Co"/);
  expect(file).not.toContain("jmap");
  expect(file).not.toContain("OAuth2");
  const http = { webmail: { host: "0.0.0.0", port: 1, publicUrl: "https://webmail.example.net/" } };
  const withTokens = autoconfigXml(
    settingsOf({ ...(config as object), http } as never, (name) => ports[name] ?? null, "x"),
  );
  expect(withTokens.match(/password-cleartext<\/authentication>\s*<authentication>OAuth2</g)).toHaveLength(5);
});

test("R94: programs that speak JMAP find it in the same file, after what every program knows", () => {
  const http = { jmap: { host: "0.0.0.0", port: 1, publicUrl: "https://jmap.example.net/" } };
  const file = autoconfigXml(settingsOf({ ...(config as object), http } as never, (name) => ports[name] ?? null, "x"));
  expect(file).toMatch(
    /<incomingServer type="jmap">\s*<url>https:\/\/jmap\.example\.net\/\.well-known\/jmap<\/url>\s*<username>%EMAILADDRESS%</,
  );
  expect(file.indexOf('type="jmap"')).toBeGreaterThan(file.indexOf('type="smtp"'));
});

test("R94: Outlook's request is read, its answer carries the address as login", () => {
  const request = `<?xml version="1.0"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>ada@example.org</EMailAddress></Request></Autodiscover>`;
  expect(requestedAddress(request)).toBe("ada@example.org");
  expect(requestedAddress("<EMailAddress>a&b@c</EMailAddress>")).toBeNull();
  expect(requestedAddress(`${"x".repeat(20_000)}${request}`)).toBeNull();
  const answer = autodiscoverXml(settings, "ada@example.org");
  expect(answer).toMatch(
    /<Type>IMAP<\/Type>\s*<Server>mail\.example\.net<\/Server>\s*<Port>993<\/Port>\s*<LoginName>ada@example\.org</,
  );
  expect(answer).toMatch(/<Type>SMTP<\/Type>[\s\S]*<Encryption>TLS<\/Encryption>/);
});

test("R13: Apple's profile is the same for an address each time and holds no password", () => {
  const profile = appleProfile(settings, "ada@example.org");
  expect(profile).toBe(appleProfile(settings, "ada@example.org"));
  expect(profile).toMatch(/<key>IncomingMailServerPortNumber<\/key>\s*<integer>993<\/integer>/);
  expect(profile).toMatch(/<key>PayloadIdentifier<\/key>\s*<string>org\.example\.mail<\/string>/);
  expect(profile).not.toMatch(/PasswordKey|<key>IncomingPassword/);
  expect(appleProfile({ ...settings, servers: [] }, "ada@example.org")).toBeNull();
});
