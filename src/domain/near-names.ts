/** Those of these names that a slip of the hand may have missed, nearest first; letter case does not count. */
export function nearestNames(text: string, names: readonly string[], limit: number): string[] {
  const wanted = text.trim().toLowerCase();
  const most = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(names)]
    .map((name) => ({ name, low: name.toLowerCase() }))
    .map(({ name, low }) => ({ name, low, far: distance(wanted, low) }))
    .filter(({ low, far }) => far <= most || (wanted.length > 2 && low.includes(wanted)))
    .toSorted((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
    .map(({ name }) => name);
}

/** Characters to put in, take out, replace or swap with their neighbour, to make one text of the other. */
function distance(one: string, other: string): number {
  const a = [...one].slice(0, 100);
  const b = [...other].slice(0, 100);
  const known = new Map<string, number>();
  const between = (i: number, j: number): number => known.get(`${i} ${j}`) ?? i + j;
  for (let i = 1; i <= a.length; i += 1) {
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = between(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const crossed = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = crossed ? between(i - 2, j - 2) + 1 : Infinity;
      known.set(`${i} ${j}`, Math.min(replaced, swapped, between(i - 1, j) + 1, between(i, j - 1) + 1));
    }
  }
  return between(a.length, b.length);
}
