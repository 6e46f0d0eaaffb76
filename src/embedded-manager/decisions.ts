/*
 * What no public page of the vendor settles, in one place: every status, text and number here is a
 * choice, with its reason, so that one look at a real manager can change it. Texts that the vendor's
 * description does give stand beside, marked "OAS". No text has a colon, brace, quote, backslash or
 * the word "message": clients cut those out (contract 8).
 */

type Refusal = { status: number; text: string; why: string };

/** How each call that is not carried out is answered. `[NAME]` is filled in by the server. */
export const REFUSALS = {
  unknownPath: {
    status: 404,
    text: "The requested resource does not exist.",
    why: "nothing is known of a path before anything else about the call is (contract 2.3)",
  },
  wrongMethod: {
    status: 405,
    text: "The method is not allowed for this resource.",
    why: "truthful, with an Allow header; 404 would say that the path is wrong",
  },
  versionMissing: {
    status: 400,
    text: "The api-version header is missing.",
    why: "the header is required and a caller can mend it; no real text is known",
  },
  versionUnknown: {
    status: 400,
    text: "The API version is not supported.",
    why: "v1 is the only version in existence",
  },
  notAuthenticated: {
    status: 401,
    text: "The credentials are missing or not valid.",
    why: "one status and text for missing, unknown, wrong, locked and expired, so that nobody learns which; a session that cannot be opened is 401 too",
  },
  signInRefused: {
    status: 401,
    text: "The user name or password is not valid.",
    why: "one text for an unknown user, a wrong password and a locked user",
  },
  tooManySessions: {
    status: 401,
    text: "MaxSessionsException occurred when authenticating user [NAME]",
    why: "scripts look for this beginning (TOOL)",
  },
  sessionMissing: {
    status: 404,
    text: "The session does not exist.",
    why: "signing out with an API key ends nothing, and 200 would claim that it did",
  },
  notJson: {
    status: 400,
    text: "The request body is not valid JSON.",
    why: "400 by several clients; no real text is known",
  },
  bodyMissing: {
    status: 400,
    text: "The request body is missing or not an object.",
    why: "as for any other malformed body",
  },
  notJsonType: {
    status: 415,
    text: "The content type is not supported. Use application/json.",
    why: "a form sent by mistake is named; a body without any type is read as JSON",
  },
  tooLarge: {
    status: 413,
    text: "The request body is too large.",
    why: "the standard status",
  },
  tooManyCalls: {
    status: 429,
    text: "Too many API requests",
    why: "DOC; with Retry-After, which no page mentions and no client minds",
  },
  tooSlow: {
    status: 408,
    text: "The request took too long to arrive.",
    why: "the standard status for a request that is cut off",
  },
  headersTooLarge: {
    status: 431,
    text: "The request headers are too large.",
    why: "the standard status",
  },
  malformed: {
    status: 400,
    text: "The request is malformed.",
    why: "what the HTTP layer refuses before any of ours is reached",
  },
  badValue: {
    status: 400,
    text: "The value of [NAME] is not valid.",
    why: "names the member, never the value, which may be anything",
  },
  memberMissing: {
    status: 400,
    text: "The member [NAME] is required.",
    why: "a key without a name cannot be found again; the vendor gives a key without a role full access, which nobody should get by forgetting a member",
  },
  unknownRole: {
    status: 400,
    text: "The role does not exist.",
    why: "the body is wrong, not the path, hence not 404",
  },
  expiryInThePast: {
    status: 400,
    text: "The expiry date lies in the past.",
    why: "such a key could never be used; modify accepts it, to end a key at once",
  },
  duplicateName: {
    status: 400,
    text: "The requested username already exists.",
    why: "scripts look for this text; keys and users share one space of names (TOOL)",
  },
  badSearch: {
    status: 400,
    text: "The search criteria are not valid.",
    why: "an unknown field, a test that does not fit its field, a missing value or two tests in one criterion; to ignore such a criterion would find too much",
  },
  viewKeys: { status: 403, text: "Not authorized to view API keys.", why: "OAS" },
  createKeys: { status: 403, text: "Not authorized to create API keys.", why: "OAS" },
  modifyKeys: {
    status: 403,
    text: "Not authorized to modify API keys or the requested modification is not permitted.",
    why: "OAS; also when a key asks for another role, lock or expiry for itself, so that nobody believes that it took effect",
  },
  deleteKeys: { status: 403, text: "Not authorized to delete API keys.", why: "OAS" },
  newSecrets: { status: 403, text: "Not authorized to generate API secret keys.", why: "OAS" },
  notAKey: {
    status: 403,
    text: "Authentication must be done via an API secret key.",
    why: "the vendor's words for /apikeys/current; the status is ours",
  },
  keyMissing: {
    status: 404,
    text: "The API key does not exist.",
    why: "OAS; also on delete, for which no 404 is listed, since 200 would hide a mistyped ID",
  },
  viewRoles: { status: 403, text: "Not authorized to view administrator roles.", why: "OAS" },
  createRoles: {
    status: 403,
    text: "Not authorized to create administrator roles.",
    why: "OAS; also when the role would have what the caller lacks",
  },
  modifyRoles: {
    status: 403,
    text: "Not authorized to modify administrator roles or the requested modification is not permitted.",
    why: "OAS; also for Full Access, which is immutable, and for what the caller lacks",
  },
  deleteRoles: {
    status: 403,
    text: "Not authorized to delete administrator roles.",
    why: "OAS; also for Full Access, and for a role that exceeds the caller's",
  },
  roleInUse: {
    status: 400,
    text: "The administrator role is in use.",
    why: "the console lists who has a role, and the older interface knows an integrity exception",
  },
  duplicateRole: {
    status: 400,
    text: "The requested role name already exists.",
    why: "the urn is built from the name, so two of one name could not be told apart",
  },
  roleMissing: { status: 404, text: "The administrator role does not exist.", why: "OAS" },
  failed: {
    status: 500,
    text: "The manager could not complete the request.",
    why: "never a stack trace",
  },
} as const satisfies Record<string, Refusal>;

export type RefusalName = keyof typeof REFUSALS;

/** Numbers and defaults, each with its unit. */
export const SETTINGS = {
  /** What answers call the version: not older than any 20.0 SDK, which the vendor demands (contract 12.15). */
  version: "Deep Security/20.0.1000",
  /** Bytes; the largest real body is a role of some 8 kB. */
  bodyLimit: 1_048_576,
  /** Characters; no limit is published, and a host name or an e-mail address has to fit. */
  keyNameLength: 254,
  /** Characters; no limit is published. */
  descriptionLength: 4000,
  /** Items; the vendor's default and, by our choice, also the most that one search answers. */
  searchPage: 5000,
  /** Criteria in one search; far above any real one, far below what SQLite can nest. */
  searchCriteria: 100,
  /** The creator's, and the first user has to have one: neutral, and in the vendor's list of names. */
  timeZone: "Etc/UTC",
  locale: "en-US",
  /** ms; how long a request may take to arrive, head and body: slow ones are cut off. */
  requestTime: 30_000,
  /** Bytes; shorter answers stay plain, as on real managers. */
  compressFrom: 1024,
  /** ms; a replaced secret is known for 30 days, long enough to find who still holds it. */
  oldSecretKept: 30 * 86_400_000,
  /** Sign-ins checked at once; a password's hash takes some 60 ms, so more would only be an attack. */
  signInsAtOnce: 20,
  /** ms; `lastSignIn` moves at most this often, so that reading does not mean writing. */
  lastSignInEvery: 60_000,
  /** Characters; the vendor's setting. */
  passwordLength: 8,
  /** The usual name of the first user (contract 5). */
  firstUser: "MasterAdmin",
} as const;

/*
 * Further choices, made in code where they belong:
 * - /apikeys/current is open to any live key whatever its rights (keys.ts): tools use it as log-in check.
 * - Names are unique, and strings are compared, regardless of letter case (database.ts, search.ts).
 * - IDs are never used again (database.ts).
 * - A key whose `unlockTime` has come is opened by its next successful authentication (authentication.ts);
 *   an active key has no unlockTime (key-change.ts).
 * - A key is expired from the very millisecond of its expiryDate on (authentication.ts).
 * - A new secret lifts neither lock nor expiry, but resets the counter (keys.ts). The replaced one is not
 *   counted towards lock-out, or one forgotten client would lock the fresh key (authentication.ts).
 * - Only a wrong secret for an active key counts; the 5th locks it, and the user's limit is the same
 *   (settings.ts). Anyone who knows an ID could lock that key: 0 switches it off.
 * - Rights merge member by member; a new role has those of one made in the console (role-change.ts).
 * - Full Access is bounded by nothing; other callers make, change and delete only roles that hold no more
 *   than their own; keys likewise where their role says so (escalation.ts).
 * - Of a member that comes twice in a body, the last counts, as JSON.parse has it.
 * - A session may name any tenant and any MFA code: there is one tenant, and no second factor (sessions.ts).
 * - A key may lock, demote or delete itself, even the last one: the first user can always sign in.
 * - allowWebService does not bar keys: the vendor's own guide makes keys with roles that lack it. It would
 *   bar password sessions, but the one user has Full Access, which nobody can take from it.
 */
