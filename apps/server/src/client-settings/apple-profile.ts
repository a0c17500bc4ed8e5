import { type ClientSettings, stableUuid, xml } from "./servers.ts";

/**
 * A configuration profile that sets the account up on an iPhone, iPad or Mac; it holds no password. Null without IMAP and
 * SMTP.
 */
export function appleProfile({ provider, domain, servers }: ClientSettings, address: string): string | null {
  const imap = servers.find(({ protocol }) => protocol === "imap");
  const smtp = servers.find(({ protocol }) => protocol === "smtp");
  if (!imap || !smtp) return null;
  const text = (key: string, value: string) => `      <key>${key}</key>\n      <string>${xml(value)}</string>`;
  const number = (key: string, value: number) => `      <key>${key}</key>\n      <integer>${value}</integer>`;
  const yes = (key: string) => `      <key>${key}</key>\n      <true/>`;
  const reversed = domain.split(".").reverse().join(".");
  return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadContent</key>
  <array>
    <dict>
${[
  text("PayloadType", "com.apple.mail.managed"),
  text("PayloadIdentifier", `${reversed}.mail.account`),
  text("PayloadUUID", stableUuid("account", address)),
  number("PayloadVersion", 1),
  text("PayloadDisplayName", provider),
  text("EmailAccountType", "EmailTypeIMAP"),
  text("EmailAccountDescription", address),
  text("EmailAddress", address),
  text("IncomingMailServerHostName", imap.host),
  number("IncomingMailServerPortNumber", imap.port),
  yes("IncomingMailServerUseSSL"),
  text("IncomingMailServerUsername", address),
  text("IncomingMailServerAuthentication", "EmailAuthPassword"),
  text("OutgoingMailServerHostName", smtp.host),
  number("OutgoingMailServerPortNumber", smtp.port),
  yes("OutgoingMailServerUseSSL"),
  text("OutgoingMailServerUsername", address),
  text("OutgoingMailServerAuthentication", "EmailAuthPassword"),
  yes("OutgoingPasswordSameAsIncomingPassword"),
].join("\n")}
    </dict>
  </array>
${[
  text("PayloadType", "Configuration"),
  text("PayloadIdentifier", `${reversed}.mail`),
  text("PayloadUUID", stableUuid("profile", address)),
  number("PayloadVersion", 1),
  text("PayloadDisplayName", `${provider}: ${address}`),
]
  .join("\n")
  .replace(/^ {4}/gm, "")}
</dict>
</plist>
`;
}
