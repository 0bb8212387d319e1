// The one error of every reader of machine formats (bus records, inner HTTP, the stored ring, the link).

/** The bytes or the value are not what the format says. `where` names the format and the field. */
export class FormatError extends Error {
  readonly where: string;

  constructor(where: string, problem: string, options?: { cause?: unknown }) {
    super(`${where} ${problem}`, options);
    this.name = 'FormatError';
    this.where = where;
  }
}

/** The other end of a link sent bytes that are no frames: the link is closed. */
export class LinkFormatError extends FormatError {
  constructor(problem: string, options?: { cause?: unknown }) {
    super('link', problem, options);
    this.name = 'LinkFormatError';
  }
}
