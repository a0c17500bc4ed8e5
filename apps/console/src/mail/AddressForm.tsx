import { type AddressReply, addressSchema, type DomainReply } from "@casaforte/contract/domains";
import { ProblemAlert } from "@casaforte/ui-kit";
import { callChecked } from "@casaforte/ui-kit/console";
import { Button, Group, Select, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { AccountSelect } from "./AccountSelect.tsx";
import { useMailText } from "./mail-text.tsx";

const kinds = ["alias", "group", "forward", "catch_all"] as const;
type Kind = (typeof kinds)[number];

/** Makes an address, or changes where one leads. */
export function AddressForm({
  domain,
  address,
  onDone,
}: {
  readonly domain: DomainReply;
  readonly address: AddressReply | null;
  readonly onDone: () => void;
}) {
  const t = useMailText();
  const [kind, setKind] = useState<Kind>(address === null || address.kind === "mailbox" ? "alias" : address.kind);
  const [local, setLocal] = useState("");
  const [account, setAccount] = useState(
    address?.mailAccountId && address.accountAddress
      ? { value: address.mailAccountId, label: address.accountAddress }
      : null,
  );
  const [members, setMembers] = useState((address?.forwardTo ?? []).join("\n"));
  const save = useMutation({
    mutationFn: () => {
      const forwardTo = kind === "alias" ? [] : members.split(/[\s,;]+/).filter((one) => one !== "");
      const to = kind === "group" ? null : (account?.value ?? null);
      if (address !== null)
        return callChecked(`/api/addresses/${address.id}`, {
          method: "PUT",
          body: { mailAccountId: to, forwardTo },
          reply: addressSchema,
        });
      const made = kind === "catch_all" ? `@${domain.name}` : `${local.trim()}@${domain.name}`;
      return callChecked("/api/addresses", {
        body: { kind, address: made, forwardTo, ...(to === null ? {} : { mailAccountId: to }) },
        reply: addressSchema,
      });
    },
    onSuccess: onDone,
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Stack>
        {address === null ? (
          <>
            <Select
              label={t("domains.kind")}
              data={kinds.map((value) => ({ value, label: t(`addresses.kind.${value}`) }))}
              value={kind}
              onChange={(value) => setKind((value ?? "alias") as Kind)}
              allowDeselect={false}
            />
            <Text size="sm" c="dimmed">
              {t(`addresses.hint.${kind}`)}
            </Text>
            {kind === "catch_all" ? null : (
              <TextInput
                label={t("mail.address")}
                value={local}
                onChange={(event) => setLocal(event.currentTarget.value)}
                rightSection={<Text size="sm">@{domain.name}</Text>}
                rightSectionWidth={`${domain.name.length + 3}ch`}
                required
                maxLength={64}
                autoComplete="off"
                data-autofocus
              />
            )}
          </>
        ) : null}
        {kind === "group" ? null : (
          <AccountSelect
            label={t(kind === "forward" ? "addresses.copyIn" : "addresses.mailbox")}
            value={account}
            onChange={setAccount}
          />
        )}
        {kind === "alias" ? null : (
          <Textarea
            label={t(kind === "group" ? "addresses.members" : "addresses.forwardTo")}
            description={t("addresses.onePerLine")}
            value={members}
            onChange={(event) => setMembers(event.currentTarget.value)}
            autosize
            minRows={3}
            maxRows={12}
            required={kind === "group"}
          />
        )}
        <ProblemAlert error={save.error} />
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {t("kit.save")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
