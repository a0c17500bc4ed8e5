import type { ContactReply } from "@casaforte/contract/notices";
import { callApi, ProblemAlert, ScrollTable, useLanguage } from "@casaforte/ui-kit";
import { Loaded, RowButton, Tag, useSession } from "@casaforte/ui-kit/console";
import { Button, Group, NativeSelect, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { contactsQuery } from "./notice-queries.ts";
import { useNoticeText } from "./notice-text.ts";

const purposes = ["technical", "incidents", "billing", "security", "legal"] as const;

/** Whom the provider writes to, by purpose (R102). */
export function Contacts() {
  const t = useNoticeText();
  const { session } = useSession();
  const mayChange = session.role === "owner" || session.role === "admin";
  return (
    <section aria-labelledby="notices-contacts">
      <Title order={2} size="h4" id="notices-contacts">
        {t("notices.contacts")}
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t("notices.contactsHint")}
      </Text>
      <Loaded query={useQuery(contactsQuery)}>
        {({ contacts }) => (
          <Stack>
            {contacts.length === 0 ? (
              <Text c="dimmed">{t("notices.noContacts")}</Text>
            ) : (
              <ContactTable contacts={contacts} mayChange={mayChange} />
            )}
            {mayChange ? <AddContact /> : null}
          </Stack>
        )}
      </Loaded>
    </section>
  );
}

function ContactTable({
  contacts,
  mayChange,
}: {
  readonly contacts: readonly ContactReply[];
  readonly mayChange: boolean;
}) {
  const t = useNoticeText();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (id: string) => callApi(`/api/contacts/${id}`, { method: "DELETE" }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["contacts"] }),
  });
  return (
    <>
      <ProblemAlert error={remove.error} />
      <ScrollTable label={t("notices.contacts")} minWidth={560}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t("notices.address")}</Table.Th>
            <Table.Th>{t("notices.purpose")}</Table.Th>
            <Table.Th>{t("notices.contactState")}</Table.Th>
            {mayChange ? <Table.Th>{t("notices.actions")}</Table.Th> : null}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {contacts.map((contact) => (
            <Table.Tr key={contact.id}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{contact.address}</Table.Td>
              <Table.Td>{t(`notices.purpose.${contact.purpose}`)}</Table.Td>
              <Table.Td>
                <ContactState contact={contact} />
              </Table.Td>
              {mayChange ? (
                <Table.Td>
                  <RowButton
                    name={t("notices.removeOf", { address: contact.address })}
                    onClick={() => remove.mutate(contact.id)}
                  >
                    {t("notices.remove")}
                  </RowButton>
                </Table.Td>
              ) : null}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </ScrollTable>
    </>
  );
}

function ContactState({ contact }: { readonly contact: ContactReply }) {
  const t = useNoticeText();
  if (contact.bouncedAt === null)
    return contact.confirmedAt === null ? (
      <Tag color="orange">{t("notices.waiting")}</Tag>
    ) : (
      <Tag color="green">{t("notices.confirmed")}</Tag>
    );
  return (
    <>
      <Tag color="red">{t("notices.bounced")}</Tag>
      <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
        {t("notices.bouncedHint", { reply: contact.bounceReply ?? "" })}
      </Text>
    </>
  );
}

function AddContact() {
  const t = useNoticeText();
  const own = useLanguage();
  const client = useQueryClient();
  const [address, setAddress] = useState("");
  const [purpose, setPurpose] = useState<string>("incidents");
  const [language, setLanguage] = useState<string>(own);
  const add = useMutation({
    mutationFn: () => callApi("/api/contacts", { method: "POST", body: { address, purpose, language } }),
    onSuccess: async () => {
      setAddress("");
      await client.invalidateQueries({ queryKey: ["contacts"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Group align="flex-end">
          <TextInput
            label={t("notices.address")}
            type="email"
            required
            maxLength={254}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          <NativeSelect
            label={t("notices.purpose")}
            value={purpose}
            onChange={(event) => setPurpose(event.currentTarget.value)}
            data={purposes.map((value) => ({ value, label: t(`notices.purpose.${value}`) }))}
          />
          <NativeSelect
            label={t("notices.language")}
            value={language}
            onChange={(event) => setLanguage(event.currentTarget.value)}
            data={[
              { value: "it", label: "Italiano" },
              { value: "en", label: "English" },
            ]}
          />
          <Button type="submit" loading={add.isPending}>
            {t("notices.add")}
          </Button>
        </Group>
        <ProblemAlert error={add.error} />
      </Stack>
    </form>
  );
}
