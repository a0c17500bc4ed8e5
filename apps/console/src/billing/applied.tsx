import { type AppliedReply, appliedReplySchema } from "@casaforte/contract/reconciliation";
import { ScrollTable, useFormat } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Stack, Table, Text, Title } from "@mantine/core";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { sitesQuery } from "../queries.ts";
import { useBillingText } from "./billing-text.tsx";

const appliedQuery = queryOptions({
  queryKey: ["applied"],
  queryFn: ({ signal }) => callChecked("/api/applied", { reply: appliedReplySchema, signal }),
});

type Attribute = AppliedReply["objects"][number]["attributes"][number];
const known = ["quotaBytes", "bandwidthBytesPerSecond", "replica", "site", "addresses", "signInAddress"] as const;
const isKnown = (name: string): name is (typeof known)[number] => (known as readonly string[]).includes(name);
const colors = { applied: "green", differs: "red", unknown: "gray" } as const;

/** What each space was sold as, and what the servers hold it to at this moment (R4). */
export function Applied() {
  const t = useBillingText();
  const format = useFormat();
  const applied = useQuery(appliedQuery);
  const sites = useQuery(sitesQuery);
  const shown = ({ name }: Attribute, value: string | null) => {
    if (value === null) return "–";
    if (name === "quotaBytes") return format.bytes(Number(value));
    if (name === "bandwidthBytesPerSecond")
      return value === "unlimited"
        ? t("applied.unlimited")
        : t("applied.perSecond", { bytes: format.bytes(Number(value)) });
    if (name === "replica") return t(value === "none" ? "applied.noReplica" : "applied.secondLocation");
    return name === "site" ? (sites.data?.sites.find(({ id }) => id === value)?.name ?? value) : value;
  };
  return (
    <Loaded query={applied}>
      {({ objects, readAt }) => {
        const spaces = objects.filter(({ plane }) => plane === "backup");
        if (spaces.length === 0) return null;
        return (
          <Stack gap="xs">
            <Title order={2} size="h4">
              {t("applied.title")}
            </Title>
            <Text size="sm" c="dimmed">
              {t("applied.hint", { time: format.time(Date.parse(readAt)) })}
            </Text>
            <ScrollTable label={t("applied.title")} minWidth={620}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("services.name")}</Table.Th>
                  <Table.Th>{t("applied.attribute")}</Table.Th>
                  <Table.Th>{t("applied.ordered")}</Table.Th>
                  <Table.Th>{t("applied.applied")}</Table.Th>
                  <Table.Th>{t("invoices.state")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {spaces.flatMap(({ id, label, attributes }) =>
                  attributes.map((each, index) => (
                    <Table.Tr key={`${id}/${each.name}`}>
                      {index === 0 ? (
                        <Table.Th scope="rowgroup" rowSpan={attributes.length} style={{ verticalAlign: "top" }}>
                          {label}
                        </Table.Th>
                      ) : null}
                      <Table.Td>{isKnown(each.name) ? t(`applied.${each.name}`) : each.name}</Table.Td>
                      <Table.Td>{shown(each, each.ordered)}</Table.Td>
                      <Table.Td>{shown(each, each.applied)}</Table.Td>
                      <Table.Td>
                        <Tag color={colors[each.state]}>{t(`applied.state.${each.state}`)}</Tag>
                      </Table.Td>
                    </Table.Tr>
                  )),
                )}
              </Table.Tbody>
            </ScrollTable>
          </Stack>
        );
      }}
    </Loaded>
  );
}
