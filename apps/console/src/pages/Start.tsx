import { LoadingState } from "@casaforte/ui-kit";
import { useSession } from "@casaforte/ui-kit/console";
import { lazy, Suspense } from "react";
import { Home } from "./Home.tsx";

const Evidence = lazy(async () => ({ default: (await import("./Evidence.tsx")).Evidence }));

/** Where one begins: an auditor at the evidence, everybody else at home. */
export function Start() {
  if (useSession().session.role !== "auditor") return <Home />;
  return (
    <Suspense fallback={<LoadingState />}>
      <Evidence />
    </Suspense>
  );
}
