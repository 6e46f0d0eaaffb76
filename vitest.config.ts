import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["src/**/*.ts"],
      exclude: ["src/local-slack/page/**"],
      reporter: ["text-summary"],
      thresholds: { "src/domain/**": { 100: true } },
    },
  },
});
