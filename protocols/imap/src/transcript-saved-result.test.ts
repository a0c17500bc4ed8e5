import { runTranscript } from "@casaforte/testkit";
import { test } from "vitest";
import { plain, selectInbox, setUp, signIn } from "./transcript-session.test-support.ts";

test("a search that was to be saved and is answered NO leaves nothing to work on, and one that is BAD what there was (RFC 5182 §2.1)", async () => {
  const { mail, connect } = setUp();
  for (let count = 0; count < 2; count++) mail.deliver("INBOX", plain);
  const connection = connect();
  await runTranscript(connection, `${signIn}${selectInbox}`);
  const kept = "S*: k OK SEARCH completed\n";
  const all = "C: f FETCH $ UID\nS: * 1 FETCH (UID 1)\nS: * 2 FETCH (UID 2)\nS: f OK FETCH completed\n";
  const none = "C: f FETCH $ UID\nS: f OK FETCH completed\n";
  const save = "RETURN (SAVE) CHARSET";
  for (const [said, answer, left] of [
    [`SEARCH ${save} KOI8-R ALL`, "NO [BADCHARSET", none],
    [`SEARCH ${save} UTF-8 SEEN BOGUS x`, "BAD", all],
    [`SEARCH ${save} UTF-8 7`, "BAD", all],
    ["SEARCH RETURN (COUNT) CHARSET KOI8-R ALL", "NO", all],
    [`ESEARCH IN (selected) ${save} KOI8-R ALL`, "NO [BADCHARSET", none],
    [`ESEARCH ${save} KOI8-R ALL`, "NO [BADCHARSET", none],
    [`ESEARCH IN (selected) ${save} UTF-8 BOGUS x`, "BAD", all],
    ["ESEARCH IN (selected) RETURN (COUNT) CHARSET KOI8-R ALL", "NO", all],
  ] as const)
    await runTranscript(
      connection,
      `C: k SEARCH RETURN (SAVE) ALL\n${kept}C: s ${said}\nS: s ${answer}<<.*>>\n${left}`.replaceAll(/^/gm, "      "),
    );
  for (const said of ["SEARCH RETURN (SAVE) BODY x", "ESEARCH IN (selected) RETURN (SAVE) BODY x"]) {
    mail.unavailable.add("search");
    await runTranscript(connection, `C: k SEARCH RETURN (SAVE) ALL\n${kept}C: s ${said}\nS: s NO [UNAVAILABLE] <<.*>>`);
    mail.unavailable.clear();
    await runTranscript(connection, none);
  }
});
