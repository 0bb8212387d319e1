export * from './close-codes.ts';
export * from './envelope.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './inner.ts';
export * from './link-frames.ts';
export * from './ring-document.ts';
export * from './status.ts';
