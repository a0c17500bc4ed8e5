import { personIdReplySchema } from "@casaforte/contract/people";
import type { TenantReply } from "@casaforte/contract/tenants";
import { Dialog, ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useT } from "../translate.ts";

export interface InviteOwnerProps {
  readonly tenant: TenantReply;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly onInvited: (login: string) => void;
}

/** Another owner for a customer whose first cannot be reached. */
export function InviteOwner({ tenant, opened, onClose, onInvited }: InviteOwnerProps) {
  const t = useT();
  const [login, setLogin] = useState("");
  const [displayName, setDisplayName] = useState("");
  const invite = useMutation({
    mutationFn: () =>
      callChecked(`/api/tenants/${tenant.tenantId}/owners`, {
        body: { login: login.trim(), displayName: displayName.trim() },
        reply: personIdReplySchema,
      }),
    onSuccess: () => {
      onInvited(login.trim());
      setLogin("");
      setDisplayName("");
      onClose();
    },
  });
  return (
    <Dialog opened={opened} onClose={onClose} title={t("tenants.inviteOwner")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          invite.mutate();
        }}
      >
        <Stack>
          <Text>{t("tenants.inviteOwnerHint", { name: tenant.name })}</Text>
          <TextInput
            label={t("tenants.ownerName")}
            value={displayName}
            onChange={(event) => setDisplayName(event.currentTarget.value)}
            required
            maxLength={200}
            autoComplete="off"
            data-autofocus
          />
          <TextInput
            label={t("tenants.ownerEmail")}
            type="email"
            value={login}
            onChange={(event) => setLogin(event.currentTarget.value)}
            required
            maxLength={320}
            autoComplete="off"
          />
          <ProblemAlert error={invite.error} />
          <Group justify="flex-end">
            <Button type="submit" loading={invite.isPending}>
              {t("tenants.sendInvitation")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
