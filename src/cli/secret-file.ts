import { closeSync, fsyncSync, openSync, rmSync, writeSync } from "node:fs";

/** A file for one secret that did not exist before, readable by its owner alone. */
export type SecretFile = { write(text: string): void; remove(): void };

/** Takes the name at once, so that no key is made whose secret has no place; throws in words. */
export function reserveSecretFile(path: string): SecretFile {
  let file: number;
  try {
    file = openSync(path, "wx", 0o600);
  } catch (error) {
    const exists = error instanceof Error && "code" in error && error.code === "EEXIST";
    throw new Error(exists ? `${path} exists, and is not overwritten.` : `${path} cannot be made.`, {
      cause: error,
    });
  }
  return {
    write: (text) => {
      writeSync(file, text);
      fsyncSync(file);
    },
    remove: () => {
      closeSync(file);
      rmSync(path, { force: true });
    },
  };
}
