import { AppShell, Burger, Group } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";
import { useTranslate } from "../i18n/i18n.ts";
import type { KitKey } from "../i18n/it.ts";
import { Brand } from "./brand.tsx";

export interface FrameProps {
  /** Beside the brand: `Console`. */
  readonly product: string;
  /** At the right of the header: search, the person's menu. */
  readonly actions?: ReactNode;
  /** Navigation links; `close` shuts the drawer on a phone. */
  readonly navigation: (close: () => void) => ReactNode;
  readonly children: ReactNode;
}

/** Header, navigation and main area of a console, with a skip link. A phone gets the navigation as a drawer. */
export function Frame({ product, actions, navigation, children }: FrameProps) {
  const t = useTranslate<KitKey>();
  const [isOpen, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 240, breakpoint: "sm", collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a className="cf-skip" href="#main">
        {t("kit.skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("kit.menu")} />
            <Brand product={product} />
          </Group>
          <Group gap="sm" wrap="nowrap">
            {actions}
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t("kit.menu")}>
        {/* The browser's own scrolling: Mantine's brings a library of its own to the first page. */}
        <AppShell.Section grow style={{ overflowY: "auto" }}>
          {navigation(close)}
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}
