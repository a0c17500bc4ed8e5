import type { BoardReply } from "@casaforte/contract/health";
import { useFormat } from "@casaforte/ui-kit";
import { Tag } from "@casaforte/ui-kit/console";
import { Anchor, Group, Text } from "@mantine/core";
import { useT } from "../translate.ts";

/** The addresses that our mail leaves from, on block lists; says so where nobody watches. */
export function MorningAddresses({ addresses }: { readonly addresses: BoardReply["ownAddresses"] }) {
  const t = useT();
  const format = useFormat();
  const { state, askedAt, listed, silent } = addresses;
  if (state !== "watched") return <Text size="sm">{t(`morning.addresses.${state}`)}</Text>;
  return (
    <>
      {listed.length > 0 ? null : (
        <Text size="sm">
          {askedAt === null
            ? t("morning.addresses.notYet")
            : t("morning.addresses.clear", { when: format.dateTime(Date.parse(askedAt)) })}
        </Text>
      )}
      {listed.map(({ address, list, since, words, page }) => (
        <Group key={`${address} ${list}`} gap="xs">
          <Tag color="red">{address}</Tag>
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {t("morning.addresses.listed", { list, when: format.date(Date.parse(since)) })}
            {words === "" ? null : ` · ${words}`}
            {page === null ? null : (
              <>
                {" · "}
                <Anchor href={page} target="_blank" rel="noopener noreferrer" td="underline">
                  {t("morning.addresses.page", { host: new URL(page).host })}
                </Anchor>
              </>
            )}
          </Text>
        </Group>
      ))}
      {silent.map(({ list, answeredAt }) => (
        <Group key={list} gap="xs">
          <Tag color="orange">{list}</Tag>
          <Text size="sm">
            {answeredAt === null
              ? t("morning.addresses.neverAnswered")
              : t("morning.addresses.silent", { when: format.dateTime(Date.parse(answeredAt)) })}
          </Text>
        </Group>
      ))}
    </>
  );
}
