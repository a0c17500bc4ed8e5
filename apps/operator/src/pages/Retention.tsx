import { type RetentionReply, retentionReplySchema } from "@casaforte/contract/compliance";
import { ScrollTable, useFormat, useLanguage } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useT } from "../translate.ts";

type Class = RetentionReply["classes"][number];

/** What is kept for how long and why, which job ends it, and what outlived its time (R104). */
export function Retention() {
  const t = useT();
  const retention = useQuery({
    queryKey: ["retention"],
    queryFn: ({ signal }) => callChecked("/api/retention", { reply: retentionReplySchema, signal }),
  });
  return (
    <Stack>
      <Title order={1} size="h2">
        {t("retention.title")}
      </Title>
      <Text c="dimmed">{t("retention.hint")}</Text>
      <Loaded query={retention}>{({ classes }) => <Classes classes={classes} />}</Loaded>
    </Stack>
  );
}

function Classes({ classes }: { readonly classes: readonly Class[] }) {
  const t = useT();
  const format = useFormat();
  const language = useLanguage();
  const last = classes.find(({ checkedAt }) => checkedAt !== null)?.checkedAt;
  const held = Math.max(0, ...classes.map((each) => each.held));
  return (
    <>
      <Text size="sm">
        {last ? t("retention.checked", { when: format.relative(Date.parse(last)) }) : t("retention.notYet")}
        {held > 0 ? ` · ${t("retention.held", { count: held })}` : null}
      </Text>
      <ScrollTable label={t("retention.title")} minWidth={820} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("retention.data")}</Table.Th>
            <Table.Th>{t("retention.kept")}</Table.Th>
            <Table.Th>{t("retention.why")}</Table.Th>
            <Table.Th>{t("retention.job")}</Table.Th>
            <Table.Th>{t("retention.found")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {classes.map((each) => (
            <Table.Tr key={each.name}>
              <Table.Th scope="row">{each.what[language]}</Table.Th>
              <Table.Td>{each.kept[language]}</Table.Td>
              <Table.Td>{each.why[language]}</Table.Td>
              <Table.Td ff={each.job === null ? "text" : "monospace"}>{each.job ?? t("retention.noJob")}</Table.Td>
              <Table.Td>
                <Found found={each} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
    </>
  );
}

function Found({ found }: { readonly found: Class }) {
  const t = useT();
  if (!found.isCounted) return <Text c="dimmed">{t("retention.notCounted")}</Text>;
  if (found.overdue === null) return <Text c="dimmed">–</Text>;
  return found.overdue === 0 ? (
    <Tag color="green">{t("retention.none")}</Tag>
  ) : (
    <Tag color="red">{t("retention.rows", { count: found.overdue })}</Tag>
  );
}
