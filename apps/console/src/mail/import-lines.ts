import type { MailAccountImportReply } from "@casaforte/contract/mail";
import type { ImportRow } from "./read-accounts-csv.ts";

export interface ImportLine {
  readonly row: ImportRow;
  readonly outcome: MailAccountImportReply["rows"][number]["outcome"] | "waiting";
  readonly code: string | null;
  /** Of one that was created without a password. Null too where the answer that bore it did not come. */
  readonly invitation: MailAccountImportReply["rows"][number]["invitation"];
}

/** Its person has no way in yet. */
export const isInvited = ({ row, outcome }: ImportLine): boolean => outcome === "created" && row.password === "";

/** The lines of a file before anything was asked. Of rows of the same address only the first counts. */
export function toLines(rows: readonly ImportRow[]): ImportLine[] {
  const seen = new Set<string>();
  return rows.map((row) => {
    const key = row.address.toLowerCase();
    const isRepeated = seen.has(key);
    seen.add(key);
    return {
      row,
      outcome: isRepeated ? "wrong" : "waiting",
      code: isRepeated ? "mail.repeated" : null,
      invitation: null,
    };
  });
}

/**
 * The lines after an answer. One that was asked for before without an answer (`unanswered`, by line) and is there already
 * was made by us: it is created, and the password of the file holds.
 */
export function withAnswers(
  lines: readonly ImportLine[],
  pending: ImportLine["outcome"],
  answers: MailAccountImportReply["rows"],
  unanswered: ReadonlySet<number>,
): ImportLine[] {
  const told = new Map(answers.map((row) => [row.line, row]));
  return lines.map((line) => {
    const answer = line.outcome === pending ? told.get(line.row.line) : undefined;
    if (!answer) return line;
    const isOurs = answer.outcome === "exists" && unanswered.has(line.row.line);
    const { outcome, code, invitation } = answer;
    return { ...line, outcome: isOurs ? "created" : outcome, code: isOurs ? null : code, invitation };
  });
}
