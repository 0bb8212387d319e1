// Server-sent events out of pieces of text, as the HTML standard reads them.

export interface ServerEvent {
  name: string;
  data: string;
  id: string | undefined;
}

/** Feed it the pieces as they come; it answers the events that are whole. */
export function createParser(): (piece: string) => ServerEvent[] {
  let rest = '';
  return (piece) => {
    // A line may end in CR LF whose LF comes with the next piece: a CR at the very end waits for it.
    const text = rest + piece;
    const held = text.endsWith('\r') ? text.length - 1 : text.length;
    const blocks = `${text.slice(0, held).replace(/\r\n?/g, '\n')}`.split('\n\n');
    rest = (blocks.pop() ?? '') + text.slice(held);
    return blocks.flatMap((block) => eventOf(block) ?? []);
  };
}

function eventOf(block: string): ServerEvent | undefined {
  const event: ServerEvent = { name: 'message', data: '', id: undefined };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === 0) continue; // a comment: it only keeps the stream alive
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') event.name = value;
    else if (field === 'id') event.id = value;
  }
  return data.length === 0 ? undefined : { ...event, data: data.join('\n') };
}
