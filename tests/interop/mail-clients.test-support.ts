import PostalMime, { type Email } from "postal-mime";
import { expect } from "vitest";
import { run } from "../support/product.ts";
import { until } from "../support/until.test-support.ts";

export const message = (subject: string, from: string, to: string, body = "Ciao.\r\n") =>
  `From: <${from}>\r\nTo: <${to}>\r\nSubject: ${subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${body}`;

/** Asks a console as somebody who signed in there: a body makes it a POST unless another method is named. */
export async function signedIn(base: string, who: { readonly email: string; readonly password: string }) {
  const headers = { "content-type": "application/json", origin: base, "sec-fetch-site": "same-origin" };
  const ask = async (path: string, body?: object, cookie = "", method = "POST") => {
    const init = body === undefined ? {} : { method, body: JSON.stringify(body) };
    const reply = await fetch(`${base}${path}`, { headers: { ...headers, cookie }, ...init });
    expect(reply.ok, `${path}: ${reply.status}`).toBe(true);
    return reply;
  };
  const entered = await ask("/api/auth/sign-in", { login: who.email, password: who.password });
  const cookie = entered.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  return async (path: string, body?: object, method?: string): Promise<unknown> =>
    (await ask(path, body, cookie, method)).json();
}

/** The mail about a ticket's number, as `who` finds it in the own mailbox. */
export async function readNumbered(
  number: number,
  who: { readonly address: string; readonly password: string },
  { port, certificate }: { readonly port: number; readonly certificate: string },
): Promise<Email> {
  const imap = (path: string, ...asked: string[]) =>
    run("curl", [
      ...["-sS", "--cacert", certificate, "--user", `${who.address}:${who.password}`],
      ...[`imaps://localhost:${port}/${path}`, ...asked],
    ]);
  const uid = await until(`a mail about #${number}`, async () => {
    const found = await imap("INBOX", "-X", `UID SEARCH SUBJECT "[#${number}]"`);
    return /\* SEARCH (\d+)/.exec(found.stdout)?.[1] ?? null;
  });
  return PostalMime.parse((await imap(`INBOX;UID=${uid}`)).stdout);
}

const listening = `
import imaplib, ssl, sys
port, authority, user, password = sys.argv[1:]
imaplib.Commands["NOTIFY"] = ("AUTH", "SELECTED")
def opened():
    client = imaplib.IMAP4_SSL("localhost", int(port), ssl_context=ssl.create_default_context(cafile=authority), timeout=20)
    client.login(user, password)
    return client
one, two = opened(), opened()
two.create("Heard")
one.select("INBOX")
wish = "SET (selected (MessageNew (UID FLAGS) MessageExpunge)) (mailboxes Heard (MessageNew MessageExpunge))"
print(one._simple_command("NOTIFY", wish)[0])
for place in ("INBOX", "Heard"):
    two.append(place, None, None, b"Subject: heard\\r\\n\\r\\nx\\r\\n")
while True:
    line = one.readline().decode().strip()
    print(line)
    if line.startswith("* STATUS"):
        break
print(one.noop()[0])
`;

/** A session of Python's imaplib is told, while it sends nothing, of what another one appends into INBOX and into Heard. */
export async function expectHeardByImaplib(
  { address, password }: { readonly address: string; readonly password: string },
  { port, certificate }: { readonly port: number; readonly certificate: string },
): Promise<void> {
  const heard = await run("python3", ["-c", listening, String(port), certificate, address, password]);
  expect(heard.code, heard.stderr).toBe(0);
  const told = [
    /^OK$/,
    /^\* \d+ EXISTS$/,
    /^\* \d+ RECENT$/,
    /^\* \d+ FETCH \(UID /,
    /^\* STATUS "?Heard"? \(/,
    /^OK$/,
  ];
  expect(heard.stdout.trim().split("\n")).toEqual(told.map((line) => expect.stringMatching(line)));
}
