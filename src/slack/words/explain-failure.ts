import type { Undoing } from "../../domain/claim.ts";
import type { Failure } from "../../domain/request.ts";

/** Why an attempt to show a secret was undone. */
export function explainUndoing(because: Undoing): string {
  switch (because) {
    case "manager":
      return "The manager did not give me a secret.";
    case "slack-refused":
      return "Slack did not take the message with the secret.";
    case "slack-uncertain":
      return "Slack did not say whether the message with the secret arrived, so I made that secret worthless.";
    case "timed-out":
      return "It took too long, so I made that secret worthless.";
    case "locked-out":
      return "A lockout was declared meanwhile, so nothing was shown.";
  }
}

/** Why something approved could not be carried out, and what to do. */
export function explainFailure(because: Failure): string {
  switch (because) {
    case "role-gone":
      return "The role is gone from the manager. Ask again with another role.";
    case "name-taken":
      return "The name belongs to another by now. Ask again with another name.";
    case "effect-changed":
      return "What it would do changed after it was asked for: the role or the key was edited, or the key changed hands. An approval holds only for what was shown, so ask again.";
    case "policy-refuses":
      return "The policy has changed and no longer allows this. Choose another role or life, and ask again.";
    case "key-gone":
      return "The key is gone from the manager: somebody deleted it there. Ask for a new one if it is still wanted.";
    case "rejected":
      return "The manager refused this as it was asked for: perhaps it does not know the time zone, or a computer or policy. Ask again in another way.";
    case "role-in-use":
      return "Keys or users still have this role. Give them another one first, and ask again.";
    case "forbidden":
      return "The manager does not let my own key do this. Tell whoever runs this program, and ask again afterwards.";
  }
}
