import { z } from "zod";

/*
 * What travels between a manager and its clients: JSON over HTTP (manager contract, sections 3 to 8).
 * Answers are read leniently: members that nobody knows are dropped. Times are milliseconds since the
 * epoch; a member without a value is left out, never null (contract 1).
 */

const INT32_MAX = 2_147_483_647;
/** The last moment that a date can hold; smaller than 2^53, so that SQLite and JavaScript agree. */
export const LAST_MOMENT = 8_640_000_000_000_000;

const keyMembers = {
  keyName: z.string(),
  description: z.string().default(""),
  locale: z.string(),
  roleID: z.int(),
  timeZone: z.string(),
  active: z.boolean(),
  created: z.int().optional(),
  lastSignIn: z.int().optional(),
  unlockTime: z.int().optional(),
  unsuccessfulSignInAttempts: z.int().default(0),
  expiryDate: z.int().optional(),
  secretKey: z.string().optional(),
  serviceAccount: z.boolean().default(false),
};

/** An API key; `secretKey` only in the answers of create and of new secret (contract 3.1, 10.6). */
export const apiKey = z.object({ ...keyMembers, ID: z.int() });
export type ApiKey = z.infer<typeof apiKey>;

/** The caller's own key, with the tenant that it belongs to (contract 3.1). */
export const apiKeyCurrent = z.object({
  ...keyMembers,
  roleURN: z.string().optional(),
  tenantID: z.int().optional(),
  tenantGUID: z.string().optional(),
  ID: z.int(),
});

export const apiKeys = z.object({ apiKeys: z.array(apiKey) });

/** A tree of rights whose leaves are booleans (contract 4.3). */
export type Rights = { [member: string]: boolean | Rights };
const rights: z.ZodType<Rights> = z.lazy(() => z.record(z.string(), z.union([z.boolean(), rights])));

/** An administrator role (contract 4.2). */
export const role = z.object({
  name: z.string(),
  description: z.string().default(""),
  urn: z.string().optional(),
  immutable: z.boolean().default(false),
  canOnlyManipulateUsersWithEqualOrLesserRights: z.boolean().default(false),
  allComputers: z.boolean().default(false),
  allPolicies: z.boolean().default(false),
  allowUserInterface: z.boolean().default(false),
  allowWebService: z.boolean().default(false),
  allowManageWorkloadSecurityLink: z.boolean().optional(),
  allowMigration: z.boolean().optional(),
  rights,
  computerIDs: z.array(z.int()).optional(),
  computerGroupIDs: z.array(z.int()).optional(),
  policyIDs: z.array(z.int()).optional(),
  ID: z.int(),
});
export type Role = z.infer<typeof role>;

export const roles = z.object({ roles: z.array(role) });

/** The answer to a sign-in; `RID` goes back as the header `rID` (contract 5). */
export const session = z.object({
  administratorID: z.int(),
  created: z.int(),
  lastActivity: z.int(),
  accessType: z.string(),
  RID: z.string(),
});

/** An error has this one member and no other: clients cut the text out of it (contract 8). */
export const failure = z.object({ message: z.string() });

/*
 * What a server accepts. Clients send numbers and booleans as strings, and the vendor's own samples
 * do (contract 3.4, 7, 11.1). JSON null means "unset" and has to be gone before these schemas.
 */
const integer = (least: number, greatest: number) =>
  z.preprocess(
    (value) => (typeof value === "string" && /^-?\d{1,16}$/.test(value) ? Number(value) : value),
    z.int().min(least).max(greatest),
  );
const double = z.preprocess(
  (value) => (typeof value === "string" && /^-?\d{1,30}(\.\d{1,30})?$/.test(value) ? Number(value) : value),
  z.number(),
);
/** A boolean, or the text of one. */
export const truth = z.preprocess(
  (value) => (value === "true" ? true : value === "false" ? false : value),
  z.boolean(),
);
const moment = integer(0, LAST_MOMENT);
const count = integer(0, INT32_MAX);

/**
 * The members of a key that a caller may send; what is missing stays as it is (contract 3.1, 3.4).
 * `created`, `lastSignIn` and unknown members are dropped, never refused: whole keys are sent back.
 */
export const apiKeyInput = z.object({
  keyName: z.string().optional(),
  description: z.string().optional(),
  locale: z.enum(["en-US", "ja-JP"]).optional(),
  roleID: count.optional(),
  timeZone: z.string().optional(),
  active: truth.optional(),
  unlockTime: moment.optional(),
  unsuccessfulSignInAttempts: count.optional(),
  expiryDate: moment.optional(),
});
export type ApiKeyInput = z.infer<typeof apiKeyInput>;

const ids = z.array(count);

/**
 * The members of a role that a caller may send, its rights apart; what is missing stays as it is.
 * `urn`, `immutable` and unknown members are dropped (contract 4.2, 4.3).
 */
export const roleInput = z.object({
  name: z.string().optional(),
  description: z.string().optional(),
  canOnlyManipulateUsersWithEqualOrLesserRights: truth.optional(),
  allComputers: truth.optional(),
  allPolicies: truth.optional(),
  allowUserInterface: truth.optional(),
  allowWebService: truth.optional(),
  allowManageWorkloadSecurityLink: truth.optional(),
  allowMigration: truth.optional(),
  computerIDs: ids.optional(),
  computerGroupIDs: ids.optional(),
  policyIDs: ids.optional(),
});

const order = z.enum([
  "equal",
  "not-equal",
  "less-than",
  "less-than-or-equal",
  "greater-than",
  "greater-than-or-equal",
]);
export type Order = z.infer<typeof order>;

/** One test on one field (contract 7); which members belong together is the server's to check. */
const searchCriterion = z.object({
  fieldName: z.string().optional(),
  idTest: order.optional(),
  idValue: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).optional(),
  numericTest: order.optional(),
  numericValue: double.optional(),
  stringTest: z.enum(["equal", "not-equal"]).optional(),
  stringValue: z.string().optional(),
  stringWildcards: truth.optional(),
  booleanTest: truth.optional(),
  choiceTest: z.enum(["equal", "not-equal"]).optional(),
  choiceValue: z.string().optional(),
  firstDateValue: integer(-LAST_MOMENT, LAST_MOMENT).optional(),
  firstDateInclusive: truth.optional(),
  lastDateValue: integer(-LAST_MOMENT, LAST_MOMENT).optional(),
  lastDateInclusive: truth.optional(),
  nullTest: truth.optional(),
  versionTest: order.optional(),
  versionValue: z.string().optional(),
});
export type SearchCriterion = z.infer<typeof searchCriterion>;

/** All criteria must hold; one criterion may come without its array, as a sample sends it (contract 7). */
export const searchFilter = z.object({
  maxItems: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER).optional(),
  searchCriteria: z
    .preprocess(
      (value) => (typeof value === "object" && value !== null && !Array.isArray(value) ? [value] : value),
      z.array(searchCriterion),
    )
    .optional(),
  sortByObjectID: truth.optional(),
});

/** The body of a sign-in (contract 5). */
export const signIn = z.object({
  userName: z.string(),
  password: z.string(),
  tenantName: z.string().optional(),
  mfaCode: z.union([z.string(), z.int()]).optional(),
});
