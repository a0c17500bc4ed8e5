import type { MailAccountImportReply } from "@casaforte/contract/mail";
import type { ImportRow } from "./read-accounts-csv.ts";

export interface ImportLine {
  readonly row: ImportRow;
  /** `uninvited`: it is there, its person has no password, and applying makes a new link; then it is `invited`. */
  readonly outcome: MailAccountImportReply["rows"][number]["outcome"] | "waiting" | "uninvited" | "invited";
  readonly code: string | null;
  /** Of one that was created without a password or invited again. */
  readonly invitation: MailAccountImportReply["rows"][number]["invitation"];
}

export type ImportPhase = "preview" | "apply";

/** Whether this phase has yet to ask for it. */
export const isPending = (phase: ImportPhase, { outcome }: Pick<ImportLine, "outcome">): boolean =>
  phase === "preview" ? outcome === "waiting" : outcome === "ready" || outcome === "uninvited";

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
  phase: ImportPhase,
  answers: MailAccountImportReply["rows"],
  unanswered: ReadonlySet<number>,
): ImportLine[] {
  const told = new Map(answers.map((row) => [row.line, row]));
  return lines.map((line) => {
    const answer = isPending(phase, line) ? told.get(line.row.line) : undefined;
    if (!answer) return line;
    const { code, invitation } = answer;
    const isOurs = answer.outcome === "exists" && unanswered.has(line.row.line) && line.outcome === "ready";
    return { ...line, outcome: isOurs ? "created" : outcomeOf(phase, line, answer), code, invitation };
  });
}

function outcomeOf(
  phase: ImportPhase,
  { row }: ImportLine,
  { outcome, awaitsPassword, invitation }: MailAccountImportReply["rows"][number],
): ImportLine["outcome"] {
  if (outcome !== "exists") return outcome;
  if (invitation !== null) return "invited";
  return phase === "preview" && awaitsPassword && row.password === "" ? "uninvited" : "exists";
}
