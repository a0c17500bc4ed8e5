import { Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { ProblemAlert } from "../components/states.tsx";
import { RowButton } from "../console/row-button.tsx";
import { useFormat } from "../format.ts";
import { useTranslate } from "../i18n/i18n.ts";
import { security } from "./security-api.ts";
import { useReread } from "./use-reread.ts";

export interface ProgramSectionProps {
  readonly run: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** Mail programs that the person let in without a password, each with what it may use and its end (R53). */
export function ProgramSection({ run }: ProgramSectionProps) {
  const t = useTranslate();
  const format = useFormat();
  const [found, reread] = useReread(security.programs);
  const [error, setError] = useState<unknown>(null);
  const end = async (id: string): Promise<void> => {
    setError(null);
    try {
      await run(() => security.disconnectProgram(id));
      reread();
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Stack gap="xs">
      <Text fw={600}>{t("security.programs.title")}</Text>
      <Text size="sm" c="dimmed">
        {t("security.programs.explain")}
      </Text>
      {found?.length === 0 ? <Text size="sm">{t("security.programs.none")}</Text> : null}
      {(found ?? []).map((program) => (
        <Group key={program.id} justify="space-between">
          <div>
            <Text>{program.name}</Text>
            <Text size="sm" c="dimmed">
              {program.protocols.join(", ").toUpperCase()} ·{" "}
              {t("security.programs.since", { date: format.date(Date.parse(program.connectedAt)) })} ·{" "}
              {program.lastUsedAt === null
                ? t("security.apps.neverUsed")
                : t("security.apps.lastUsed", { when: format.relative(Date.parse(program.lastUsedAt)) })}
            </Text>
          </div>
          <RowButton
            name={t("security.programs.endNamed", { name: program.name })}
            onClick={() => void end(program.id)}
          >
            {t("security.programs.end")}
          </RowButton>
        </Group>
      ))}
      <ProblemAlert error={error} />
    </Stack>
  );
}
