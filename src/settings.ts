import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { z } from "zod";
import { Secret } from "./domain/secret.ts";

export type Environment = { readonly [name: string]: string | undefined };

/** The environment, over what a `.env` file in the folder says. */
export function readEnvironment(folder: string, environment: Environment): Environment {
  const file = join(folder, ".env");
  return existsSync(file) ? { ...parseEnv(readFileSync(file, "utf8")), ...environment } : environment;
}

/** Reads single settings, and notes what is wrong with them; a value that authenticates is never repeated. */
export class Settings {
  readonly #environment: Environment;
  readonly problems: string[];

  constructor(environment: Environment, problems: string[]) {
    this.#environment = environment;
    this.problems = problems;
  }

  text(name: string): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }

  read<T>(name: string, form: z.ZodType<T>, expected: string): T | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const read = form.safeParse(text);
    if (read.success) return read.data;
    this.problems.push(`${name} must be ${expected}.`);
    return undefined;
  }

  /** A Slack token; one that belongs into another setting is told by its beginning. */
  token(name: string, prefix: string): Secret | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    if (text.startsWith(prefix) && text !== prefix) return new Secret(text);
    const kinds = [
      ["xoxb-", "a bot token, which belongs into SLACK_BOT_TOKEN"],
      ["xapp-", "an app-level token, which belongs into SLACK_APP_TOKEN"],
      ["xoxp-", "a person's token, which Portcullis does not use"],
      ["xoxe", "a token that Slack rotates, which Portcullis does not use: switch token rotation off"],
    ] as const;
    const [, instead] = kinds.find(([each]) => each !== prefix && text.startsWith(each)) ?? [];
    this.problems.push(
      `${name} must be a token that starts with ${prefix}${instead ? `; this is ${instead}` : ""}.`,
    );
    return undefined;
  }
}
