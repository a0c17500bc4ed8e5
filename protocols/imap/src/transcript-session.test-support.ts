import type { BearerOffer } from "@casaforte/kernel";
import { FakeClock, MemoryConnection, MemoryLogger, SeededRandom } from "@casaforte/testkit";
import type { ImapLimits } from "./limits.ts";
import { MemoryImapBackend } from "./memory/index.ts";
import type { FollowBudget } from "./search-context.ts";
import { serveImap } from "./serve-imap.ts";

/** A message of one part. */
export const plain = `From: Ann <ann@example.org>
To: bob@example.org
Subject: First
Date: Mon, 5 Jan 2026 10:00:00 +0100
Message-ID: <1@example.org>

Hello Bob.
`;

/** A message with a text and a message inside. */
export const multipart = `From: Cora <cora@example.org>
To: bob@example.org
Subject: Second
Date: Tue, 6 Jan 2026 10:00:00 +0000
Message-ID: <2@example.org>
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=utf-8

Part one
--x
Content-Type: message/rfc822

Subject: Inner
From: dora@example.org

Inner body
--x--
`;

/** A memory store with account bob and as many sessions as the test connects. */
export function setUp(
  options: {
    secure?: boolean;
    limits?: Partial<ImapLimits>;
    needsAppPassword?: boolean;
    bearer?: BearerOffer;
    followed?: FollowBudget;
  } = {},
) {
  const clock = new FakeClock(Date.UTC(2026, 0, 10));
  const logger = new MemoryLogger();
  const backend = new MemoryImapBackend({ clock, random: new SeededRandom(7) });
  const { needsAppPassword = false } = options;
  const mail = backend.addAccount("bob", "secret", { needsAppPassword, token: "opensesame" });
  const shutdown = new AbortController();
  const sessions: Promise<void>[] = [];
  const connect = (how: { highWaterBytes?: number } = {}): MemoryConnection => {
    const connection = new MemoryConnection({ ...how, secure: options.secure ?? true, startTls: true });
    sessions.push(
      serveImap(connection.server, {
        backend,
        clock,
        logger,
        signal: shutdown.signal,
        limits: options.limits ?? {},
        ...(options.followed ? { followed: options.followed } : {}),
        options: { bearer: options.bearer ?? null },
      }),
    );
    return connection;
  };
  const neighbour = (name: string) => backend.addAccount(name, "secret");
  return { clock, logger, backend, mail, neighbour, shutdown, connect, over: () => Promise.all(sessions) };
}

/** What the server says first. */
export const greeting = "S: * OK [CAPABILITY <<.*>>] Casaforte ready\n";
/** Transcript up to being signed in. */
export const signIn = `${greeting}C: l LOGIN bob secret\nS: l OK [CAPABILITY <<.*>>] Signed in\n`;
/** Transcript of selecting INBOX read-write. */
export const selectInbox = `C: s SELECT INBOX\nS*: s OK [READ-WRITE] SELECT completed\n`;
