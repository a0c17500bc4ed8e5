import type { TenantReply } from "@casaforte/contract/tenants";
import { useFormat } from "@casaforte/ui-kit";
import { Loaded, Tag, useSession, WithTexts } from "@casaforte/ui-kit/console";
import { Alert, Anchor, Button, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { tenantQuery } from "../queries.ts";
import { TenantMonth } from "../tenant/TenantMonth.tsx";
import { TenantNotes } from "../tenant/TenantNotes.tsx";
import { TenantServices } from "../tenant/TenantServices.tsx";
import { tenantTexts } from "../tenant/tenant-text.ts";
import { useT } from "../translate.ts";
import { InviteOwner } from "./InviteOwner.tsx";
import { tenantStateColors } from "./Tenants.tsx";
import { Vetting } from "./Vetting.tsx";

/** One customer: what is known, what it has and pays, notes about it, another owner, the way to its log and to measures (O2). */
export function TenantDetail() {
  const { id } = useParams({ from: "/tenants/$id" });
  const t = useT();
  return (
    <Stack>
      <Anchor renderRoot={(props) => <Link {...props} to="/tenants" />} size="sm">
        ← {t("nav.tenants")}
      </Anchor>
      <Loaded query={useQuery(tenantQuery(id))}>{(tenant) => <Tenant tenant={tenant} />}</Loaded>
    </Stack>
  );
}

function Tenant({ tenant }: { readonly tenant: TenantReply }) {
  const t = useT();
  const { session } = useSession();
  const [isInviting, { open, close }] = useDisclosure(false);
  const [invited, setInvited] = useState("");
  const has = (...roles: typeof session.operatorRoles) => roles.some((role) => session.operatorRoles.includes(role));
  return (
    <>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1} size="h2">
            {tenant.name}
          </Title>
          <Tag color={tenantStateColors[tenant.state]}>{t(`tenants.state.${tenant.state}`)}</Tag>
        </Group>
        <Group gap="sm">
          {has("legal", "security") ? (
            <Button
              variant="default"
              renderRoot={(props) => <Link {...props} to="/tenants/$id/log" params={{ id: tenant.tenantId }} />}
            >
              {t("tenants.log")}
            </Button>
          ) : null}
          {has("support", "billing", "security") && tenant.state !== "departed" ? (
            <Button variant="default" onClick={open}>
              {t("tenants.inviteOwner")}
            </Button>
          ) : null}
          {has("legal", "security") && tenant.state !== "departed" ? (
            <Button variant="default" renderRoot={(props) => <Link {...props} to="/measures" />}>
              {t("nav.measures")}
            </Button>
          ) : null}
        </Group>
      </Group>
      <div aria-live="polite">
        {invited === "" ? null : (
          <Alert color="green" variant="light" title={t("tenants.ownerInvited", { login: invited })} />
        )}
      </div>
      <Vetting tenant={tenant} mayVet={has("support", "billing")} />
      <Facts tenant={tenant} />
      <Text size="sm" c="dimmed">
        {t("tenants.readNote")}
      </Text>
      <WithTexts catalogues={tenantTexts}>
        <Stack gap="xl">
          <TenantServices tenantId={tenant.tenantId} />
          <TenantMonth tenantId={tenant.tenantId} />
          <TenantNotes key={tenant.tenantId} tenantId={tenant.tenantId} mayAdd={tenant.state === "active"} />
        </Stack>
      </WithTexts>
      <InviteOwner tenant={tenant} opened={isInviting} onClose={close} onInvited={setInvited} />
    </>
  );
}

function Facts({ tenant }: { readonly tenant: TenantReply }) {
  const t = useT();
  const format = useFormat();
  const facts = [
    [
      t("tenants.created"),
      `${format.date(Date.parse(tenant.createdAt))}${tenant.signedUp ? ` · ${t(tenant.vetted ? "tenants.signedUp" : "tenants.unvetted")}` : ""}`,
    ],
    [t("tenants.twoFactor"), t(tenant.requireTwoFactor ? "tenants.twoFactor.required" : "tenants.twoFactor.free")],
    [t("tenants.language"), tenant.language === "it" ? "Italiano" : "English"],
    [t("tenants.vatNumber"), tenant.vatNumber],
    [t("tenants.taxCode"), tenant.taxCode],
    [
      t("tenants.place"),
      [tenant.address, tenant.postalCode, tenant.city, tenant.province, tenant.country].filter(Boolean).join(", "),
    ],
    [t("tenants.certifiedMail"), tenant.certifiedMail],
    [t("tenants.recipientCode"), tenant.invoiceRecipientCode],
  ] as const;
  return (
    <Table maw={760}>
      <Table.Tbody>
        {facts.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" w={220}>
              {name}
            </Table.Th>
            <Table.Td>{value || t("tenants.unknown")}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
