import { Component, type ReactNode } from "react";
import { CrashState } from "./states.tsx";

interface ErrorBoundaryProps {
  readonly children: ReactNode;
}

interface ErrorBoundaryState {
  readonly error: unknown;
}

/** A script that this page names and its server has no more, as after an upgrade (the words of three browsers). */
const isLostScript = (error: unknown): boolean =>
  error instanceof Error && /dynamically imported module|importing a module script/i.test(error.message);

/** Keeps the rest of the page alive when a part of it throws while it is drawn. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: null };

  static getDerivedStateFromError(error: unknown): ErrorBoundaryState {
    return { error };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    const { error } = this.state;
    // A script that did not come is asked for once in a page's life: only a new page asks again.
    return <CrashState onRetry={() => (isLostScript(error) ? location.reload() : this.setState({ error: null }))} />;
  }
}
