import { mailAccountImportReplySchema } from "@casaforte/contract/mail";
import { callChecked } from "@casaforte/ui-kit/console";
import { useEffect, useRef, useState } from "react";
import { type ImportLine, type ImportPhase, isPending, toLines, withAnswers } from "./import-lines.ts";
import type { ImportRow } from "./read-accounts-csv.ts";

/** Rows of one call: a preview is quick, creating hashes a password for each. */
const partRows = { preview: 250, apply: 20 } as const;

export interface Import {
  readonly phase: "idle" | "preview" | "previewed" | "apply" | "applied";
  readonly lines: readonly ImportLine[];
  /** Rows of this phase that are done, of so many. */
  readonly done: number;
  readonly of: number;
  /** What stopped the run; `resume` goes on behind the last part that was answered. */
  readonly error: unknown;
  readonly begin: (rows: readonly ImportRow[]) => void;
  readonly apply: () => void;
  readonly resume: () => void;
  /** Creates no more once the part on its way is answered; `apply` goes on. */
  readonly stop: () => void;
  readonly reset: () => void;
}

type Run = Pick<Import, "phase" | "lines" | "error">;
const nothing: Run = { phase: "idle", lines: [], error: null };

/** A file of mailboxes on its way to the server, part by part. Passwords stay in this page. */
export function useImport(): Import {
  const [run, setRun] = useState<Run>(nothing);
  const abort = useRef<AbortController | null>(null);
  /** Lines of the part whose answer did not come: it may have been done all the same. */
  const unanswered = useRef<ReadonlySet<number>>(new Set());
  const isStopped = useRef(false);
  useEffect(() => () => abort.current?.abort(), []);

  const drive = async (phase: ImportPhase, start: readonly ImportLine[]): Promise<void> => {
    abort.current?.abort();
    const controller = new AbortController();
    abort.current = controller;
    isStopped.current = false;
    let lines = start;
    let asked: ReadonlySet<number> = new Set();
    setRun({ phase, lines, error: null });
    try {
      for (;;) {
        const part = lines.filter((line) => isPending(phase, line)).slice(0, partRows[phase]);
        if (part.length === 0 || isStopped.current) break;
        if (phase === "apply") asked = new Set([...unanswered.current, ...part.map(({ row }) => row.line)]);
        const reply = await callChecked("/api/mail-accounts/import", {
          body: { mode: phase, rows: part.map(({ row }) => row) },
          reply: mailAccountImportReplySchema,
          signal: controller.signal,
        });
        lines = withAnswers(lines, phase, reply.rows, unanswered.current);
        unanswered.current = new Set();
        setRun({ phase, lines, error: null });
      }
      const isDone = phase === "apply" && !lines.some((line) => isPending(phase, line));
      setRun({ phase: isDone ? "applied" : "previewed", lines, error: null });
    } catch (error) {
      unanswered.current = asked;
      if (!controller.signal.aborted) setRun({ phase, lines, error });
    }
  };

  const left = run.lines.filter((line) => isPending(run.phase === "preview" ? "preview" : "apply", line)).length;
  const of =
    run.phase === "apply"
      ? run.lines.filter(({ outcome }) => outcome !== "wrong" && outcome !== "exists").length
      : run.lines.length;
  return {
    ...run,
    done: of - left,
    of,
    begin: (rows) => {
      unanswered.current = new Set();
      void drive("preview", toLines(rows));
    },
    apply: () => void drive("apply", run.lines),
    resume: () => void drive(run.phase === "apply" ? "apply" : "preview", run.lines),
    stop: () => {
      isStopped.current = true;
    },
    reset: () => {
      abort.current?.abort();
      setRun(nothing);
    },
  };
}
