import type { RoleDrafting } from "../domain/role-draft.ts";
import type { Instant, PersonId, RequestId } from "../domain/values.ts";

/** What people put together over several steps of a form, before anybody is asked for it. */
export interface Drafts {
  putDraft(drafting: RoleDrafting): Promise<void>;
  /** Only its own person gets it. */
  draft(id: RequestId, by: PersonId): Promise<RoleDrafting | undefined>;
  dropDraft(id: RequestId): Promise<void>;
  /** Forgets those that were started at or before this moment. */
  dropDraftsBefore(moment: Instant): Promise<void>;
}
