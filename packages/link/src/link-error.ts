// Why a link ended or never came to be: a short list that callers may branch on.

/**
 * refused: the other side answered the upgrade with an HTTP error (wrong secret, wrong path, draining); unreachable: no answer to a
 * dial; silent: nothing heard for the silence limit; garbage: bytes that are no frames; protocol: a frame at the wrong time; version: no
 * common link version; overflow: the reader is too slow; replaced: the same gateway came again; internal: our own handler threw;
 * closed: either side closed it in order, or the connection broke.
 */
export type LinkErrorKind =
  | 'refused'
  | 'unreachable'
  | 'silent'
  | 'garbage'
  | 'protocol'
  | 'version'
  | 'overflow'
  | 'replaced'
  | 'internal'
  | 'closed';

export class LinkError extends Error {
  readonly kind: LinkErrorKind;

  constructor(kind: LinkErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'LinkError';
    this.kind = kind;
  }
}
