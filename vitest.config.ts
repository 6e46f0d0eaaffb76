import { availableParallelism } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

// Hundreds of processes load the same sources, those that tests start among them.
process.env["NODE_COMPILE_CACHE"] ??= join(import.meta.dirname, "node_modules/.cache/compiled");

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Much of a test's time is waiting; vitest's own choice is one worker less than there are cores.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // To load Bolt and all the rest anew for each file is a quarter of the whole run.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // Of the domain, by its own tests alone: measuring it makes everything else a seventh slower.
    coverage: {
      provider: "v8",
      include: ["src/domain/**/*.ts"],
      reporter: ["text-summary"],
      thresholds: { "src/domain/**": { 100: true } },
    },
  },
});
