import { type ClientSettings, type MailServer, xml } from "./servers.ts";

const outlook = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

/** The address that an Autodiscover request (MS-OXDSCLI §2.2.3) asks for; null when it is no such request. */
export function requestedAddress(body: string): string | null {
  const address = /<(?:\w+:)?EMailAddress>\s*([^<\s]{3,320})\s*<\//i.exec(body.slice(0, 10_000))?.[1];
  return address && /^[^@&]+@[^@&]+$/.test(address) ? address : null;
}

/** Settings as Outlook takes them (MS-OXDSCLI §2.2.4). */
export function autodiscoverXml({ servers }: ClientSettings, address: string): string {
  const entry = ({ protocol, host, port, tls }: MailServer): string =>
    [
      "      <Protocol>",
      `        <Type>${protocol.toUpperCase()}</Type>`,
      `        <Server>${xml(host)}</Server>`,
      `        <Port>${port}</Port>`,
      `        <LoginName>${xml(address)}</LoginName>`,
      "        <DomainRequired>off</DomainRequired>",
      "        <SPA>off</SPA>",
      `        <SSL>${tls === "implicit" ? "on" : "off"}</SSL>`,
      `        <Encryption>${tls === "implicit" ? "SSL" : "TLS"}</Encryption>`,
      "        <AuthRequired>on</AuthRequired>",
      "      </Protocol>",
    ].join("\n");
  return `<?xml version="1.0" encoding="utf-8"?>
<Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006">
  <Response xmlns="${outlook}">
    <Account>
      <AccountType>email</AccountType>
      <Action>settings</Action>
${servers.map(entry).join("\n")}
    </Account>
  </Response>
</Autodiscover>
`;
}
