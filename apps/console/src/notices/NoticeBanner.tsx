import { useLanguage } from "@casaforte/ui-kit";
import { Alert, Anchor, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useT } from "../translate.ts";
import { contactsQuery, measuresQuery, noticesQuery } from "./notice-queries.ts";

/** On every page: what is switched off, what does not work right now, and a contact that mail does not reach (R24, R66, R102). */
export function NoticeBanner() {
  const t = useT();
  const isItalian = useLanguage() === "it";
  const measures = useQuery(measuresQuery).data;
  const notices = useQuery(noticesQuery).data?.notices ?? [];
  const open = notices.filter(({ closedAt, state }) => closedAt === null && state !== "planned");
  const isLimited = (measures?.off.length ?? 0) > 0;
  const isBounced = (useQuery(contactsQuery).data?.contacts ?? []).some(({ bouncedAt }) => bouncedAt !== null);
  if (!isLimited && !isBounced && open.length === 0) return null;
  return (
    <Alert color="orange" mb="md" role="status">
      {isLimited ? <Text size="sm">{t("banner.limited")}</Text> : null}
      {isBounced ? <Text size="sm">{t("banner.contact")}</Text> : null}
      {open.map((notice) => (
        <Text size="sm" key={notice.id}>
          {isItalian ? notice.titleIt : notice.titleEn}
        </Text>
      ))}
      <Anchor renderRoot={(props) => <Link {...props} to="/notices" />} size="sm">
        {t("banner.more")}
      </Anchor>
    </Alert>
  );
}
