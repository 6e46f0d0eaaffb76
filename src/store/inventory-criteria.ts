import { type ExpressionBuilder, type ExpressionWrapper, sql, type SqlBool } from "kysely";
import type { Criterion } from "../domain/criteria.ts";
import { kept } from "../domain/kept.ts";
import { folded, type Tables } from "./tables.ts";

type Build = ExpressionBuilder<Tables, "inventory">;
type Condition = ExpressionWrapper<Tables, "inventory", SqlBool>;

/** The same meaning as `matches` in domain/criteria.ts; a property test holds the two together. */
export function meets(criteria: readonly Criterion[]): (build: Build) => Condition {
  return (build) => build.and(criteria.flatMap((each) => conditions(each, build)));
}

function conditions(criterion: Criterion, build: Build): Condition[] {
  switch (criterion.on) {
    case "id":
      return [build("id", "=", criterion.is)];
    case "roleId":
      return [build("role", "=", criterion.is)];
    case "name":
      return like(build, "folded_name", criterion.like);
    case "role":
      return like(build, "folded_role", criterion.like);
    case "active":
      return [build("active", "=", criterion.is ? 1 : 0)];
    case "held":
      return [build("held", "=", criterion.is ? 1 : 0)];
    case "failures":
      return between(build, "failures", { after: criterion.over, before: criterion.under });
    case "owner":
      if ("present" in criterion) return [build("owner", criterion.present ? "is not" : "is", null)];
      return [criterion.is === null ? build("owner", "is", null) : build("owner", "=", criterion.is)];
    case "expiresAt":
      if ("present" in criterion) return [build("expires_at", criterion.present ? "is not" : "is", null)];
      return [build("expires_at", "is not", null), ...between(build, "expires_at", criterion)];
    case "createdAt":
      return between(build, "created_at", criterion);
    case "lastUse":
      if ("present" in criterion) return used(build, criterion.present);
      return between(build, "last_use", criterion);
  }
}

/** What was never used counts as used when it was made, which the index over names knows. */
function used(build: Build, ever: boolean): Condition[] {
  if (ever) return [build("last_used_at", "is not", null)];
  return [build("last_used_at", "is", null), build("last_use", "=", build.ref("created_at"))];
}

function between(
  build: Build,
  column: "failures" | "expires_at" | "created_at" | "last_use",
  { after, before }: { after?: number | undefined; before?: number | undefined },
): Condition[] {
  return [
    ...(after === undefined ? [] : [build(column, ">", after)]),
    ...(before === undefined ? [] : [build(column, "<", before)]),
  ];
}

/** Letters before the first `*` are a range of the index; the pattern itself decides. */
function like(build: Build, column: "folded_name" | "folded_role", pattern: string): Condition[] {
  const wanted = folded(kept(pattern));
  if (!wanted.includes("*")) return [build(column, "=", wanted)];
  const [prefix = ""] = wanted.split("*");
  const end = following(prefix);
  const form = wanted.replace(/[\\%_]/g, "\\$&").replaceAll("*", "%");
  return [
    ...(prefix === "" ? [] : [build(column, ">=", prefix)]),
    ...(end === undefined ? [] : [build(column, "<", end)]),
    // Folded on both sides already, so that it does not matter that SQLite's LIKE ignores case.
    build.and([build.eb(column, "like", sql<string>`${form} escape '\\'`)]),
  ];
}

/** The first text behind all that begin with this one, by code points; `undefined`: there is none. */
function following(prefix: string): string | undefined {
  const points = [...prefix];
  const last = points.pop()?.codePointAt(0);
  if (last === undefined) return undefined;
  if (last === 0x10_ff_ff) return following(points.join(""));
  return points.join("") + String.fromCodePoint(last === 0xd7_ff ? 0xe0_00 : last + 1);
}
