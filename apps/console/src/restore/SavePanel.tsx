import { Failure } from "@casaforte/kernel";
import { useFormat } from "@casaforte/ui-kit";
import { Alert, Button, Card, Group, List, Progress, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { summaryQuery } from "../queries.ts";
import type { RestoreClient } from "./client.ts";
import { chooseSink, deliver, saveBytesMax } from "./download.ts";
import type { SaveProgress, SaveReport } from "./protocol.ts";
import { useFailureSentence, useRestoreText } from "./restore-text.ts";

type SaveState =
  | { readonly step: "none" }
  | { readonly step: "measuring" }
  | { readonly step: "too_large"; readonly bytes: number; readonly bytesMax: number }
  | { readonly step: "saving"; readonly sinceMs: number }
  | { readonly step: "cancelled" }
  | { readonly step: "failed"; readonly error: unknown }
  | { readonly step: "done"; readonly report: SaveReport };

export interface SaveHandle {
  readonly state: SaveState;
  readonly isBusy: boolean;
  start(ids: readonly number[], name: string): void;
  cancel(): void;
}

/** One download at a time, from the question where to its report. */
export function useSave(client: RestoreClient): SaveHandle {
  const [state, setState] = useState<SaveState>({ step: "none" });
  const running = useRef(0);
  const queries = useQueryClient();
  const run = async (ids: readonly number[], name: string, mine: number) => {
    setState({ step: "measuring" });
    const bytesMax = saveBytesMax();
    // A browser that asks where to save does so at the click only; the others must know first how much it is.
    const asked = bytesMax === null ? await chooseSink(name, 0) : undefined;
    if (asked === null) return setState({ step: "none" });
    let sink = asked;
    if (sink === undefined) {
      const { bytes } = await client.call("measure", ids);
      if (running.current !== mine) return;
      if (bytesMax !== null && bytes > bytesMax) return setState({ step: "too_large", bytes, bytesMax });
      sink = (await chooseSink(name, bytes)) ?? undefined;
      if (sink === undefined) return setState({ step: "none" });
    }
    setState({ step: "saving", sinceMs: performance.now() });
    const report = await client.call("save", ids, sink);
    await deliver(sink, report, name);
    setState({ step: "done", report });
    // Home says from now on that a restore was tried.
    await queries.invalidateQueries({ queryKey: summaryQuery.queryKey });
  };
  return {
    state,
    isBusy: state.step === "measuring" || state.step === "saving",
    start(ids, name) {
      const mine = ++running.current;
      run(ids, name, mine).catch((error: unknown) => {
        const isCancelled = error instanceof Failure && error.kind === "cancelled";
        setState(isCancelled ? { step: "cancelled" } : { step: "failed", error });
      });
    },
    // A point that is closed meanwhile saves nothing more either.
    cancel: () => void client.call("cancel").catch(() => undefined),
  };
}

/** What a download is doing, or how it ended. */
export function SavePanel({ save, progress }: { readonly save: SaveHandle; readonly progress: SaveProgress | null }) {
  const t = useRestoreText();
  const sentence = useFailureSentence();
  const format = useFormat();
  const { state } = save;
  switch (state.step) {
    case "none":
      return null;
    case "measuring":
      return <Text role="status">{t("restore.measuring")}</Text>;
    case "too_large":
      return (
        <Alert color="orange" role="alert">
          {t("restore.tooLarge", { size: format.bytes(state.bytes), max: format.bytes(state.bytesMax) })}
        </Alert>
      );
    case "saving":
      return <Saving progress={progress} sinceMs={state.sinceMs} onCancel={save.cancel} />;
    case "cancelled":
      return <Alert role="status">{t("restore.cancelled")}</Alert>;
    case "failed":
      return (
        <Alert color="red" role="alert" title={t("restore.failed.title")}>
          {sentence(state.error)}
        </Alert>
      );
    default:
      return <Report report={state.report} />;
  }
}

function Saving({
  progress,
  sinceMs,
  onCancel,
}: {
  readonly progress: SaveProgress | null;
  readonly sinceMs: number;
  readonly onCancel: () => void;
}) {
  const t = useRestoreText();
  const format = useFormat();
  const { files = 0, filesTotal = 0, bytes = 0, bytesTotal = 0, path = "" } = progress ?? {};
  const seconds = Math.max(0.001, (performance.now() - sinceMs) / 1000);
  const rate = bytes / seconds;
  const left = rate > 0 ? Math.ceil((bytesTotal - bytes) / rate) : null;
  return (
    <Card withBorder>
      <Stack gap="xs">
        <Progress
          value={bytesTotal > 0 ? (bytes / bytesTotal) * 100 : 0}
          aria-label={t("restore.progress", {
            files,
            total: filesTotal,
            bytes: format.bytes(bytes),
            bytesTotal: format.bytes(bytesTotal),
          })}
        />
        <Group justify="space-between">
          <div>
            <Text size="sm">
              {t("restore.progress", {
                files,
                total: filesTotal,
                bytes: format.bytes(bytes),
                bytesTotal: format.bytes(bytesTotal),
              })}
            </Text>
            <Text size="sm" c="dimmed">
              {left === null
                ? " "
                : t("restore.rate", { rate: format.bytes(Math.round(rate)), left: spanText(t, left) })}
            </Text>
          </div>
          <Button variant="default" onClick={onCancel}>
            {t("restore.cancel")}
          </Button>
        </Group>
        <Text size="sm" c="dimmed" truncate>
          {path || " "}
        </Text>
      </Stack>
    </Card>
  );
}

function spanText(t: ReturnType<typeof useRestoreText>, seconds: number): string {
  if (seconds < 90) return t("restore.seconds", { count: seconds });
  if (seconds < 5400) return t("restore.minutes", { count: Math.round(seconds / 60) });
  return t("restore.hours", { count: Math.round(seconds / 3600) });
}

function Report({ report }: { readonly report: SaveReport }) {
  const t = useRestoreText();
  const format = useFormat();
  const lostAll = report.lost.length + report.lostMore;
  return (
    <Stack gap="xs">
      <Alert color="green" role="status">
        {t("restore.done", { count: report.files, bytes: format.bytes(report.bytes) })}
        {report.leftOut > 0 ? ` ${t("restore.leftOut", { count: report.leftOut })}` : ""}
      </Alert>
      {lostAll > 0 ? (
        <Alert color="red" role="alert" title={t("restore.lostTitle", { count: lostAll })}>
          {t("restore.lostHint")}
          <List size="sm" mt="xs">
            {report.lost.map((path) => (
              <List.Item key={path}>{path}</List.Item>
            ))}
            {report.lostMore > 0 ? <List.Item>{t("restore.lostMore", { count: report.lostMore })}</List.Item> : null}
          </List>
        </Alert>
      ) : null}
    </Stack>
  );
}
