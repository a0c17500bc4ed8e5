import type { MailAccountImportReply } from "@casaforte/contract/mail";
import { generatePassword } from "../pages/generate-password.ts";
import type { ImportRow } from "./read-accounts-csv.ts";

export interface ImportLine {
  readonly row: ImportRow;
  /** Made here because the file had none. */
  readonly isGenerated: boolean;
  readonly outcome: MailAccountImportReply["rows"][number]["outcome"] | "waiting";
  readonly code: string | null;
}

/** The lines of a file before anything was asked. Of rows of the same address only the first counts. */
export function toLines(rows: readonly ImportRow[]): ImportLine[] {
  const seen = new Set<string>();
  return rows.map((row) => {
    const key = row.address.toLowerCase();
    const isRepeated = seen.has(key);
    seen.add(key);
    const isGenerated = row.password === "";
    return {
      row: isGenerated ? { ...row, password: generatePassword() } : row,
      isGenerated,
      outcome: isRepeated ? "wrong" : "waiting",
      code: isRepeated ? "mail.repeated" : null,
    };
  });
}

/**
 * The lines after an answer. One that was asked for before without an answer (`unanswered`, by line) and is there already
 * was made by us: it is created, and its password holds.
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
    return { ...line, outcome: isOurs ? "created" : answer.outcome, code: isOurs ? null : answer.code };
  });
}
