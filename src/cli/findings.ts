/** One thing that `doctor` looked at. */
export type Finding = { is: "well" | "note"; words: string } | { is: "wrong"; words: string; mend: string };

export const well = (words: string): Finding => ({ is: "well", words });
export const note = (words: string): Finding => ({ is: "note", words });
export const wrong = (words: string, mend: string): Finding => ({ is: "wrong", words, mend });
