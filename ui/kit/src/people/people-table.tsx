import { Button, Menu, Table, Text, VisuallyHidden } from "@mantine/core";
import { ScrollTable } from "../components/scroll-table.tsx";
import { Tag } from "../console/tag.tsx";
import { useFormat } from "../format.ts";
import type { Person } from "./people-api.ts";
import { usePeopleText } from "./people-text.ts";

const statusColors = { invited: "orange", active: "green", disabled: "gray" } as const;

/** What was chosen in somebody's menu. */
export type PersonAct = "role" | "inviteAgain" | "disable" | "enable" | "remove";

export interface PeopleTableProps {
  readonly rows: readonly Person[];
  /** The principal id of the reader. */
  readonly self: string;
  readonly mayManage: (person: Person) => boolean;
  readonly onAct: (act: PersonAct, person: Person) => void;
}

export function PeopleTable({ rows, self, mayManage, onAct }: PeopleTableProps) {
  const t = usePeopleText();
  return (
    <ScrollTable label={t("people.title")} minWidth={680} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t("people.person")}</Table.Th>
          <Table.Th>{t("people.role")}</Table.Th>
          <Table.Th>{t("people.status")}</Table.Th>
          <Table.Th>{t("people.lastSignIn")}</Table.Th>
          <Table.Th>
            <VisuallyHidden>{t("people.actionsColumn")}</VisuallyHidden>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map((person) => (
          <PersonRow
            key={person.id}
            person={person}
            isSelf={person.id === self}
            isManaged={mayManage(person)}
            onAct={(act) => onAct(act, person)}
          />
        ))}
      </Table.Tbody>
    </ScrollTable>
  );
}

interface PersonRowProps {
  readonly person: Person;
  readonly isSelf: boolean;
  readonly isManaged: boolean;
  readonly onAct: (act: PersonAct) => void;
}

function PersonRow({ person, isSelf, isManaged, onAct }: PersonRowProps) {
  const t = usePeopleText();
  const format = useFormat();
  const name = person.displayName || person.login;
  const roles =
    person.role === null
      ? person.operatorRoles.map((role) => t(`people.operatorRole.${role}`)).join(", ")
      : t(`people.role.${person.role}`);
  return (
    <Table.Tr>
      <Table.Td>
        <Text>
          {name}
          {isSelf ? ` ${t("people.you")}` : ""}
        </Text>
        <Text size="sm" c="dimmed">
          {person.login}
        </Text>
      </Table.Td>
      <Table.Td>{roles}</Table.Td>
      <Table.Td>
        <Tag color={statusColors[person.status]}>{t(`people.status.${person.status}`)}</Tag>
      </Table.Td>
      <Table.Td>
        {person.lastSignInAt === null ? t("people.never") : format.relative(Date.parse(person.lastSignInAt))}
      </Table.Td>
      <Table.Td ta="right">
        {isManaged ? (
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="subtle" size="compact-sm" aria-label={t("people.actions", { name })}>
                ⋯
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => onAct("role")}>{t("people.changeRole")}</Menu.Item>
              {person.status === "invited" ? (
                <Menu.Item onClick={() => onAct("inviteAgain")}>{t("people.inviteAgain")}</Menu.Item>
              ) : null}
              {person.status === "active" ? (
                <Menu.Item onClick={() => onAct("disable")}>{t("people.disable")}</Menu.Item>
              ) : null}
              {person.status === "disabled" ? (
                <Menu.Item onClick={() => onAct("enable")}>{t("people.enable")}</Menu.Item>
              ) : null}
              <Menu.Item onClick={() => onAct("remove")}>{t("people.remove")}</Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ) : null}
      </Table.Td>
    </Table.Tr>
  );
}
