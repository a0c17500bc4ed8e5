import type { BoardReply } from "@casaforte/contract/health";
import { useFormat } from "@casaforte/ui-kit";
import { Tag } from "@casaforte/ui-kit/console";
import { Group, Text } from "@mantine/core";
import { useT } from "../translate.ts";

/** Escrowed copies of master keys that nobody looked at for long (R98). */
export function MorningEscrow({ copies }: { readonly copies: BoardReply["escrow"] }) {
  const t = useT();
  const format = useFormat();
  if (copies.length === 0) return <Text size="sm">{t("morning.noEscrow")}</Text>;
  return copies.map(({ keyId, checkedAt }) => (
    <Group key={keyId} gap="xs">
      <Tag color="red">{t("morning.escrow", { key: keyId })}</Tag>
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {checkedAt === null
          ? t("morning.escrowNever")
          : t("morning.escrowOld", { when: format.date(Date.parse(checkedAt)) })}
        {" · "}
        {t("morning.escrowDo")}
      </Text>
    </Group>
  ));
}
