import type { Fault } from "../../domain/fault.ts";
import { rightInWords } from "./role-words.ts";
import type { Words } from "./words.ts";

/** What went wrong in the world, and what to do; the reference stands in the log beside the cause. */
export function explainFault(fault: Explained, reference: string): Words {
  return [`${faultWords(fault)} Reference ${reference}.`];
}

type Explained = Pick<Fault, "code"> & Partial<Pick<Fault, "right" | "limit">>;

function faultWords({ code, right, limit }: Explained): string {
  switch (code) {
    case "manager-unreachable":
      return "The manager cannot be reached, so nothing was done. Try again in a few minutes.";
    case "manager-timeout":
      return "The manager did not answer in time. Try again in a moment.";
    case "manager-untrusted":
      return "The manager's certificate is not one that I trust, so I sent nothing. Whoever runs this program can see why with: npm run portcullis -- doctor.";
    case "manager-refused-credentials":
      return "The manager refuses my own key. Tell whoever runs this program.";
    case "manager-forbidden":
      return `The manager does not let me do this: my own key lacks the right${right === undefined ? "" : ` to ${rightInWords(right)}`}. Tell whoever runs this program.`;
    case "manager-not-found":
      return "The manager no longer has what this is about. Look again, and ask anew if it is still wanted.";
    case "manager-conflict":
      return "The manager has something of this name already. Choose another name.";
    case "manager-rejected":
      return "The manager refuses this as it stands: perhaps a time zone or a name that it does not know.";
    case "manager-rate-limited":
      return limit === undefined
        ? "The manager asks me to slow down. Try again in a minute."
        : `You have asked for ${limit.most} look-ups in the manager within a minute, which is as many as one person gets. Try again in ${limit.seconds === 1 ? "a second" : `${limit.seconds} seconds`}.`;
    case "manager-bad-answer":
      return "The manager answered in a way that I do not understand, so I stopped. Tell whoever runs this program.";
    case "manager-failed":
      return "The manager ran into a fault of its own. Try again in a moment.";
    case "slack-refused":
      return "Slack refused what I tried to do. Tell whoever runs this program.";
    case "slack-nobody":
      return "Slack says that whoever this is for is not there any more.";
    case "slack-message-gone":
      return "The message that this is about is no longer there. Type /apikey requests to see where things stand.";
    case "slack-unreachable":
      return "Slack did not tell me what I needed to know, so nobody was let through. Try again in a moment.";
    case "slack-uncertain":
      return "Slack did not say whether my message arrived. Look whether it is there, and try again if not.";
    case "group-unreadable":
      return "The rules look at a Slack user group that I cannot read: it may be gone, or the plan has no such groups. So nobody was let through; tell whoever keeps the policy.";
    case "store-busy":
      return "Many things changed at once, and I could not get a word in. Try again.";
  }
}

/** A bug: nobody's fault who reads it. */
export function explainBug(reference: string): Words {
  return [
    `Something broke on my side, and nothing more was done. Try again; if it stays, tell whoever runs this program the reference ${reference}.`,
  ];
}
