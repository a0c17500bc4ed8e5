import { type TakeoutReply, takeoutListSchema } from "@casaforte/contract/takeouts";
import { ApiProblem, callApi, LoadingState, ProblemAlert, useFormat, useProblemSentence } from "@casaforte/ui-kit";
import { Button, Group, Progress, Select, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useT } from "../translate.ts";

const lookAgainMs = 2_000;
const formats = ["mbox", "maildir", "eml"] as const;
type Format = (typeof formats)[number];

const load = async (signal: AbortSignal) =>
  takeoutListSchema.parse(await callApi("/api/mail-takeouts", { signal })).takeouts;

const isBeingMade = ({ state }: TakeoutReply): boolean => state === "waiting" || state === "running";

/** All of one's mail as a ZIP to keep or to take to another program (R62). */
export function TakeoutForm() {
  const t = useT();
  const [takeouts, setTakeouts] = useState<readonly TakeoutReply[] | null>(null);
  const [format, setFormat] = useState<Format>("mbox");
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [turn, setTurn] = useState(0);
  const isLive = takeouts?.some(isBeingMade) ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks once more.
  useEffect(() => {
    const controller = new AbortController();
    load(controller.signal).then(
      (found) => {
        setTakeouts(found);
        setError(null);
      },
      (trouble) => {
        if (!controller.signal.aborted) setError(trouble);
      },
    );
    return () => controller.abort();
  }, [turn]);
  useEffect(() => {
    if (!isLive) return;
    const timer = setInterval(() => setTurn((before) => before + 1), lookAgainMs);
    return () => clearInterval(timer);
  }, [isLive]);
  const start = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await callApi("/api/mail-takeouts", { method: "POST", body: { format } });
      setTurn((before) => before + 1);
    } catch (trouble) {
      setError(trouble);
    } finally {
      setBusy(false);
    }
  };
  if (takeouts === null) return error === null ? <LoadingState /> : <ProblemAlert error={error} />;
  const [latest] = takeouts;
  return (
    <Stack align="flex-start">
      <Text size="sm">{t("takeout.explain")}</Text>
      <Select
        label={t("takeout.format")}
        description={t(`takeout.format.${format}.explain`)}
        data={formats.map((value) => ({ value, label: t(`takeout.format.${value}`) }))}
        value={format}
        onChange={(value) => setFormat(formats.find((one) => one === value) ?? "mbox")}
        allowDeselect={false}
        w={480}
        maw="100%"
      />
      <ProblemAlert error={error} />
      <Button onClick={() => void start()} loading={isBusy} disabled={isLive}>
        {t("takeout.start")}
      </Button>
      {latest ? <Latest takeout={latest} /> : null}
    </Stack>
  );
}

function Latest({ takeout }: { readonly takeout: TakeoutReply }) {
  const t = useT();
  const format = useFormat();
  const sentence = useProblemSentence();
  if (isBeingMade(takeout))
    return (
      <div role="status" style={{ width: "100%", maxWidth: 420 }}>
        <Text size="sm" mb={4}>
          {t("takeout.making", { done: format.number(takeout.done), total: format.number(takeout.total) })}
        </Text>
        <Progress
          value={takeout.total === 0 ? 0 : (100 * takeout.done) / takeout.total}
          aria-label={t("takeout.title")}
        />
      </div>
    );
  if (takeout.state === "failed") {
    const code = takeout.failedCode ?? "internal";
    return <Text role="alert">{sentence(new ApiProblem(500, code, code))}</Text>;
  }
  if (takeout.state === "expired") return <Text c="dimmed">{t("takeout.expired")}</Text>;
  return (
    <Group>
      <Button variant="default" component="a" href={`/api/mail-takeouts/${takeout.id}/archive`} download>
        {t("takeout.download", { size: format.bytes(takeout.bytes) })}
      </Button>
      {takeout.expiresAt === null ? null : (
        <Text size="sm" c="dimmed">
          {t("takeout.until", { when: format.dateTime(Date.parse(takeout.expiresAt)) })}
        </Text>
      )}
    </Group>
  );
}
