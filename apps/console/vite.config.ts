import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Everything is served by our own listener under a strict policy: no inline script, no foreign address. */
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    // What places menus and lists on the page is heavy; left to itself the bundler puts a context of ours beside it, and
    // the first page would fetch it all.
    rolldownOptions: {
      output: {
        codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: "floating", test: /@floating-ui/ }] },
      },
    },
  },
});
