import { CopyField, useLanguage } from "@casaforte/ui-kit";
import { downloadText } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Checkbox, Group, SegmentedControl, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useId, useState } from "react";
import { useDeviceText } from "./device-text.tsx";
import { askedPlaces, isSameWord, loadWords, makePassphrase } from "./passphrase.ts";

export interface BackupPasswordProps {
  readonly deviceName: string;
  /** For a first device a new one is made without being asked for. */
  readonly isFirst: boolean;
  /** Whether nothing keeps the device from being added. */
  readonly onReady: (isReady: boolean) => void;
}

/**
 * The key of the backups (ux.md §5): seven words made in this page, which nobody else ever sees, kept by the person and
 * proven by two of them; or one that the person has.
 */
export function BackupPassword({ deviceName, isFirst, onReady }: BackupPasswordProps) {
  const t = useDeviceText();
  const title = useId();
  const [kind, setKind] = useState<"new" | "own">(isFirst ? "new" : "own");
  useEffect(() => {
    if (kind === "own") onReady(true);
  }, [kind, onReady]);
  return (
    <Stack gap="sm" component="section" aria-labelledby={title}>
      <Text fw={600} size="sm" id={title}>
        {t("key.title")}
      </Text>
      <SegmentedControl
        aria-labelledby={title}
        value={kind}
        onChange={(next) => setKind(next as "new" | "own")}
        data={[
          { value: "new", label: t("key.new") },
          { value: "own", label: t("key.own") },
        ]}
      />
      {kind === "own" ? (
        <Text size="sm" c="dimmed">
          {t("key.ownHint")}
        </Text>
      ) : (
        <NewPassphrase deviceName={deviceName} onReady={onReady} />
      )}
    </Stack>
  );
}

function NewPassphrase({ deviceName, onReady }: Omit<BackupPasswordProps, "isFirst">) {
  const t = useDeviceText();
  const language = useLanguage();
  const words = useQuery({
    queryKey: ["passphrase-words", language],
    queryFn: () => loadWords(language),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [phrase, setPhrase] = useState<readonly string[] | null>(null);
  const [places] = useState(askedPlaces);
  const [typed, setTyped] = useState<readonly string[]>(() => places.map(() => ""));
  const [isUnderstood, setUnderstood] = useState(false);
  useEffect(() => {
    // Once: another language on the way must not change a password that somebody may have written down.
    if (words.data !== undefined) setPhrase((before) => before ?? makePassphrase(words.data));
  }, [words.data]);
  const isRight = (index: number) => isSameWord(typed[index] ?? "", phrase?.[places[index] ?? -1]);
  const isReady = isUnderstood && places.every((_place, index) => isRight(index));
  useEffect(() => onReady(isReady), [isReady, onReady]);
  if (phrase === null) return null;
  const text = phrase.join(" ");
  return (
    <Stack gap="sm">
      <CopyField label={t("key.words")} value={text} />
      <Alert color="orange" variant="light">
        <Text size="sm" c="var(--mantine-color-text)">
          {t("key.only")}
        </Text>
      </Alert>
      <Anchor
        component="button"
        type="button"
        size="sm"
        ta="start"
        onClick={() =>
          downloadText(
            t("key.sheetName"),
            "text/plain;charset=utf-8",
            t("key.sheet", { name: deviceName, phrase: text }),
          )
        }
      >
        {t("key.save")}
      </Anchor>
      <Text size="sm">{t("key.again")}</Text>
      <Group grow align="start">
        {places.map((place, index) => (
          <TextInput
            key={place}
            label={t("key.word", { place: place + 1 })}
            value={typed[index] ?? ""}
            onChange={(event) => {
              const next = event.currentTarget.value;
              setTyped((before) => before.map((each, at) => (at === index ? next : each)));
            }}
            error={
              (typed[index] ?? "").trim().length >= (phrase[place]?.length ?? 0) && !isRight(index)
                ? t("key.wrong", { place: place + 1 })
                : null
            }
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
          />
        ))}
      </Group>
      <Checkbox
        checked={isUnderstood}
        onChange={(event) => setUnderstood(event.currentTarget.checked)}
        label={t("key.understood")}
      />
    </Stack>
  );
}
