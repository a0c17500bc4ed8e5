import type { EvidencePart } from "@casaforte/contract/inspections";
import { EmptyState, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { Lines, Loaded } from "@casaforte/ui-kit/console";
import { Alert, Button, Group, Stack, Table, Tabs, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  evidencePartQuery,
  evidenceRoomQuery,
  InspectionTexts,
  useInspectionText,
} from "../inspections/inspection-text.tsx";

/** The evidence room: for the customer at any time, for its auditors while their audit runs (R67, R69). */
export function Evidence() {
  return (
    <InspectionTexts>
      <EvidencePage />
    </InspectionTexts>
  );
}

function EvidencePage() {
  const t = useInspectionText();
  const format = useFormat();
  const language = useLanguage();
  const [part, setPart] = useState<string | null>(null);
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("evid.title")}
      </Title>
      <Loaded query={useQuery(evidenceRoomQuery)}>
        {({ organisation, closesAt, scope, parts }) => {
          const shown = part ?? parts[0]?.name ?? "";
          return (
            <>
              <Text c="dimmed" maw={720}>
                {t("evid.hint", { name: organisation })}
              </Text>
              {closesAt === null ? null : (
                <Alert maw={720}>
                  <Text size="sm">{t("evid.until", { date: format.dateTime(Date.parse(closesAt)) })}</Text>
                  <Text size="sm">{t("evid.scope", { scope: scope ?? "" })}</Text>
                </Alert>
              )}
              <Group>
                <Button variant="default" renderRoot={(props) => <a {...props} href="/api/evidence-pack" download />}>
                  {t("evid.pack")}
                </Button>
                <Text size="sm" c="dimmed" maw={560}>
                  {t("evid.packHint")}
                </Text>
              </Group>
              <Tabs value={shown} onChange={setPart} keepMounted={false}>
                <Tabs.List aria-label={t("evid.parts")}>
                  {parts.map(({ name, title }) => (
                    <Tabs.Tab key={name} value={name}>
                      {title[language]}
                    </Tabs.Tab>
                  ))}
                </Tabs.List>
                {parts.map(({ name, hint }) => (
                  <Tabs.Panel key={name} value={name} pt="md">
                    <Text size="sm" c="dimmed" mb="sm">
                      {hint[language]}
                    </Text>
                    <Part name={name} />
                  </Tabs.Panel>
                ))}
              </Tabs>
            </>
          );
        }}
      </Loaded>
    </Stack>
  );
}

function Part({ name }: { readonly name: string }) {
  return <Loaded query={useQuery(evidencePartQuery(name))}>{(part) => <PartTable part={part} />}</Loaded>;
}

const wordCharsMax = 30;

/** A hash or a path may break anywhere; a word never does. */
const wrapping = (text: string) =>
  text.split(/\s/).some((word) => word.length > wordCharsMax) ? ({ overflowWrap: "anywhere" } as const) : {};

function PartTable({ part }: { readonly part: EvidencePart }) {
  const t = useInspectionText();
  const format = useFormat();
  const language = useLanguage();
  if (part.rows.length === 0) return <EmptyState title={t("evid.none")} text={t("evid.noneHint")} />;
  const said = (cell: EvidencePart["rows"][number][number]): string => {
    if (cell === null) return "";
    if (typeof cell === "boolean") return t(cell ? "evid.yes" : "evid.no");
    if (typeof cell === "number") return format.number(cell);
    if (typeof cell === "string") return cell;
    return "at" in cell ? format.dateTime(Date.parse(cell.at)) : cell[language];
  };
  return (
    <Stack gap="xs">
      <ScrollTable label={part.title[language]} minWidth={760} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {part.columns.map((column) => (
              <Table.Th key={column.en}>{column[language]}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {part.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a reading never move.
            <Table.Tr key={index}>
              {row.map((cell, at) => (
                <Table.Td key={part.columns[at]?.en ?? at} style={wrapping(said(cell))}>
                  <Lines text={said(cell)} />
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
      <Text size="xs" c="dimmed">
        {t("evid.readAt", { date: format.dateTime(Date.parse(part.readAt)) })}
      </Text>
    </Stack>
  );
}
