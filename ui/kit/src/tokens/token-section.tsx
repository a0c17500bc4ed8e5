import { Button, Code, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "../components/dialog.tsx";
import { ScrollTable } from "../components/scroll-table.tsx";
import { EmptyState } from "../components/states.tsx";
import { ConfirmAction } from "../console/confirm-action.tsx";
import { Loaded } from "../console/loaded.tsx";
import { RowButton } from "../console/row-button.tsx";
import { Tag } from "../console/tag.tsx";
import { useFormat } from "../format.ts";
import { callApi } from "../http.ts";
import { WithTexts } from "../i18n/with-texts.tsx";
import { MadeToken } from "./made-token.tsx";
import { levelOf } from "./scopes.ts";
import { TokenForm } from "./token-form.tsx";
import {
  type ShownToken,
  type TokenDesk,
  TokenDeskProvider,
  tokensQuery,
  tokenTexts,
  useTokenDesk,
  useTokenText,
} from "./token-text.ts";

/** Tokens for programs: who made them, what they may, when they were used, and the way to end them (R78). */
export function TokenSection({ desk }: { readonly desk: TokenDesk }) {
  return (
    <WithTexts catalogues={tokenTexts}>
      <TokenDeskProvider value={desk}>
        <Tokens />
      </TokenDeskProvider>
    </WithTexts>
  );
}

function Tokens() {
  const desk = useTokenDesk();
  const t = useTokenText();
  const [isMaking, setMaking] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const add = <Button onClick={() => setMaking(true)}>{t("tokens.add")}</Button>;
  return (
    <section aria-labelledby="tokens-title">
      <Loaded query={useQuery(tokensQuery(desk))}>
        {({ tokens, grantable }) => (
          <Stack>
            <Group justify="space-between">
              <Title order={2} size="h4" id="tokens-title">
                {t("tokens.title")}
              </Title>
              {tokens.length > 0 ? add : null}
            </Group>
            {tokens.length === 0 ? (
              <EmptyState title={t("tokens.none")} text={t("tokens.noneHint")} action={add} />
            ) : (
              <TokenTable tokens={tokens} />
            )}
            <Dialog title={t("tokens.add")} opened={isMaking} onClose={() => setMaking(false)} size="lg">
              <TokenForm
                grantable={grantable}
                onMade={(made) => {
                  setMaking(false);
                  setSecret(made);
                }}
              />
            </Dialog>
          </Stack>
        )}
      </Loaded>
      <MadeToken secret={secret} onDone={() => setSecret(null)} />
    </section>
  );
}

function TokenTable({ tokens }: { readonly tokens: readonly ShownToken[] }) {
  const desk = useTokenDesk();
  const t = useTokenText();
  const client = useQueryClient();
  const [ending, setEnding] = useState<ShownToken | null>(null);
  const revoke = async (id: string) => {
    await callApi(`${desk.path}/${id}`, { method: "DELETE" });
    await client.invalidateQueries({ queryKey: tokensQuery(desk).queryKey });
  };
  return (
    <>
      <ScrollTable label={t("tokens.title")} minWidth={640} verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("tokens.name")}</Table.Th>
            <Table.Th>{t("tokens.scopes")}</Table.Th>
            <Table.Th>{t("tokens.lastUsed")}</Table.Th>
            <Table.Th>{t("tokens.expires")}</Table.Th>
            <Table.Th>{t("tokens.actions")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {tokens.map((token) => (
            <TokenRow key={token.id} token={token} onRevoke={() => setEnding(token)} />
          ))}
        </Table.Tbody>
      </ScrollTable>
      <ConfirmAction
        opened={ending !== null}
        onClose={() => setEnding(null)}
        title={t("tokens.revokeTitle")}
        action={t("tokens.revoke")}
        onConfirm={() => revoke(ending?.id ?? "")}
      >
        <Text>{t("tokens.revokeText", { name: ending?.name ?? "" })}</Text>
      </ConfirmAction>
    </>
  );
}

function TokenRow({ token, onRevoke }: { readonly token: ShownToken; readonly onRevoke: () => void }) {
  const t = useTokenText();
  const format = useFormat();
  const isExpired = Date.parse(token.expiresAt) <= Date.now();
  const objects = token.spaceIds.length + token.domainIds.length;
  return (
    <Table.Tr>
      <Table.Td style={{ overflowWrap: "anywhere" }}>
        <Text>{token.name}</Text>
        <Text size="sm" c="dimmed">
          <Code>{token.hint}…</Code> {token.isOwn ? null : token.owner.login}
        </Text>
      </Table.Td>
      <Table.Td>
        <Stack gap={2}>
          <Rights scopes={token.scopes} />
          {objects > 0 ? <Limit text={t("tokens.bound", { count: objects })} /> : null}
          {token.networks.length > 0 ? (
            <Limit text={t("tokens.from", { networks: format.list(token.networks) })} />
          ) : null}
        </Stack>
      </Table.Td>
      <Table.Td>
        {token.lastUsedAt === null
          ? t("tokens.never")
          : t("tokens.lastUsedFrom", {
              when: format.relative(Date.parse(token.lastUsedAt)),
              ip: token.lastUsedIp ?? "",
            })}
      </Table.Td>
      <Table.Td>
        {isExpired ? <Tag color="red">{t("tokens.expired")}</Tag> : format.date(Date.parse(token.expiresAt))}
      </Table.Td>
      <Table.Td>
        <RowButton name={t("tokens.revokeOf", { name: token.name })} onClick={onRevoke}>
          {t("tokens.revoke")}
        </RowButton>
      </Table.Td>
    </Table.Tr>
  );
}

function Limit({ text }: { readonly text: string }) {
  return (
    <Text size="sm" c="dimmed">
      {text}
    </Text>
  );
}

function Rights({ scopes }: { readonly scopes: readonly string[] }) {
  const { areas } = useTokenDesk();
  const t = useTokenText();
  return areas
    .map((area) => ({ area, level: levelOf(scopes, area) }))
    .filter(({ level }) => level !== "none")
    .map(({ area, level }) => (
      <Text key={area} size="sm">
        {t(level === "write" ? "tokens.writes" : "tokens.reads", { area: t(`tokens.area.${area}`) })}
      </Text>
    ));
}
