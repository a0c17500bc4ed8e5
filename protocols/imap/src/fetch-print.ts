import { assert } from "@casaforte/kernel";
import type { MessageFacts } from "./backend.ts";
import { formatBodyStructure } from "./format/body-structure.ts";
import { formatEnvelope } from "./format/envelope.ts";
import { formatString } from "./format/quote.ts";
import type { Selected } from "./session.ts";
import { formatDateTime } from "./syntax/date.ts";
import type { FactItem } from "./syntax/fetch-items.ts";
import { encodeUtf8 } from "./syntax/text.ts";
import { flagsAt } from "./updates.ts";

/** One FETCH item that is not a body, with its name (RFC 9051 §7.5.2). */
export function printItem(
  selected: Selected,
  facts: MessageFacts,
  { index, fact }: { index: number; fact: FactItem },
): string {
  switch (fact) {
    case "FLAGS":
      return `FLAGS (${flagsAt(selected, index)})`;
    case "UID":
      return `UID ${facts.uid}`;
    case "MODSEQ":
      return `MODSEQ (${selected.tracker.modseqAt(index)})`;
    case "INTERNALDATE":
      return `INTERNALDATE "${formatDateTime(facts.internalDateMs ?? 0)}"`;
    case "RFC822.SIZE":
      return `RFC822.SIZE ${facts.sizeBytes ?? 0}`;
    case "ENVELOPE":
      return `ENVELOPE ${envelope(facts)}`;
    case "BODY":
      assert(facts.structure, "the store gave the structure asked for");
      return `BODY ${formatBodyStructure(facts.structure, false)}`;
    case "BODYSTRUCTURE":
      return `BODYSTRUCTURE ${bodyStructure(facts)}`;
    case "EMAILID":
      return `EMAILID (${facts.emailId ?? ""})`;
    case "THREADID":
      return facts.threadId === undefined ? "THREADID NIL" : `THREADID (${facts.threadId})`;
    case "SAVEDATE":
      return facts.savedDateMs === undefined ? "SAVEDATE NIL" : `SAVEDATE "${formatDateTime(facts.savedDateMs)}"`;
    case "PREVIEW":
      return facts.preview === undefined ? "PREVIEW NIL" : `PREVIEW ${formatString(encodeUtf8(facts.preview))}`;
  }
}

function envelope({ envelope }: MessageFacts): string {
  assert(envelope, "the store gave the envelope asked for");
  return "wire" in envelope ? envelope.wire : formatEnvelope(envelope);
}

function bodyStructure({ bodyStructure }: MessageFacts): string {
  assert(bodyStructure, "the store gave the structure asked for");
  return "wire" in bodyStructure ? bodyStructure.wire : formatBodyStructure(bodyStructure, true);
}
