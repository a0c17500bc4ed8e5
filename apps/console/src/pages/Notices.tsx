import type { NoticeReply } from "@casaforte/contract/notices";
import { useFormat, useLanguage, WithTexts } from "@casaforte/ui-kit";
import { Loaded, Tag } from "@casaforte/ui-kit/console";
import { Anchor, Card, Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { AlertSettings } from "../notices/AlertSettings.tsx";
import { Calendar } from "../notices/Calendar.tsx";
import { Contacts } from "../notices/Contacts.tsx";
import { Measures } from "../notices/Measures.tsx";
import { noticesQuery } from "../notices/notice-queries.ts";
import { noticeTexts, useNoticeText } from "../notices/notice-text.ts";

/** C24, C26: what is restricted and why, what did not work, what we write of and whom we tell. */
export function Notices() {
  return (
    <WithTexts catalogues={noticeTexts}>
      <NoticesPage />
    </WithTexts>
  );
}

function NoticesPage() {
  const t = useNoticeText();
  return (
    <Stack gap="xl">
      <Title order={1} size="h2">
        {t("notices.title")}
      </Title>
      <Measures />
      <History />
      <Calendar />
      <AlertSettings />
      <Contacts />
    </Stack>
  );
}

function History() {
  const t = useNoticeText();
  const query = useQuery(noticesQuery);
  return (
    <section aria-labelledby="notices-history">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4" id="notices-history">
          {t("notices.history")}
        </Title>
        <Anchor href="/status">{t("notices.status")}</Anchor>
      </Group>
      <Loaded query={query}>
        {({ notices }) =>
          notices.length === 0 ? (
            <Text c="dimmed">{t("notices.noHistory")}</Text>
          ) : (
            <Stack gap="sm">
              {notices.map((notice) => (
                <NoticeCard key={notice.id} notice={notice} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </section>
  );
}

function NoticeCard({ notice }: { readonly notice: NoticeReply }) {
  const t = useNoticeText();
  const format = useFormat();
  const isItalian = useLanguage() === "it";
  const time = (at: string) => format.dateTime(Date.parse(at));
  return (
    <Card withBorder>
      <Group gap="xs" justify="space-between" wrap="nowrap" align="flex-start">
        <Text fw={600}>{isItalian ? notice.titleIt : notice.titleEn}</Text>
        <Tag color={notice.closedAt === null ? "orange" : "gray"}>{t(`notices.at.${notice.state}`)}</Tag>
      </Group>
      <Text size="sm" c="dimmed">
        {t(`notices.kind.${notice.kind}`)}
        {notice.plannedFrom && notice.plannedUntil
          ? ` · ${t("notices.fromUntil", { from: time(notice.plannedFrom), until: time(notice.plannedUntil) })}`
          : ""}
      </Text>
      <List listStyleType="none" mt="xs" spacing="xs">
        {notice.updates.toReversed().map((update) => (
          <List.Item key={update.at + update.state}>
            <Text size="sm" c="dimmed">
              {time(update.at)} · {update.isReport ? t("notices.report") : t(`notices.at.${update.state}`)}
            </Text>
            <Text style={{ whiteSpace: "pre-line", overflowWrap: "anywhere" }}>
              {isItalian ? update.textIt : update.textEn}
            </Text>
          </List.Item>
        ))}
      </List>
    </Card>
  );
}
