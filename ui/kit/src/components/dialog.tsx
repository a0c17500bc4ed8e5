import { Modal, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";

export interface DialogProps {
  readonly title: string;
  readonly opened: boolean;
  readonly onClose: () => void;
  readonly size?: string;
  readonly children: ReactNode;
}

/** A modal dialog with a named close button and without a second banner landmark. */
export function Dialog({ title, opened, onClose, size = "md", children }: DialogProps) {
  const t = useTranslate<KitKey>();
  return (
    <Modal.Root opened={opened} onClose={onClose} size={size} centered>
      <Modal.Overlay />
      <Modal.Content aria-label={title}>
        <Modal.Header component="div">
          <Title order={2} size="h3">
            {title}
          </Title>
          <Modal.CloseButton aria-label={t("kit.close")} />
        </Modal.Header>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
