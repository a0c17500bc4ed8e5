import { Failure } from "@casaforte/kernel";
import type { Config } from "@casaforte/platform/config";
import type { Face } from "@casaforte/platform/http";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { jmapSession, publicUrl } from "../own-names.ts";
import { appleProfile } from "./apple-profile.ts";
import { autoconfigXml } from "./autoconfig.ts";
import { autodiscoverXml, requestedAddress } from "./autodiscover.ts";
import type { ClientSettings, MailServer } from "./servers.ts";

/** Bytes of an Autodiscover request. */
const requestBytesMax = 16_384;

/** What is open, best first: TLS from the first byte before STARTTLS, IMAP before POP3 (RFC 8314 §3). */
export function settingsOf(
  config: Config,
  openPort: (listener: string) => number | null,
  domain: string,
): ClientSettings {
  const { provider, mail } = config;
  const wanted = [
    ["imap", "imaps", "implicit"],
    ["imap", "imap", "starttls"],
    ["pop3", "pop3s", "implicit"],
    ["pop3", "pop3", "starttls"],
    ["smtp", "smtps", "implicit"],
    ["smtp", "submission", "starttls"],
  ] as const;
  const servers = wanted.flatMap(([protocol, listener, tls]): MailServer[] => {
    const port = mail.tls === undefined ? null : openPort(listener);
    return port === null ? [] : [{ protocol, host: provider.hostname, port, tls }];
  });
  return {
    provider: provider.name,
    domain,
    servers,
    jmapUrl: jmapSession(config),
    takesTokens: publicUrl(config, "webmail") !== "",
  };
}

export interface ClientSettingsOptions {
  readonly config: Config;
  readonly openPort: (listener: string) => number | null;
  /** Address of the mail account that is signed in. @throws unauthenticated, forbidden. */
  readonly ownAddress: (request: FastifyRequest) => Promise<string>;
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf("@") + 1).toLowerCase();

/**
 * How mail programs find the servers by themselves: Thunderbird's autoconfig, Outlook's Autodiscover, Apple's profile
 * (R13, R94). The same answer for every address, so that nobody learns which exist.
 */
export function registerClientSettings(app: Face, { config, openPort, ownAddress }: ClientSettingsOptions): void {
  const query = z.object({ emailaddress: z.string().max(320).optional() });
  for (const path of ["/mail/config-v1.1.xml", "/.well-known/autoconfig/mail/config-v1.1.xml"])
    app.get(path, { schema: { querystring: query } }, async (request, reply) => {
      const asked = request.query.emailaddress ?? request.hostname.replace(/^autoconfig\./, "");
      return reply
        .header("cache-control", "no-store")
        .type("application/xml; charset=utf-8")
        .send(autoconfigXml(settingsOf(config, openPort, domainOf(asked))));
    });
  app.get("/api/mail-profile", async (request, reply) => {
    const address = await ownAddress(request);
    const profile = appleProfile(settingsOf(config, openPort, domainOf(address)), address);
    if (profile === null) throw new Failure("not_found", "mail.no_profile", "IMAP or SMTP is not offered here");
    return reply
      .header("cache-control", "no-store")
      .header("content-disposition", 'attachment; filename="mail.mobileconfig"')
      .type("application/x-apple-aspen-config")
      .send(profile);
  });
  void app.register(async (scope) => {
    // Outlook sends XML, and whatever it is it changes nothing here.
    scope.removeAllContentTypeParsers();
    // Refusals too.
    scope.addHook("onRequest", async (_request, reply) => void reply.header("cache-control", "no-store"));
    scope.addContentTypeParser(
      ["text/xml", "application/xml"],
      { parseAs: "string", bodyLimit: requestBytesMax },
      (_request, body, done) => done(null, body),
    );
    for (const path of ["/autodiscover/autodiscover.xml", "/Autodiscover/Autodiscover.xml"])
      scope.post(path, async (request, reply) => {
        const address = requestedAddress(typeof request.body === "string" ? request.body : "");
        if (address === null) throw new Failure("invalid", "mail.autodiscover", "this is no Autodiscover request");
        return reply
          .type("text/xml; charset=utf-8")
          .send(autodiscoverXml(settingsOf(config, openPort, domainOf(address)), address));
      });
  });
}
