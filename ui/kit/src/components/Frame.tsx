import { useLingui } from "@lingui/react";
import { Anchor, AppShell, Burger, Group, NavLink, ScrollArea, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import type { ReactNode } from "react";

export interface FrameLink {
  readonly id: string;
  readonly label: string;
  readonly active: boolean;
  readonly href: string;
  readonly onFollow: () => void;
}

/** The consoles' frame: name, navigation, corner menu, one main region. */
export function Frame({
  product,
  links,
  corner,
  children,
}: {
  readonly product: string;
  readonly links: readonly FrameLink[];
  readonly corner: ReactNode;
  readonly children: ReactNode;
}) {
  const { i18n } = useLingui();
  const [opened, { toggle, close }] = useDisclosure(false);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 230, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding="lg"
    >
      <Anchor href="#main" className="cf-skip">
        {i18n._("kit.skip")}
      </Anchor>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={i18n._("kit.menu")} />
            <Text fw={700} component="span">
              {product}
            </Text>
          </Group>
          {corner}
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={i18n._("kit.menu")}>
        <ScrollArea type="auto">
          {links.map((link) => (
            <NavLink
              key={link.id}
              href={link.href}
              label={link.label}
              active={link.active}
              aria-current={link.active ? "page" : undefined}
              onClick={(event) => {
                if (event.metaKey || event.ctrlKey || event.shiftKey) return;
                event.preventDefault();
                link.onFollow();
                close();
              }}
            />
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}
