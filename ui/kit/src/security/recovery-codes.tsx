import { Button, Group, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { useTranslate } from "../i18n/i18n.ts";

export interface RecoveryCodesProps {
  readonly codes: readonly string[];
  readonly onDone: () => void;
}

/** Codes shown once; typing one of them proves that they were saved (ux.md §5). */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  const t = useTranslate();
  const [typed, setTyped] = useState("");
  const [isWrong, setWrong] = useState(false);
  const bare = (code: string): string => code.toLowerCase().replace(/[^a-z0-9]/g, "");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (codes.some((code) => bare(code) === bare(typed))) onDone();
    else setWrong(true);
  };
  const download = (): void => {
    const url = URL.createObjectURL(new Blob([`${codes.join("\r\n")}\r\n`], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = "casaforte-recovery-codes.txt";
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Dialog title={t("security.recovery.title")} opened onClose={() => undefined}>
      <form onSubmit={submit}>
        <Stack>
          <Text>{t("security.recovery.explain")}</Text>
          <SimpleGrid cols={2} spacing="xs">
            {codes.map((code) => (
              <span key={code} className="cf-code">
                {code}
              </span>
            ))}
          </SimpleGrid>
          <Group>
            <Button variant="default" onClick={() => void navigator.clipboard.writeText(codes.join("\n"))}>
              {t("kit.copy")}
            </Button>
            <Button variant="default" onClick={download}>
              {t("security.recovery.download")}
            </Button>
          </Group>
          <TextInput
            label={t("security.recovery.prove")}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              setWrong(false);
            }}
            error={isWrong ? t("security.recovery.mismatch") : null}
            autoComplete="off"
          />
          <Group justify="flex-end">
            <Button type="submit">{t("kit.done")}</Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
