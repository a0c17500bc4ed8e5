import { type ClientSettings, type MailServer, xml } from "./servers.ts";

/** Thunderbird's file, `config-v1.1.xml` of its autoconfiguration; K-9, Evolution and others read it too. */
export function autoconfigXml({ provider, domain, servers, jmapUrl, takesTokens }: ClientSettings): string {
  const entry = ({ protocol, host, port, tls }: MailServer): string => {
    const name = protocol === "smtp" ? "outgoingServer" : "incomingServer";
    return [
      `    <${name} type="${protocol}">`,
      `      <hostname>${xml(host)}</hostname>`,
      `      <port>${port}</port>`,
      `      <socketType>${tls === "implicit" ? "SSL" : "STARTTLS"}</socketType>`,
      "      <username>%EMAILADDRESS%</username>",
      "      <authentication>password-cleartext</authentication>",
      // After the password: a program takes the first that it knows, and few can register themselves.
      ...(takesTokens ? ["      <authentication>OAuth2</authentication>"] : []),
      `    </${name}>`,
    ].join("\n");
  };
  // Programs that know no such server pass it over.
  const jmap =
    jmapUrl === null
      ? ""
      : `
    <incomingServer type="jmap">
      <url>${xml(jmapUrl)}</url>
      <username>%EMAILADDRESS%</username>
      <authentication system="http">basic</authentication>
    </incomingServer>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1">
  <emailProvider id="${xml(domain)}">
    <domain>${xml(domain)}</domain>
    <displayName>${xml(provider)}</displayName>
    <displayShortName>${xml(provider)}</displayShortName>
${servers.map(entry).join("\n")}${jmap}
  </emailProvider>
</clientConfig>
`;
}
