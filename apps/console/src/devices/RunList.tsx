import type { deviceReplySchema } from "@casaforte/contract/devices";
import { ScrollTable, useFormat } from "@casaforte/ui-kit";
import { Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useState } from "react";
import type { z } from "zod";
import { Result } from "../pages/Devices.tsx";
import { useT } from "../translate.ts";
import { DeviceTexts, useDeviceText } from "./device-text.tsx";
import { runNote, runTook } from "./run-notes.ts";
import { runReason } from "./run-reason.ts";

type Runs = z.infer<typeof deviceReplySchema>["runs"];

/** Runs shown before somebody asks for more. */
const runsFirst = 20;

/** The last runs of a device, newest first: how long each took, what there is to say of it, why a failed one failed and what to do. */
export const RunList = (props: { readonly runs: Runs }) => (
  <DeviceTexts>
    <List {...props} />
  </DeviceTexts>
);

function List({ runs }: { readonly runs: Runs }) {
  const t = useT();
  const td = useDeviceText();
  const format = useFormat();
  const [isWhole, setWhole] = useState(false);
  const shown = isWhole ? runs : runs.slice(0, runsFirst);
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {t("devices.runs")}
      </Title>
      {runs.length === 0 ? (
        <Text c="dimmed">{t("devices.runsNone")}</Text>
      ) : (
        <ScrollTable label={t("devices.runs")} minWidth={640}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t("devices.runWhen")}</Table.Th>
              <Table.Th>{t("devices.runResult")}</Table.Th>
              <Table.Th>{t("devices.runWhat")}</Table.Th>
              <Table.Th>{t("devices.runBytes")}</Table.Th>
              <Table.Th>{t("devices.runNote")}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((run) => (
              <Table.Tr key={run.runId}>
                <Table.Td>
                  {format.dateTime(Date.parse(run.finishedAt))}
                  <Took run={run} />
                </Table.Td>
                <Table.Td>
                  <Result result={run.result} />
                  {run.kind === "verify" ? (
                    <Text size="sm" c="dimmed">
                      {t("devices.verification")}
                    </Text>
                  ) : null}
                </Table.Td>
                <Table.Td>
                  {t(run.kind === "verify" ? "devices.sampled" : "devices.files", { count: run.filesTotal })}
                  {run.filesUnreadable > 0 ? `, ${t("devices.unreadable", { count: run.filesUnreadable })}` : ""}
                </Table.Td>
                <Table.Td>
                  {run.kind === "verify"
                    ? format.bytes(run.bytesRead)
                    : `${format.bytes(run.bytesRead)} → ${format.bytes(run.bytesSent)}`}
                </Table.Td>
                <Table.Td>
                  {run.code === null ? null : <Text size="sm">{td(runReason(run.code))}</Text>}
                  {run.result === "failed" && run.message ? (
                    <Text size="sm" c="dimmed">
                      {td("reason.said")}
                      <span lang="en">{run.message}</span>
                    </Text>
                  ) : null}
                  {run.notes.map(({ level, code, count }) => (
                    <Text key={`${level} ${code}`} size="sm" {...(level === "told" ? { c: "dimmed" } : {})}>
                      {td(runNote(code), { count })}
                    </Text>
                  ))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </ScrollTable>
      )}
      {shown.some(({ notes }) => notes.length > 0) ? (
        <Text size="sm" c="dimmed">
          {td("note.names")}
        </Text>
      ) : null}
      {shown.length < runs.length ? (
        <Group>
          <Button variant="default" onClick={() => setWhole(true)}>
            {t("list.more")}
          </Button>
        </Group>
      ) : null}
    </Stack>
  );
}

function Took({ run }: { readonly run: Runs[number] }) {
  const td = useDeviceText();
  const { unit, count } = runTook(run.startedAt, run.finishedAt);
  return (
    <Text size="sm" c="dimmed">
      {td(`took.${unit}`, { count })}
    </Text>
  );
}
