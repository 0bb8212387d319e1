// protocol: all that crosses a process or a socket. Browser-safe.
export * from './client-frames.ts';
export * from './close-codes.ts';
export * from './envelope.ts';
export * from './errors.ts';
export * from './format-error.ts';
export * from './ids.ts';
export * from './inner.ts';
export * from './json-codec.ts';
export * from './link-codec.ts';
export * from './link-frames.ts';
export * from './problems.ts';
export * from './push-request.ts';
export * from './rest.ts';
export * from './ring-document.ts';
export * from './server-frames.ts';
export * from './status.ts';
