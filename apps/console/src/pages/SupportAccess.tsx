import type { Grant } from "@casaforte/contract/grants";
import { callApi, Dialog, EmptyState, ScrollTable, useFormat } from "@casaforte/ui-kit";
import { ConfirmAction, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Anchor, Button, Card, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { AnswerGrant } from "../grants/AnswerGrant.tsx";
import { GrantTexts, grantsQuery, useGrantText } from "../grants/grant-text.tsx";

/** Who of support may enter, and who asks to (R90). */
export function SupportAccess() {
  return (
    <GrantTexts>
      <SupportAccessPage />
    </GrantTexts>
  );
}

function SupportAccessPage() {
  const t = useGrantText();
  return (
    <Stack gap="lg">
      <div>
        <Title order={1} size="h2">
          {t("grants.title")}
        </Title>
        <Text c="dimmed" maw={760}>
          {t("grants.intro")}
        </Text>
      </div>
      <Loaded query={useQuery(grantsQuery)}>
        {({ grants }) => {
          const open = grants.filter(({ state }) => state === "asked" || state === "granted");
          const past = grants.filter((grant) => !open.includes(grant));
          if (grants.length === 0) return <EmptyState title={t("grants.none")} text={t("grants.noneHint")} />;
          return (
            <>
              {open.map((grant) => (
                <OpenGrant key={grant.id} grant={grant} />
              ))}
              {past.length > 0 ? <PastGrants grants={past} /> : null}
            </>
          );
        }}
      </Loaded>
    </Stack>
  );
}

function OpenGrant({ grant }: { readonly grant: Grant }) {
  const t = useGrantText();
  const format = useFormat();
  const client = useQueryClient();
  const [isOpen, setOpen] = useState(false);
  const { id, operatorName: name, askedHours: hours, askedScope, scope, until, state } = grant;
  const isAsked = state === "asked";
  const close = () => setOpen(false);
  const revoke = async () => {
    await callApi(`/api/support-access/${id}/revoke`, { method: "POST" });
    await client.invalidateQueries({ queryKey: grantsQuery.queryKey });
  };
  return (
    <Card withBorder maw={760}>
      <Group justify="space-between" align="flex-start">
        <Stack gap={4} style={{ flex: 1, minWidth: 240 }}>
          <Title order={2} size="h4">
            {isAsked
              ? t("grants.asked", { name })
              : t("grants.inside", { name, until: format.dateTime(Date.parse(until ?? "")) })}
          </Title>
          <Text size="sm" c="dimmed">
            {isAsked
              ? t("grants.askedFor", { hours, scope: t(`grants.scope.${askedScope}`) })
              : t(`grants.scope.${scope ?? "read"}`)}
          </Text>
          <Text style={{ overflowWrap: "anywhere" }}>{grant.reason}</Text>
          <Group gap="md">
            <Anchor
              size="sm"
              renderRoot={(props) => <Link {...props} to="/tickets/$id" params={{ id: grant.ticketId }} />}
            >
              {t("grants.toTicket")}
            </Anchor>
            {isAsked ? null : (
              <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/audit" />}>
                {t("grants.log")}
              </Anchor>
            )}
          </Group>
        </Stack>
        <Button {...(isAsked ? {} : { color: "red.9" })} onClick={() => setOpen(true)}>
          {t(isAsked ? "grants.answer" : "grants.revoke")}
        </Button>
      </Group>
      <Dialog title={t("grants.asked", { name })} opened={isOpen && isAsked} onClose={close}>
        <AnswerGrant grant={grant} onDone={close} />
      </Dialog>
      <ConfirmAction
        opened={isOpen && !isAsked}
        onClose={close}
        title={t("grants.revokeTitle")}
        action={t("grants.revoke")}
        onConfirm={revoke}
      >
        <Text>{t("grants.revokeText", { name })}</Text>
      </ConfirmAction>
    </Card>
  );
}

function PastGrants({ grants }: { readonly grants: readonly Grant[] }) {
  const t = useGrantText();
  const format = useFormat();
  return (
    <section aria-labelledby="grants-past">
      <Title order={2} size="h4" id="grants-past" mb="xs">
        {t("grants.past")}
      </Title>
      <ScrollTable label={t("grants.past")} minWidth={480} maw={760}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("grants.who")}</Table.Th>
            <Table.Th>{t("grants.when")}</Table.Th>
            <Table.Th>{t("grants.how")}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {grants.map((grant) => (
            <Table.Tr key={grant.id}>
              <Table.Td>{grant.operatorName}</Table.Td>
              <Table.Td>{format.dateTime(Date.parse(grant.endedAt ?? grant.askedAt))}</Table.Td>
              <Table.Td>
                <Tag color="gray">
                  {grant.endReason === null
                    ? t(grant.state === "refused" ? "grants.state.refused" : "grants.state.lapsed")
                    : t(`grants.end.${grant.endReason}`)}
                </Tag>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
    </section>
  );
}
