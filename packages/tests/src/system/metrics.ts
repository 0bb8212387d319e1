// What a running platform counts, read from its Prometheus text as an operator's scraper reads it.

/** All samples of `url`/metrics: name with labels → value. */
export async function samples(url: string): Promise<Map<string, number>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const found = new Map<string, number>();
  for (const line of text.split('\n')) {
    const space = line.lastIndexOf(' ');
    if (space > 0 && !line.startsWith('#')) found.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return found;
}

/** The sum of a metric over its labels (those that contain `label`); 0 when nothing was counted yet. */
export async function metric(url: string, name: string, label = ''): Promise<number> {
  let sum = 0;
  for (const [key, value] of await samples(url)) {
    if ((key === name || key.startsWith(`${name}{`)) && key.includes(label)) sum += value;
  }
  return sum;
}
