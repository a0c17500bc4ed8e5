import { type EvidencePart, evidencePartSchema } from "@casaforte/contract/inspections";
import { EmptyState, ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { CustomerSelect, callChecked, Lines, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";

/** Every promise with its latest evidence, as it is now for one customer (the living charter). */
export function Charter() {
  const t = useT();
  const [tenantId, setTenantId] = useState<string | null>(null);
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("charter.title")}
      </Title>
      <Text c="dimmed" maw={720}>
        {t("charter.hint")}
      </Text>
      <CustomerSelect label={t("charter.customer")} value={tenantId} onChange={setTenantId} maw={420} />
      {tenantId === null ? (
        <EmptyState title={t("charter.choose")} text={t("charter.chooseHint")} />
      ) : (
        <Controls tenantId={tenantId} />
      )}
    </Stack>
  );
}

function Controls({ tenantId }: { readonly tenantId: string }) {
  const controls = useQuery({
    queryKey: ["charter", tenantId],
    queryFn: ({ signal }) => callChecked(`/api/customer-charter/${tenantId}`, { reply: evidencePartSchema, signal }),
    // Each look is in the customer's log, so nothing is read again by itself.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  return <Loaded query={controls}>{(part) => <ControlTable part={part} />}</Loaded>;
}

type Cell = EvidencePart["rows"][number][number];
const stateColumn = "State";
/** The English word is the state's name on the wire. */
const colors: Readonly<Record<string, "green" | "orange" | "red" | "gray">> = {
  kept: "green",
  "to be cleared up": "red",
  "not in use": "gray",
  "shown by tests": "green",
  "test failed": "red",
  "without proof": "orange",
};

function ControlTable({ part }: { readonly part: EvidencePart }) {
  const t = useT();
  const format = useFormat();
  const language = useLanguage();
  const stateAt = part.columns.findIndex(({ en }) => en === stateColumn);
  const stateOf = (row: readonly Cell[]): string => {
    const cell = row[stateAt];
    return typeof cell === "object" && cell !== null && "en" in cell ? cell.en : "";
  };
  const count = (state: string) => part.rows.filter((row) => stateOf(row) === state).length;
  const said = (cell: Cell): string => {
    if (cell === null || typeof cell === "boolean") return "";
    if (typeof cell === "number") return format.number(cell);
    if (typeof cell === "string") return cell;
    return "at" in cell ? format.dateTime(Date.parse(cell.at)) : cell[language];
  };
  return (
    <>
      <Text>
        {t("charter.kept", {
          kept: count("kept"),
          broken: count("to be cleared up"),
          idle: count("not in use"),
          tested: count("shown by tests"),
          failed: count("test failed"),
          untested: count("without proof"),
          date: format.dateTime(Date.parse(part.readAt)),
        })}
      </Text>
      <ScrollTable label={t("charter.table")} minWidth={860} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {part.columns.map((column) => (
              <Table.Th key={column.en}>{column[language]}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {part.rows.map((row) => (
            <Table.Tr key={said(row[0] ?? null)}>
              {row.map((cell, at) => (
                <Table.Td key={part.columns[at]?.en ?? at} miw={at === stateAt ? 160 : undefined}>
                  {at === stateAt ? (
                    <Tag color={colors[stateOf(row)] ?? "gray"}>{said(cell)}</Tag>
                  ) : (
                    <Lines text={said(cell)} />
                  )}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
    </>
  );
}
