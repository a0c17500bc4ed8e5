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
    rollupOptions: {
      // The worker keeps one address for ever: a browser asks it for news. It imports nothing that the page has too.
      input: { index: "index.html", "push-worker": "src/push-worker.ts" },
      output: {
        entryFileNames: ({ name }) => (name === "push-worker" ? "push-worker.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});
