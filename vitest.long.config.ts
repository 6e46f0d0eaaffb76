import { defineConfig } from "vitest/config";

/** What takes minutes, and is therefore no part of `npm test`. */
export default defineConfig({
  test: { include: ["test/long/**/*.long.ts"], testTimeout: 30 * 60_000, hookTimeout: 60_000 },
});
