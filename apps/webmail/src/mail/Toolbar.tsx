import { ActionIcon, Menu, Text, Tooltip } from "@mantine/core";
import { Icon, type IconName } from "../icons.tsx";
import type { Mailbox } from "../jmap/types.ts";
import { useT } from "../translate.ts";
import { useMailboxName } from "./Sidebar.tsx";

export interface ToolbarProps {
  readonly mailbox: Mailbox | null;
  readonly selectedCount: number;
  readonly hasTargets: boolean;
  readonly mayArchive: boolean;
  /** Junk, or back from there. */
  readonly mayJunk: boolean;
  /** Deleting asks first: no trash takes the messages. */
  readonly isDeleteFinal: boolean;
  /** Where the rows can be moved. */
  readonly destinations: readonly Mailbox[];
  readonly isMoveOpen: boolean;
  readonly onMoveOpen: (isOpen: boolean) => void;
  readonly onBack: (() => void) | null;
  readonly onClear: () => void;
  readonly act: {
    readonly archive: () => void;
    readonly trash: () => void;
    readonly junk: () => void;
    readonly markRead: (isRead: boolean) => void;
    readonly move: (mailboxId: string, name: string) => void;
  };
}

/** What can be done to the ticked rows, or to the open conversation when none is ticked. */
export function Toolbar(props: ToolbarProps) {
  const { mailbox, selectedCount, hasTargets, destinations, act } = props;
  const t = useT();
  const nameOf = useMailboxName();
  const isJunk = mailbox?.role === "junk";
  return (
    <div className="wm-toolbar" role="toolbar" aria-label={t("mail.actions")}>
      {props.onBack === null ? null : (
        <ActionIcon
          variant="subtle"
          color="gray"
          className="wm-back"
          aria-label={t("mail.back")}
          onClick={props.onBack}
        >
          <Icon name="back" />
        </ActionIcon>
      )}
      <Tool icon="archive" label={t("mail.archive")} isOff={!(hasTargets && props.mayArchive)} onClick={act.archive} />
      <Tool
        icon="trash"
        label={t(props.isDeleteFinal ? "mail.deleteForever" : "mail.delete")}
        isOff={!hasTargets}
        onClick={act.trash}
      />
      <Tool
        icon={isJunk ? "inbox" : "junk"}
        label={t(isJunk ? "mail.notJunk" : "mail.junk")}
        isOff={!(hasTargets && props.mayJunk)}
        onClick={act.junk}
      />
      <Tool icon="unread" label={t("mail.markUnread")} isOff={!hasTargets} onClick={() => act.markRead(false)} />
      <Tool icon="read" label={t("mail.markRead")} isOff={!hasTargets} onClick={() => act.markRead(true)} />
      <Menu position="bottom-start" opened={props.isMoveOpen} onChange={props.onMoveOpen}>
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("mail.move")}
            disabled={!hasTargets || destinations.length === 0}
          >
            <Icon name="move" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown mah={360} style={{ overflowY: "auto" }}>
          <Menu.Label>{t("mail.moveTo")}</Menu.Label>
          {destinations.map((target) => (
            <Menu.Item key={target.id} onClick={() => act.move(target.id, nameOf(target))}>
              {nameOf(target)}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {selectedCount === 0 ? null : (
        <>
          <Text size="sm" className="wm-selected" aria-live="polite">
            {t("mail.selected", { count: selectedCount })}
          </Text>
          <Tool icon="close" label={t("mail.selectNone")} isOff={false} onClick={props.onClear} />
        </>
      )}
    </div>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly isOff: boolean;
  readonly onClick: () => void;
}

function Tool({ icon, label, isOff, onClick }: ToolProps) {
  return (
    <Tooltip label={label} openDelay={500}>
      <ActionIcon variant="subtle" color="gray" aria-label={label} disabled={isOff} onClick={onClick}>
        <Icon name={icon} />
      </ActionIcon>
    </Tooltip>
  );
}
