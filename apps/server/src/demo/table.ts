import type { DemoAccounts } from "./seed.ts";

interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface EndpointAddresses {
  readonly console: string;
  readonly operator: string;
  readonly webmail: string;
  readonly vault: string;
  readonly jmap: string;
  readonly smtp: HostPort;
  readonly lmtp: HostPort;
  readonly submission: HostPort;
  readonly smtps: HostPort;
  readonly imap: HostPort;
  readonly imaps: HostPort;
  readonly pop3: HostPort;
  readonly pop3s: HostPort;
  readonly sieve: HostPort;
}

/** What a newcomer needs on one screen: where to go and how to sign in. */
export function readyTable(
  endpoints: EndpointAddresses,
  accounts: (DemoAccounts & { readonly enrolmentToken: string }) | null,
  file: string,
): string {
  const at = ({ host, port }: HostPort) => `${host}:${port}`;
  const [first] = accounts?.mailAccounts ?? [];
  const rows: (readonly [string, string, string])[] = [
    [
      "Customer console",
      endpoints.console,
      accounts ? `${accounts.customer.email}  ${accounts.customer.password}` : "",
    ],
    [
      "Operator console",
      endpoints.operator,
      accounts ? `${accounts.operator.email}  ${accounts.operator.password}` : "",
    ],
    ["Webmail", endpoints.webmail, first ? `${first.address}  ${first.password}` : ""],
    ["IMAP · IMAPS", `${at(endpoints.imap)} · ${at(endpoints.imaps)}`, first ? "as webmail" : ""],
    ["POP3 · POP3S", `${at(endpoints.pop3)} · ${at(endpoints.pop3s)}`, first ? "as webmail" : ""],
    ["Submission · SMTPS", `${at(endpoints.submission)} · ${at(endpoints.smtps)}`, first ? "as webmail" : ""],
    ["ManageSieve", at(endpoints.sieve), first ? "as webmail" : ""],
    ["JMAP for programs", endpoints.jmap, first ? "an app password, made in webmail" : ""],
    ["SMTP from outside · LMTP", `${at(endpoints.smtp)} · ${at(endpoints.lmtp)}`, ""],
    ["Backup vault", endpoints.vault, accounts ? `space ${accounts.space.name}` : ""],
  ];
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length));
  const lines = rows.map(([name, address, signIn]) =>
    `  ${name.padEnd(width(0))}  ${address.padEnd(width(1))}  ${signIn}`.trimEnd(),
  );
  const enrol = accounts
    ? [
        "",
        "Back up this machine:",
        `  npx casaforte-agent enroll --vault ${endpoints.vault} --token ${accounts.enrolmentToken} --name "$(hostname)"`,
        "  npx casaforte-agent backup ~/Documents",
      ]
    : [];
  return [
    "",
    "Casaforte is ready.",
    "",
    ...lines,
    ...enrol,
    "",
    `Everything for scripts: ${file}`,
    "Stop with Ctrl-C.",
    "",
  ].join("\n");
}
