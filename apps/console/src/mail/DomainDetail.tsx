import { type DomainReply, domainSchema } from "@casaforte/contract/domains";
import { ClearableSelect, ConfirmName, callApi, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked, Loaded, Tag } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Group, Stack, Tabs, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { AskSupport } from "../AskSupport.tsx";
import { Addresses } from "./Addresses.tsx";
import { Certificates } from "./Certificates.tsx";
import { DnsRecords } from "./DnsRecords.tsx";
import { DomainReports } from "./DomainReports.tsx";
import { domainsQuery } from "./domains-query.ts";
import { MailTexts, useMailText } from "./mail-text.tsx";

/** One domain: what its DNS says and should say, and its addresses (R93, R94, C12, C14). */
export const DomainDetail = () => (
  <MailTexts>
    <DomainPage />
  </MailTexts>
);

function DomainPage() {
  const t = useMailText();
  const { id } = useParams({ strict: false });
  const domains = useQuery(domainsQuery);
  return (
    <Loaded query={domains}>
      {({ domains: all }) => {
        const domain = all.find((one) => one.id === id);
        return (
          <Stack>
            <Anchor renderRoot={(props) => <Link {...props} to="/domains" />}>← {t("domains.title")}</Anchor>
            {domain ? <Shown domain={domain} all={all} /> : <Alert color="red">{t("domains.gone")}</Alert>}
          </Stack>
        );
      }}
    </Loaded>
  );
}

function Shown({ domain, all }: { readonly domain: DomainReply; readonly all: readonly DomainReply[] }) {
  const t = useMailText();
  const navigate = useNavigate();
  const client = useQueryClient();
  const [isDeleting, setDeleting] = useState(false);
  return (
    <Stack>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1} size="h2">
            {domain.name}
          </Title>
          <Tag color={domain.state === "active" ? "green" : "orange"}>{t(`domains.state.${domain.state}`)}</Tag>
          <AskSupport about={domain.name} />
        </Group>
        <Button variant="default" onClick={() => setDeleting(true)}>
          {t("domains.remove")}
        </Button>
      </Group>
      {domain.state === "pending" ? <Prove domain={domain} /> : null}
      <Tabs defaultValue="dns" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="dns">{t("dns.title")}</Tabs.Tab>
          <Tabs.Tab value="certificates">{t("certificates.title")}</Tabs.Tab>
          <Tabs.Tab value="addresses">{t("addresses.title")}</Tabs.Tab>
          <Tabs.Tab value="reports">{t("reports.title")}</Tabs.Tab>
          <Tabs.Tab value="alias">{t("domains.aliasTab")}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="dns">
          <DnsRecords domain={domain} />
        </Tabs.Panel>
        <Tabs.Panel value="certificates">
          <Certificates domain={domain} />
        </Tabs.Panel>
        <Tabs.Panel value="addresses">
          {domain.aliasOf === null ? (
            <Addresses domain={domain} />
          ) : (
            <Text>
              {t("domains.aliasHas")}{" "}
              <Anchor
                renderRoot={(props) => <Link {...props} to="/domains/$id" params={{ id: domain.aliasOf ?? "" }} />}
              >
                {all.find(({ id }) => id === domain.aliasOf)?.name}
              </Anchor>
            </Text>
          )}
        </Tabs.Panel>
        <Tabs.Panel value="reports">
          <DomainReports domain={domain} />
        </Tabs.Panel>
        <Tabs.Panel value="alias">
          <AliasForm domain={domain} all={all} />
        </Tabs.Panel>
      </Tabs>
      <ConfirmName
        opened={isDeleting}
        onClose={() => setDeleting(false)}
        title={t("domains.removeTitle", { name: domain.name })}
        name={domain.name}
        action={t("domains.remove")}
        onConfirm={async () => {
          await callApi(`/api/domains/${domain.id}`, { method: "DELETE" });
          await navigate({ to: "/domains" });
          await client.invalidateQueries({ queryKey: ["domains"] });
        }}
      >
        <Text>{t("domains.removeHint")}</Text>
      </ConfirmName>
    </Stack>
  );
}

function Prove({ domain }: { readonly domain: DomainReply }) {
  const t = useMailText();
  const client = useQueryClient();
  const verify = useMutation({
    mutationFn: () => callChecked(`/api/domains/${domain.id}/verify`, { method: "POST", reply: domainSchema }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["domains"] }),
  });
  return (
    <Alert color="orange" variant="light" title={t("domains.proveTitle")}>
      <Stack align="flex-start" gap="sm">
        <Text size="sm">{t("domains.proveHint")}</Text>
        <ProblemAlert error={verify.error} />
        <Button onClick={() => verify.mutate()} loading={verify.isPending}>
          {t("domains.prove")}
        </Button>
      </Stack>
    </Alert>
  );
}

function AliasForm({ domain, all }: { readonly domain: DomainReply; readonly all: readonly DomainReply[] }) {
  const t = useMailText();
  const client = useQueryClient();
  const [target, setTarget] = useState<string | null>(domain.aliasOf);
  const save = useMutation({
    mutationFn: () =>
      callChecked(`/api/domains/${domain.id}/alias`, { method: "PUT", body: { aliasOf: target }, reply: domainSchema }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["domains"] }),
  });
  const others = all.filter(({ id, aliasOf }) => id !== domain.id && aliasOf === null);
  return (
    <Stack maw={520} align="flex-start">
      <Text size="sm">{t("domains.aliasHint")}</Text>
      <ClearableSelect
        label={t("domains.aliasLabel")}
        placeholder={t("domains.ownAddresses")}
        data={others.map(({ id, name }) => ({ value: id, label: name }))}
        value={target}
        onChange={setTarget}
        w="100%"
      />
      <ProblemAlert error={save.error} />
      <Button onClick={() => save.mutate()} loading={save.isPending} disabled={target === domain.aliasOf}>
        {t("kit.save")}
      </Button>
    </Stack>
  );
}
