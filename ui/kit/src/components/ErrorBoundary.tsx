import { useLingui } from "@lingui/react";
import { Button, Center, Stack, Text, Title } from "@mantine/core";
import { Component, type ReactNode } from "react";

function Stopped() {
  const { i18n } = useLingui();
  return (
    <Center mih="60vh" p="md" role="alert">
      <Stack align="center" maw={480}>
        <Title order={1} size="h3">
          {i18n._("kit.unexpected")}
        </Title>
        <Text c="dimmed" ta="center">
          {i18n._("kit.unexpectedHint")}
        </Text>
        <Button onClick={() => location.reload()}>{i18n._("kit.reload")}</Button>
      </Stack>
    </Center>
  );
}

/** A page that broke says so, instead of going white. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly broken: boolean }> {
  override state = { broken: false };

  static getDerivedStateFromError(): { broken: boolean } {
    return { broken: true };
  }

  override render(): ReactNode {
    return this.state.broken ? <Stopped /> : this.props.children;
  }
}
