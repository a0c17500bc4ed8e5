import { runTranscript } from "@casaforte/testkit";
import { describe, expect, test } from "vitest";
import { windowOf } from "./commands/return-options.ts";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

describe("PARTIAL (RFC 9394)", () => {
  test("SEARCH and UID FETCH give a part of their result, from either end", async () => {
    const { connect, mail } = setUp();
    for (let count = 0; count < 7; count++) mail.deliver("INBOX", plain);
    await runTranscript(
      connect(),
      `${signIn}${selectInbox}
      C: a SEARCH RETURN (PARTIAL 2:4 COUNT) ALL
      S: * ESEARCH (TAG "a") PARTIAL (2:4 2:4) COUNT 7
      S: a OK SEARCH completed
      C: b UID SEARCH RETURN (PARTIAL -1:-2) ALL
      S: * ESEARCH (TAG "b") UID PARTIAL (-1:-2 6:7)
      S: b OK SEARCH completed
      C: c SEARCH RETURN (PARTIAL 10:20) ALL
      S: * ESEARCH (TAG "c") PARTIAL (10:20 NIL)
      S: c OK SEARCH completed
      C: d SEARCH RETURN (SAVE PARTIAL 6:5) ALL
      S: * ESEARCH (TAG "d") PARTIAL (5:6 5:6)
      S: d OK SEARCH completed
      C: e FETCH $ UID
      S: * 5 FETCH (UID 5)
      S: * 6 FETCH (UID 6)
      S: e OK FETCH completed
      C: f UID FETCH 1:* (UID) (PARTIAL -2:-3)
      S: * 5 FETCH (UID 5)
      S: * 6 FETCH (UID 6)
      S: f OK FETCH completed
      C: g SEARCH RETURN (ALL PARTIAL 1:2) ALL
      S: g BAD PARTIAL and ALL exclude each other
      C: h SEARCH RETURN (PARTIAL 1:-2) ALL
      S: h BAD Both ends of PARTIAL have the same sign
      C: i SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL
      S: i BAD PARTIAL comes once`,
    );
  });

  test("a window never leaves the result", () => {
    for (let length = 0; length < 6; length++) {
      const all = Array.from({ length }, (_, index) => index);
      for (let from = 1; from < 8; from++)
        for (let to = from; to < 8; to++) {
          expect(all.slice(...windowOf({ from, to }, length))).toEqual(
            all.filter((at) => at + 1 >= from && at + 1 <= to),
          );
          expect(all.slice(...windowOf({ from: -from, to: -to }, length))).toEqual(
            all.filter((at) => length - at >= from && length - at <= to),
          );
        }
    }
  });
});
