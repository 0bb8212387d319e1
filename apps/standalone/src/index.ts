export { standaloneFields } from './config.ts';
